"""Notices: in the page always, by mail as each person prefers, gathered in the morning for who wants it so."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from turna.core.calendar import add_day, clock_at
from turna.core.models import Notice, OutboxMail
from turna.core.notices import mail, mark_read, send_digests, set_preference, tell
from turna.core.refusals import Refused
from turna.core.rights import system_standing
from turna.core.tests.factories import make_institution, make_person

THURSDAY = datetime(2026, 11, 19, 20, tzinfo=UTC)  # 14:00 in Mexico City
EARLY = datetime(2026, 11, 20, 14, 30, tzinfo=UTC)  # Friday 8:30, before the office opens at 9
MORNING = datetime(2026, 11, 20, 15, 1, tzinfo=UTC)
SATURDAY = datetime(2026, 11, 21, 16, tzinfo=UTC)


@pytest.fixture
def institution(db):
    return make_institution()


@pytest.fixture
def ana(institution):
    return make_person(institution)


def say(person, subject: str = "Nueva tarea", kind: str = "task", **more) -> Notice | None:
    return tell(
        person, institution_id=person.institution_id, kind=kind, subject=subject, body="Revise.", url="/t/1/", **more
    )


def test_told_in_the_page_and_at_once_by_mail(ana) -> None:
    notice = say(ana)
    assert Notice.objects.of(ana.pk).unread().get() == notice
    sent = OutboxMail.objects.get()
    assert sent.to == ana.email and sent.kind == "task" and ana.given_names in sent.body


def test_the_same_notice_twice_is_one(ana) -> None:
    assert say(ana, dedupe="due:7") is not None
    assert say(ana, dedupe="due:7") is None
    other = make_person(ana.institution)
    assert say(other, dedupe="due:7") is not None
    assert Notice.objects.count() == OutboxMail.objects.count() == 2


@pytest.mark.parametrize(
    ("wishes", "mails"),
    [
        ({}, 1),
        ({"": "never"}, 0),
        ({"": "digest"}, 0),
        ({"": "never", "task": "now"}, 1),
        ({"": "now", "task": "never"}, 0),
        ({"other": "never"}, 1),
    ],
)
def test_each_person_decides(ana, wishes: dict[str, str], mails: int) -> None:
    for kind, wish in wishes.items():
        set_preference(ana, kind, "now")
        set_preference(ana, kind, wish)
    say(ana)
    assert Notice.objects.count() == 1 and OutboxMail.objects.count() == mails


def test_an_unknown_wish_is_refused(ana) -> None:
    with pytest.raises(Refused):
        set_preference(ana, "", "weekly")


def test_whoever_is_gone_gets_no_mail(ana) -> None:
    ana.is_active = False
    ana.save()
    say(ana)
    assert not OutboxMail.objects.exists()


def test_reading_touches_only_ones_own(ana) -> None:
    other = make_person(ana.institution)
    mine, theirs = say(ana), say(other)
    say(ana)
    assert mark_read(ana, [mine.pk, theirs.pk]) == 1
    assert mark_read(ana) == 1
    assert Notice.objects.of(other.pk).unread().count() == 1


def test_the_summary_comes_in_the_morning_of_a_working_day_once(ana) -> None:
    set_preference(ana, "", "digest")
    with clock_at(THURSDAY):
        say(ana, "Primera tarea")
        say(ana, "Segunda tarea")
        mark_read(ana, [say(ana, "Ya vista").pk])
    assert send_digests(THURSDAY) == 0 and send_digests(EARLY) == 0
    with clock_at(MORNING):
        assert send_digests(MORNING) == 1 and send_digests(MORNING) == 0
        say(ana, "De hoy")
        assert send_digests(MORNING) == 0
    sent = OutboxMail.objects.get()
    assert sent.subject == "Su resumen: 2 avisos"
    assert "• Primera tarea\n• Segunda tarea" in sent.body and "Ya vista" not in sent.body
    assert send_digests(SATURDAY) == 0
    assert send_digests(datetime(2026, 11, 23, 16, tzinfo=UTC)) == 1


def test_no_summary_on_a_day_the_institution_does_not_work(ana) -> None:
    set_preference(ana, "", "digest")
    with clock_at(THURSDAY):
        say(ana)
    add_day(ana.institution_id, date(2026, 11, 20), "Feria", by=system_standing())
    assert send_digests(MORNING) == 0
    assert not OutboxMail.objects.exists()


def test_who_has_no_account_is_written_to(institution) -> None:
    assert mail("x@example.mx", "Su folio", "Guárdelo.", institution_id=institution.pk, dedupe="folio:1")
    assert mail("x@example.mx", "Su folio", "Guárdelo.", institution_id=institution.pk, dedupe="folio:1") is None
