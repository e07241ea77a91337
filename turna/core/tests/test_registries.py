"""Registries and events: how rooms meet."""

from dataclasses import dataclass

import pytest
from django.db import transaction

from turna.core import events
from turna.core.refusals import Refused
from turna.core.registry import AlreadyRegistered, NotRegistered, Registry


def test_a_registry_gives_what_was_plugged_in_and_hints_at_a_slip():
    registry: Registry[object] = Registry("acciones")

    @registry.register("cfdi.vigencia")
    def check() -> None: ...

    registry.add("otra", 2)
    assert registry.get("cfdi.vigencia") is check and list(registry) == ["cfdi.vigencia", "otra"]
    with pytest.raises(NotRegistered, match="¿Quiso decir «cfdi.vigencia»"):
        registry.get("cfdi.vigencias")
    with pytest.raises(AlreadyRegistered):
        registry.add("otra", 3)
    with registry.temporarily("otra", 3):
        assert registry.get("otra") == 3
    assert registry.get("otra") == 2 and "tercera" not in registry and registry.find("tercera") is None


@dataclass(frozen=True)
class Happened:
    what: int


@pytest.mark.django_db(transaction=True)
def test_an_event_is_heard_after_the_commit_only():
    with events.hearing(Happened) as heard:
        with transaction.atomic():
            events.publish(Happened(1))
            assert heard == []
        assert heard == [Happened(1)]
        with pytest.raises(ZeroDivisionError), transaction.atomic():
            events.publish(Happened(2))
            _ = 1 / 0
        assert heard == [Happened(1)]


@pytest.mark.django_db(transaction=True)
def test_one_hearer_that_fails_does_not_silence_the_others(caplog):
    @events.hear(Happened)
    def fails(event: Happened) -> None:
        raise RuntimeError("boom")

    try:
        with events.hearing(Happened) as heard:
            events.publish(Happened(3))
        assert heard == [Happened(3)] and "Happened" in caplog.text
    finally:
        events._hearers[Happened].remove(fails)


def test_a_refusal_carries_what_pages_need():
    refusal = Refused("invalid_form", "No.", {"name": "Falta."})
    assert (str(refusal), refusal.code, refusal.fields) == ("No.", "invalid_form", {"name": "Falta."})
