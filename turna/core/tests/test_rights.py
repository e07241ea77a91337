"""Rights follow from positions, substitutes and units headed; nothing outlives its dates."""

from datetime import UTC, date, datetime

import pytest
from django.db import connection

from turna.core import rights
from turna.core.database import select_often
from turna.core.models import Person
from turna.core.refusals import Refused
from turna.core.rights import acting_people, standing_of, system_standing
from turna.core.tests import factories as make

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 6, 10, 18, tzinfo=UTC)  # noon in Mexico City
TODAY = date(2026, 6, 10)
BEFORE, AFTER = date(2026, 6, 9), date(2026, 6, 11)


class House:
    """An institution: a unit with one below it, a position with a right in the lower one."""

    def __init__(self) -> None:
        self.institution = make.make_institution()
        self.top = make.make_unit(self.institution)
        self.low = make.make_unit(self.institution, parent=self.top)
        self.position = make.make_position(self.low, rights=["cases.move"])
        self.other = make.make_position(self.low)
        self.person = make.make_person(self.institution)
        self.absent = make.make_person(self.institution)


def holder(house: House) -> None:
    make.appoint(house.person, house.position)


def ends_today(house: House) -> None:
    make.appoint(house.person, house.position, ends_on=TODAY)


def ended(house: House) -> None:
    make.appoint(house.person, house.position, ends_on=BEFORE)


def future(house: House) -> None:
    make.appoint(house.person, house.position, starts_on=AFTER)


def inactive_person(house: House) -> None:
    holder(house)
    house.person.is_active = False


def closed_position(house: House) -> None:
    holder(house)
    house.position.is_active = False
    house.position.save()


def _substitute(house: House, **fields: object) -> None:
    make.appoint(house.absent, house.position)
    make.stand_in(house.absent, house.person, **fields)


def substitute(house: House) -> None:
    _substitute(house, starts_on=TODAY, ends_on=TODAY)


def substitute_of_that_position(house: House) -> None:
    _substitute(house, position=house.position)


def substitute_of_another_position(house: House) -> None:
    _substitute(house, position=house.other)


def substitute_before(house: House) -> None:
    _substitute(house, starts_on=AFTER)


def substitute_after(house: House) -> None:
    _substitute(house, ends_on=BEFORE)


def substitute_cancelled(house: House) -> None:
    _substitute(house, cancelled_at=NOON)


def substitute_of_one_who_left(house: House) -> None:
    make.appoint(house.absent, house.position, ends_on=BEFORE)
    make.stand_in(house.absent, house.person)


def two_absences_one_past(house: House) -> None:
    _substitute(house, ends_on=BEFORE)
    make.stand_in(house.absent, house.person, position=house.position, starts_on=TODAY)


def substitute_of_a_substitute(house: House) -> None:
    third = make.make_person(house.institution)
    make.appoint(third, house.position)
    make.stand_in(third, house.absent)
    make.stand_in(house.absent, house.person)


def another_institution(house: House) -> None:
    elsewhere = make.make_institution()
    house.person.institution = elsewhere
    house.person.save()
    make.appoint(house.person, house.position)


YES_HELD = [holder, ends_today]
YES_STANDING_IN = [substitute, substitute_of_that_position, two_absences_one_past]
NO = [
    ended,
    future,
    inactive_person,
    closed_position,
    substitute_of_another_position,
    substitute_before,
    substitute_after,
    substitute_cancelled,
    substitute_of_one_who_left,
    substitute_of_a_substitute,
    another_institution,
]


@pytest.mark.parametrize("arrange", YES_HELD, ids=lambda f: f.__name__)
def test_a_holder_acts_for_the_position(arrange):
    house = House()
    arrange(house)
    standing = standing_of(house.person, NOON)
    assert standing.positions == {house.position.pk: None}
    assert standing.acts_for(house.position.pk) and standing.on_behalf_of(house.position.pk) is None
    assert standing.can("cases.move") and not standing.can("cases.cancel")
    assert standing.unit_ids == {house.low.pk}


@pytest.mark.parametrize("arrange", YES_STANDING_IN, ids=lambda f: f.__name__)
def test_a_substitute_acts_on_behalf_of_the_absent(arrange):
    house = House()
    arrange(house)
    standing = standing_of(house.person, NOON)
    assert standing.positions == {house.position.pk: house.absent.pk}
    assert standing.on_behalf_of(house.position.pk) == house.absent.pk
    assert standing.can("cases.move")
    assert acting_people(house.institution.pk, [house.position.pk], TODAY) == {
        house.position.pk: tuple(sorted([house.person.pk, house.absent.pk]))
    }


@pytest.mark.parametrize("arrange", NO, ids=lambda f: f.__name__)
def test_nobody_else_acts(arrange):
    house = House()
    arrange(house)
    standing = standing_of(house.person, NOON)
    assert not standing.acts_for(house.position.pk)
    assert not standing.can("cases.move")
    assert not standing.headed_paths


def test_the_absent_person_still_holds_the_position():
    house = House()
    substitute(house)
    assert standing_of(house.absent, NOON).positions == {house.position.pk: None}


def test_held_wins_over_standing_in():
    house = House()
    holder(house)
    substitute(house)
    assert standing_of(house.person, NOON).positions == {house.position.pk: None}


@pytest.mark.parametrize(("unit", "sees_top", "sees_low"), [("top", True, True), ("low", False, True)])
def test_a_head_sees_the_unit_and_all_below(unit, sees_top, sees_low):
    house = House()
    head = make.make_position(getattr(house, unit), is_head=True)
    make.appoint(house.person, head)
    standing = standing_of(house.person, NOON)
    assert standing.heads(house.top.path) is sees_top
    assert standing.heads(house.low.path) is sees_low


def test_heading_a_unit_and_one_below_it_is_one_path():
    house = House()
    for unit in (house.top, house.low):
        make.appoint(house.person, make.make_position(unit, is_head=True))
    assert standing_of(house.person, NOON).headed_paths == (house.top.path,)


def test_the_day_is_the_institutions_own():
    """At 05:00 UTC it is still the day before in Mexico City."""
    house = House()
    make.appoint(house.person, house.position, ends_on=date(2026, 6, 9))
    early = datetime(2026, 6, 10, 5, tzinfo=UTC)
    assert standing_of(house.person, early).acts_for(house.position.pk)
    house.institution.time_zone = "UTC"
    house.institution.save()
    assert not standing_of(house.person, early).acts_for(house.position.pk)


def test_administering_opens_everything_but_cases():
    house = House()
    house.person.administers = True
    house.person.save()
    standing = standing_of(house.person, NOON)
    assert standing.can("organization.manage") and not standing.can("cases.see_all")


def test_one_query(django_assert_num_queries, monkeypatch):
    """The one that Django's log does not see on PostgreSQL is counted at its door."""
    house = House()
    substitute(house)
    person = Person.objects.get(pk=house.person.pk)
    asked = []
    monkeypatch.setattr(rights, "select_often", lambda *query: asked.append(query) or select_often(*query))
    with django_assert_num_queries(0 if connection.vendor == "postgresql" else 1):
        standing_of(person, NOON)

    assert len(asked) == 1


def test_require_refuses():
    house = House()
    with pytest.raises(Refused) as refusal:
        standing_of(house.person, NOON).require("calendar.manage")
    assert refusal.value.code == "not_allowed"
    system_standing(house.institution.pk).require("calendar.manage")
