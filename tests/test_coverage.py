"""Every rule that the manuals state is in a pack with what meets it, and stands on the page that tells them all."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path

import pytest

from docs.reports import coverage, packs
from turna.engine.definitions import Procedure

STATED: dict[str, int] = json.loads((Path(__file__).parent / "manual_rules.json").read_text(encoding="utf-8"))
"""How many rules and terms each procedure of the five printed manuals states."""


@cache
def procedures() -> dict[str, Procedure]:
    return {p.id: p for pack in packs() for p in pack.procedures.values()}


@cache
def page() -> str:
    return coverage()


def test_the_five_manuals_are_here() -> None:
    assert len(STATED) == 47
    assert set(STATED) - set(procedures()) == set()


@pytest.mark.parametrize("identity", sorted(STATED))
def test_no_rule_of_the_manual_is_missing(identity: str) -> None:
    rules = procedures()[identity].rules
    assert len(rules) == STATED[identity]
    texts = [rule.text for rule in rules]
    assert len(set(texts)) == len(texts) and all(len(text) > 10 for text in texts)
    for rule in rules:
        assert rule.met_by or rule.waits_for
        assert " ".join(rule.text.split()).replace("|", "\\|") in page()
