"""Officials are invited; accounts are closed, not erased; nothing of it without the right."""

import re
from datetime import timedelta

import pytest
from allauth.account.models import EmailAddress
from django.core import mail

from turna.core import people
from turna.core.models import AuditEntry, Person
from turna.core.refusals import Refused
from turna.core.rights import standing_of
from turna.core.tests import factories as make

pytestmark = pytest.mark.django_db
SECRET = "una-frase-de-prueba-larga"


@pytest.fixture
def keeper():
    return make.make_official("accounts.manage")


def invite(keeper, email="Nueva.Persona@Ejemplo.mx") -> tuple[Person, str]:
    person, by = keeper
    made = people.create_person(by, person.institution, email=email, given_names="  Ada  Luz ", surname1="Campos")
    token = re.search(r"/cuenta/invitacion/([^/]+)/", str(mail.outbox[-1].body)).group(1)
    return made, token


def test_an_invited_person_sets_the_password_by_the_mailed_link_once(keeper):
    made, token = invite(keeper)
    assert made.email == "nueva.persona@ejemplo.mx" and made.full_name == "Ada Luz Campos"
    assert not made.has_usable_password() and mail.outbox[-1].to == [made.email]
    people.accept_invitation(token, SECRET)
    made.refresh_from_db()
    assert made.check_password(SECRET)
    assert EmailAddress.objects.get(user=made).verified
    with pytest.raises(Refused):
        people.accept_invitation(token, "otra-frase-de-prueba")
    assert list(AuditEntry.objects.order_by("seq").values_list("action", flat=True)) == [
        "person.created",
        "person.invited",
        "person.accepted",
    ]


def test_a_forged_old_or_orphaned_invitation_is_worth_nothing(keeper, monkeypatch):
    made, token = invite(keeper)
    assert people.invited_by(token) == made
    assert people.invited_by(token[:-2] + "xx") is None
    assert people.invited_by("") is None
    with monkeypatch.context() as patch:
        patch.setattr(people, "INVITATION_LASTS", timedelta(seconds=-1))
        assert people.invited_by(token) is None
    Person.objects.filter(pk=made.pk).update(is_active=False)
    assert people.invited_by(token) is None


def test_inviting_again_only_while_it_is_needed(keeper):
    made, token = invite(keeper)
    people.send_invitation(keeper[1], made)
    assert len(mail.outbox) == 2
    people.accept_invitation(token, SECRET)
    made.refresh_from_db()
    with pytest.raises(Refused) as refusal:
        people.send_invitation(keeper[1], made)
    assert refusal.value.code == "already_done"


@pytest.mark.parametrize(
    ("fields", "wrong"),
    [
        ({"email": "no es correo"}, "email"),
        ({"given_names": "  "}, "given_names"),
        ({"curp": "ABCD000000HXXXXX00"}, "curp"),
        ({"email": "REPETIDA@ejemplo.mx"}, "email"),
    ],
)
def test_what_is_wrong_is_told_by_field(keeper, fields, wrong):
    person, by = keeper
    make.make_person(person.institution, email="repetida@ejemplo.mx")
    with pytest.raises(Refused) as refusal:
        people.create_person(by, person.institution, **{"email": "a@ejemplo.mx", "given_names": "Ada", **fields})
    assert list(refusal.value.fields) == [wrong]
    assert not mail.outbox and not Person.objects.filter(email="a@ejemplo.mx").exists()


def test_closing_an_account_takes_its_rights_and_may_end_its_positions():
    person, by = make.make_official("accounts.manage", "organization.manage")
    position = make.make_position(make.make_unit(person.institution))
    leaving = make.make_person(person.institution, position)
    absent = make.make_person(person.institution, make.make_position(None, institution=person.institution))
    standing_in = make.stand_in(absent, leaving)
    people.deactivate(by, leaving, end_positions=True)
    leaving.refresh_from_db()
    standing_in.refresh_from_db()
    assert not leaving.is_active and standing_in.cancelled_at
    assert leaving.appointments.get().ends_on is not None
    people.reactivate(by, leaving)
    assert standing_of(leaving).positions == {}


def test_nobody_locks_themselves_out(keeper):
    person, by = keeper
    with pytest.raises(Refused) as refusal:
        people.deactivate(by, person)
    assert refusal.value.code == "not_allowed"


@pytest.mark.parametrize(
    "act",
    [
        people.deactivate,
        people.issue_link,
        people.remove_second_factor,
        people.require_new_password,
        people.send_invitation,
        lambda by, person: people.change_person(by, person, surname1="Otra"),
        people.grant_administration,
    ],
)
def test_keeping_accounts_is_no_way_up_to_the_technicians(keeper, act):
    person, by = keeper
    technician = make.make_person(person.institution, administers=True)
    with pytest.raises(Refused) as refusal:
        act(by, technician)
    assert refusal.value.code == "not_allowed" and not mail.outbox


def test_people_correct_their_own_phone_and_nothing_else(keeper):
    other = make.make_person(keeper[0].institution)
    own = standing_of(other)
    people.change_person(own, other, phone=" 229 000 0000 ")
    assert Person.objects.get(pk=other.pk).phone == "229 000 0000"
    with pytest.raises(Refused):
        people.change_person(own, other, surname1="Otra")
    people.change_person(keeper[1], other, surname1="Otra")
    entry = AuditEntry.objects.order_by("-seq").first()
    assert entry.data == {"person": other.pk, "fields": ["surname1"]}  # what changed, not the personal data


def test_without_the_right_or_for_another_institution_nothing_changes(keeper):
    person, _by = keeper
    target = make.make_person(person.institution)
    _a, without = make.make_official(institution=person.institution)
    _b, elsewhere = make.make_official("accounts.manage")
    before = AuditEntry.objects.count()
    for by in (without, elsewhere):
        for act in (
            people.send_invitation,
            people.deactivate,
            people.reactivate,
            people.require_new_password,
            people.remove_second_factor,
        ):
            with pytest.raises(Refused) as refusal:
                act(by, target)
            assert refusal.value.code == "not_allowed"
        with pytest.raises(Refused):
            people.create_person(by, person.institution, email="x@ejemplo.mx", given_names="X")
    assert AuditEntry.objects.count() == before
