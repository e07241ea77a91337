"""Every procedure of every manual, walked through the services along every edge by those who hold the posts."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from random import Random

import pytest
from django.conf import settings

from turna.core import audit
from turna.core.calendar import now, today
from turna.core.models import Institution
from turna.core.rights import system_standing
from turna.engine.definitions import Pack
from turna.engine.walking import cover
from turna.procedures.definitions import definition_of
from turna.procedures.demo.people import populate
from turna.procedures.demo.player import Player
from turna.procedures.demo.samples import SampleBook, read_samples
from turna.procedures.models import Case, Filing, Procedure, Task
from turna.procedures.services.packs import check_folder, install_pack

from .walker import Walker

pytestmark = pytest.mark.django_db

MANUALS = Path(settings.MANUALS_DIR)
PROCEDURES = sorted(f"{path.parts[-3]}/{path.stem}" for path in MANUALS.glob("*/procedimientos/*.yaml"))


@cache
def read(pack: str) -> Pack:
    """A manual that has no error, read once for all its walks."""
    found, findings = check_folder(MANUALS / pack)
    assert found is not None, [str(f) for f in findings]
    return found


@cache
def samples(pack: str) -> SampleBook:
    return read_samples(MANUALS / pack)


def player_of(pack: str) -> Player:
    install_pack(read(pack), system_standing())
    institution = Institution.objects.get(key=pack)
    populate(institution, today(institution))
    return Player(institution, Random(7), samples(pack).formats)


def numbers(texts: list[str]) -> list[int]:
    """The running numbers in folios, sorted: the groups of three digits or more that are left without the year."""
    bare = (text.replace(str(now().year), "·") for text in texts)
    return sorted(int(n) for text in bare for n in re.findall(r"\d{3,}", text))


def test_the_five_manuals_are_walked() -> None:
    assert len(PROCEDURES) >= 47


@pytest.mark.parametrize("identity", PROCEDURES)
def test_every_edge_is_walked_by_those_who_hold_the_posts(identity: str, settings, tmp_path) -> None:
    settings.FILES_DIR = tmp_path
    pack, _, key = identity.partition("/")
    player = player_of(pack)
    procedure = Procedure.objects.get(pack=pack, key=key)
    definition = definition_of(procedure.versions.get(valid_until=None).pk)
    ways = cover(definition.procedure)
    assert ways
    for way in ways:
        case = Walker(player, procedure).walk(way.answers)
        assert (case.status, case.outcome) == ("ended", way.outcome), way
        assert not Task.objects.filter(case=case, status="open").exists()
        assert list(audit.verify("case", case.pk)) == []
    assert Case.objects.filter(procedure=procedure).count() >= len(ways)
    assert_no_number_is_skipped(Filing.objects.exclude(number="").values_list("number", flat=True))


def assert_no_number_is_skipped(taken) -> None:
    by_series: dict[str, list[str]] = {}
    for number in set(taken):
        by_series.setdefault(re.sub(r"\d", "", number), []).append(number)
    for series, own in by_series.items():
        assert numbers(own) == list(range(1, len(own) + 1)), series
