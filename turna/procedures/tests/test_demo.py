"""The demo's stories: cases in every state, the same on the same day, told by acts that the audit bears out."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from random import Random

import pytest
from django.conf import settings
from django.db import transaction

from turna.core import audit
from turna.core.calendar import clock_at, forget_calendars, now
from turna.core.models import Institution, Notice, OutboxMail, Person
from turna.core.rights import system_standing
from turna.engine.expressions import condition
from turna.engine.filling import case_data
from turna.procedures.definitions import definition_of, forget
from turna.procedures.demo.casting import Casting
from turna.procedures.demo.people import PASSWORD, accounts, populate
from turna.procedures.demo.player import Player
from turna.procedures.demo.samples import read_samples
from turna.procedures.demo.stories import tell_stories
from turna.procedures.models import Case, Filing, Task
from turna.procedures.services import install_pack

pytestmark = pytest.mark.django_db

FOLDER = Path(settings.MANUALS_DIR) / "veracruz-dmiga"


@pytest.fixture(autouse=True)
def _files(settings, tmp_path) -> None:
    settings.FILES_DIR = tmp_path


def live(cases: int) -> Institution:
    told = read_samples(FOLDER)
    with clock_at(now() - timedelta(days=90)):
        install_pack(FOLDER, system_standing())
    institution = Institution.objects.get(key="veracruz-dmiga")
    populate(institution, (now() - timedelta(days=400)).date())
    player = Player(institution, Random(1519), told.formats, told.reasons)
    tell_stories(institution, player, Casting(institution, player, told.areas), cases)
    return institution


def test_cases_are_in_many_states_and_the_history_is_whole() -> None:
    institution = live(45)
    assert Case.objects.count() == 45
    assert {"open", "ended"} <= set(Case.objects.values_list("status", flat=True))
    assert len(set(Case.objects.filter(status="ended").values_list("outcome", flat=True))) >= 2
    assert len(set(Task.objects.filter(status="open").values_list("case__procedure", "step"))) >= 8
    assert not Case.objects.filter(opened_at__gt=now()).exists()
    assert Task.objects.filter(status="open", due_at__lt=now()).exists()
    assert list(audit.verify()) == []
    assert not OutboxMail.objects.exclude(status="sent").exists()
    assert not Notice.objects.filter(read_at=None, created_at__lt=now() - timedelta(days=5)).exists()
    assert all(person.check_password(PASSWORD) for person in Person.objects.order_by("pk")[:1])
    assert len(accounts()) == institution.positions.count() + 1


def test_answers_agree_with_what_was_filled() -> None:
    live(30)
    for task in Task.objects.filter(status="done", kind="work").exclude(answer="").select_related("case"):
        definition = definition_of(task.case.version_id)
        activity = definition.activity(task.step)
        rule = next(a.decide for a in activity.answers if a.label == task.answer)
        own = Filing.objects.filter(task=task).first()
        if rule is None or own is None or own.format.replace("-", "_") not in rule:
            continue
        assert condition(rule, case_data(definition.formats, {own.format: own.values})), (task.case.folio, task.step)


def test_the_same_day_tells_the_same_stories() -> None:
    told = []
    for _ in range(2):
        with transaction.atomic():
            live(12)
            rows = Case.objects.order_by("folio").values_list("folio", "subject", "status", "outcome", "opened_at")
            told.append([*rows, *Task.objects.order_by("case__folio", "id").values_list("step", "answer")])
            transaction.set_rollback(True)
        forget()
        forget_calendars()
    assert told[0] == told[1]
