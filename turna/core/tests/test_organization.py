"""The org chart changes only by whoever may, in one piece, and every change is in the chain."""

from datetime import date, timedelta

import pytest

from turna.core import audit, events, organization
from turna.core.calendar import today
from turna.core.models import Appointment, AuditEntry, PositionRight, Substitution, Unit
from turna.core.organization import HoldersChanged
from turna.core.refusals import Refused
from turna.core.rights import standing_of, system_standing
from turna.core.tests import factories as make

pytestmark = pytest.mark.django_db


@pytest.fixture
def keeper():
    person, by = make.make_official("organization.manage")
    return person, by


def actions() -> list[str]:
    return list(AuditEntry.objects.order_by("seq").values_list("action", flat=True))


def refused(code: str, act, *args, **kwargs) -> Refused:
    with pytest.raises(Refused) as refusal:
        act(*args, **kwargs)
    assert refusal.value.code == code
    return refusal.value


def test_units_form_a_tree_and_move_with_all_below(keeper):
    person, by = keeper
    top, side = (organization.create_unit(by, person.institution, key=k, name=k) for k in ("top", "side"))
    mid = organization.create_unit(by, person.institution, key="mid", name="Media", parent=top)
    low = organization.create_unit(by, person.institution, key="low", name="Baja", parent=mid)
    organization.move_unit(by, mid, side)
    low.refresh_from_db()
    assert low.path == f"{side.pk}/{mid.pk}/{low.pk}/"
    assert mid.parent == side
    organization.rename_unit(by, mid, "Intermedia")
    assert actions() == ["unit.created"] * 4 + ["unit.moved", "unit.renamed"]
    assert list(audit.verify()) == []


def test_a_unit_cannot_hang_below_itself(keeper):
    person, by = keeper
    top = organization.create_unit(by, person.institution, key="top", name="Alta")
    low = organization.create_unit(by, person.institution, key="low", name="Baja", parent=top)
    for target in (top, low):
        assert "parent" in refused("invalid_form", organization.move_unit, by, top, target).fields
    top.refresh_from_db()
    assert top.parent is None and top.path == f"{top.pk}/"


def test_a_key_is_given_once_and_a_refusal_leaves_nothing(keeper):
    person, by = keeper
    organization.create_unit(by, person.institution, key="top", name="Alta")
    assert (
        "key" in refused("invalid_form", organization.create_unit, by, person.institution, key="top", name="x").fields
    )
    assert Unit.objects.filter(key="top").count() == 1 and actions() == ["unit.created"]


def test_a_unit_in_use_is_not_closed(keeper):
    person, by = keeper
    unit = organization.create_unit(by, person.institution, key="top", name="Alta")
    position = organization.create_position(by, person.institution, key="jefe", name="Jefe", unit=unit, is_head=True)
    refused("invalid_form", organization.change_unit, by, unit, is_active=False)
    organization.change_position(by, position, name="Jefe", unit=unit, is_head=True, is_active=False)
    assert organization.change_unit(by, unit, is_active=False).is_active is False


def test_appointing_gives_the_position_and_ending_takes_it(keeper):
    person, by = keeper
    position = organization.create_position(by, person.institution, key="enlace", name="Enlace")
    other = make.make_person(person.institution)
    day = today(person.institution)
    with events.hearing(HoldersChanged) as heard:
        made = organization.appoint(by, other, position, starts_on=day - timedelta(days=9))
        assert standing_of(other).acts_for(position.pk)
        organization.end_appointment(by, made, ends_on=day - timedelta(days=1))
    assert not standing_of(other).acts_for(position.pk)
    assert heard == []  # nothing is heard before the commit, which a test's transaction never reaches
    assert actions()[-2:] == ["appointment.made", "appointment.ended"]


@pytest.mark.django_db(transaction=True)
def test_it_is_heard_after_the_commit(keeper):
    person, by = keeper
    position = organization.create_position(by, person.institution, key="enlace", name="Enlace")
    with events.hearing(HoldersChanged) as heard:
        organization.appoint(by, person, position, starts_on=today(person.institution))
    assert heard == [HoldersChanged(person.institution_id, person.pk)]


def test_appointments_that_make_no_sense_are_refused(keeper):
    person, by = keeper
    position = organization.create_position(by, person.institution, key="enlace", name="Enlace")
    start = date(2026, 1, 1)
    organization.appoint(by, person, position, starts_on=start)
    for fields in (
        {"starts_on": start},
        {"starts_on": date(2026, 5, 1)},
        {"starts_on": date(2025, 5, 1)},
        {"starts_on": date(2025, 5, 1), "ends_on": date(2025, 4, 1)},
    ):
        refused("invalid_form", organization.appoint, by, person, position, **fields)
    stranger = make.make_person(make.make_institution())
    refused("invalid_form", organization.appoint, by, stranger, position, starts_on=start)
    organization.appoint(by, person, position, starts_on=date(2025, 1, 1), ends_on=date(2025, 12, 31))
    assert Appointment.objects.filter(person=person, position=position).count() == 2


def test_who_may_arrange_a_substitution(keeper):
    person, by = keeper
    institution = person.institution
    top = make.make_unit(institution)
    low = make.make_unit(institution, parent=top)
    absent = make.make_person(institution, make.make_position(low))
    head = make.make_person(institution, make.make_position(top, is_head=True))
    peer = make.make_person(institution, make.make_position(low))
    day = today(institution)
    span = {"starts_on": day, "ends_on": day}
    for who in (by, standing_of(absent), standing_of(head)):
        made = organization.substitute(who, absent, peer, **span)
        assert standing_of(peer).positions
        organization.cancel_substitution(who, made)
    refused("not_allowed", organization.substitute, standing_of(peer), absent, peer, **span)
    _elsewhere, foreign = make.make_official("organization.manage")
    refused("not_allowed", organization.substitute, foreign, absent, peer, **span)
    refused("already_done", organization.cancel_substitution, by, Substitution.objects.first())


def test_substitutions_that_make_no_sense_are_refused(keeper):
    person, by = keeper
    day = today(person.institution)
    absent, other = make.make_person(person.institution), make.make_person(person.institution)
    closed = make.make_person(person.institution, is_active=False)
    position = make.make_position(make.make_unit(person.institution))
    for stand_in, fields in (
        (absent, {}),
        (closed, {}),
        (make.make_person(make.make_institution()), {}),
        (other, {"position": position}),
        (other, {"ends_on": day - timedelta(days=1)}),
        (other, {"starts_on": day - timedelta(days=9), "ends_on": day - timedelta(days=1)}),
    ):
        refused(
            "invalid_form",
            organization.substitute,
            by,
            absent,
            stand_in,
            **{"starts_on": day, "ends_on": day, **fields},
        )
    assert not Substitution.objects.exists()


def test_nobody_hands_out_a_right_they_lack(keeper):
    person, by = keeper
    position = make.make_position(make.make_unit(person.institution), rights=["audit.read"])
    refused("not_allowed", organization.set_rights, by, position, ["audit.read", "cases.see_all"])
    refused("not_allowed", organization.set_rights, by, position, [])
    organization.set_rights(by, position, ["audit.read", "organization.manage"])
    organization.set_rights(system_standing(), position, ["cases.see_all"])
    assert list(PositionRight.objects.filter(position=position).values_list("right", flat=True)) == ["cases.see_all"]


def test_without_the_right_or_for_another_institution_nothing_changes(keeper):
    person, _by = keeper
    unit = make.make_unit(person.institution)
    position = make.make_position(unit)
    _a, without = make.make_official(institution=person.institution)
    _b, elsewhere = make.make_official("organization.manage")
    day = today(person.institution)
    before = AuditEntry.objects.count()
    for by in (without, elsewhere):
        refused("not_allowed", organization.create_unit, by, person.institution, key="x", name="x")
        refused("not_allowed", organization.rename_unit, by, unit, "x")
        refused("not_allowed", organization.move_unit, by, unit, None)
        refused("not_allowed", organization.change_unit, by, unit, is_active=False)
        refused("not_allowed", organization.create_position, by, person.institution, key="x", name="x")
        refused("not_allowed", organization.change_position, by, position, name="x", unit=None, is_head=False)
        refused("not_allowed", organization.set_rights, by, position, [])
        refused("not_allowed", organization.appoint, by, person, position, starts_on=day)
        refused("not_allowed", organization.end_appointment, by, Appointment.objects.first(), ends_on=day)
        refused("not_allowed", organization.create_institution, by, key="x", name="x")
    assert AuditEntry.objects.count() == before


def test_founding_an_institution():
    made = organization.create_institution(system_standing(), key="nueva", name="Nueva", time_zone="America/Tijuana")
    assert actions() == ["institution.created"] and made.time_zone == "America/Tijuana"
    refused("invalid_form", organization.create_institution, system_standing(), key="nueva", name="Otra")
    refused(
        "invalid_form", organization.create_institution, system_standing(), key="b", name="B", time_zone="Marte/Norte"
    )
