"""Accounts that begin with a sealed password: for people without e-mail, or who cannot reach theirs.

A person without e-mail enters with a user name; where an address is needed theirs is one that nobody can write to
(`Person.NOWHERE`). The first password is printed in a sealed envelope, worth one entry: the pages let nothing else
happen before it is changed. Invitations by mail are `people`'s.
"""

from __future__ import annotations

from allauth.account.forms import LoginForm as AllauthLoginForm
from allauth.account.models import EmailAddress
from django import forms
from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from turna.core import audit, envelopes
from turna.core.calendar import now
from turna.core.models import Envelope, Institution, Person
from turna.core.naming import FullName, candidates
from turna.core.people import checked_names, may_keep
from turna.core.refusals import Refused
from turna.core.rights import Standing

OWNER_KIND = "person"
_FORMS = ("{nombre}.{apellido}", "{nombre}.{apellido}{inicial2}", "{nombre}.{apellido}{n}", "{nombre}", "{nombre}{n}")
_LONGEST = 60


class LoginForm(AllauthLoginForm):
    """Enters with an e-mail or, for who has none, with the user name of the envelope."""

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        widget = forms.TextInput(attrs={"autocomplete": "username", "autocapitalize": "none", "spellcheck": "false"})
        self.fields["login"] = forms.CharField(label=gettext_lazy("Correo o usuario"), max_length=254, widget=widget)
        self.order_fields(["login", "password", "remember"])

    def clean_login(self) -> str:
        return Person.address_of(str(super().clean_login()))


def create_person_without_mail(by: Standing, institution: Institution, **names: str) -> Person:
    """Open an account for somebody without e-mail, with a user name formed from theirs and its first password sealed.

    `names`: given_names, surname1, surname2, phone, curp. Raises Refused (not_allowed, invalid_form).
    """
    may_keep(by, institution.pk)
    fields = checked_names(names)
    holder = FullName(fields["given_names"], fields["surname1"], fields["surname2"])
    with transaction.atomic():
        tried = (_open(institution, name, fields) for name in candidates(_FORMS, holder, longest=_LONGEST))
        person = next((opened for opened in tried if opened is not None), None)
        if person is None:
            told = _("Con ese nombre no se puede formar un usuario: escriba letras.")
            raise Refused("invalid_form", told, {"given_names": told})
        EmailAddress.objects.create(user=person, email=person.email, primary=True, verified=True)
        audit.note(institution.pk, "person.created", {"person": person.pk}, actor=by.actor_id)
        seal_password(by, person)
    return person


def seal_password(by: Standing, person: Person) -> Envelope:
    """Give somebody a new password that only a sealed envelope tells, and that they must change when they enter. Their
    former one and their sessions end. Raises Refused (not_allowed: also for one's own account or a closed one)."""
    may_keep(by, person.institution_id, person)
    if person.pk == by.person_id or not person.is_active or person.institution_id is None:
        raise Refused("not_allowed", _("Solo se entrega en sobre la contraseña de otra persona con la cuenta abierta."))
    password = envelopes.first_password()
    letter = envelopes.Letter(
        institution_id=person.institution_id,
        owner=(OWNER_KIND, person.pk),
        account="Turna",
        user_name=person.login_name,
        holder=person.full_name,
        address=settings.PUBLIC_URL,
    )
    with transaction.atomic():
        person.set_password(password)
        person.must_change_password = True
        person.save(update_fields=["password", "must_change_password"])
        # The envelope is the proof of identity: who keeps accounts hands it over in person.
        EmailAddress.objects.update_or_create(user=person, email=person.email, defaults={"verified": True})
        return envelopes.seal(letter, password, at=now(), person_id=by.actor_id)


def print_password(by: Standing, person: Person, envelope_id: int) -> bytes:
    """The letter, to be printed; who opened it is noted. Raises Refused (not_allowed, not_found)."""
    may_keep(by, person.institution_id, person)
    if not envelopes_of(person).filter(pk=envelope_id).exists():
        raise Refused("not_found", _("Este sobre no existe."))
    return envelopes.open_letter(envelope_id, at=now(), person_id=by.actor_id)


def envelopes_of(person: Person) -> QuerySet[Envelope]:
    """Their envelopes that still wait, without what is in them."""
    return envelopes.running(person.institution_id or 0, (OWNER_KIND, person.pk)).defer("sealed")


def _open(institution: Institution, name: str, fields: dict[str, str]) -> Person | None:
    """None: somebody has that name."""
    address = Person.address_of(name)
    if Person.objects.filter(email__iexact=address).exists():
        return None
    try:
        with transaction.atomic():
            return Person.objects.create_user(address, None, institution=institution, **fields)
    except IntegrityError:
        return None
