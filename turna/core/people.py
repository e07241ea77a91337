"""People's accounts: inviting, changing, closing. What they may do follows from `organization`; how they enter is in
`accounts`."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from hashlib import sha256
from typing import Any

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.core import signing
from django.core.exceptions import ValidationError
from django.core.mail import send_mail
from django.core.validators import validate_email
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils.translation import gettext as _
from stdnum.exceptions import ValidationError as NotACurp
from stdnum.mx import curp as curp_number

from turna.core import audit, organization
from turna.core.models import Institution, Person
from turna.core.refusals import Refused
from turna.core.rights import Standing

MANAGE = "accounts.manage"
INVITATION_LASTS = timedelta(days=7)
_INVITATION = "turna.core.people.invitation"
_CHANGEABLE = ("given_names", "surname1", "surname2", "phone", "curp")


def create_person(
    by: Standing,
    institution: Institution,
    *,
    email: str,
    given_names: str,
    surname1: str = "",
    surname2: str = "",
    phone: str = "",
    curp: str = "",
    invite: bool = True,
) -> Person:
    """Open an account without a password, and mail the link with which its owner sets one.

    Raises Refused (not_allowed, invalid_form).
    """
    by.require(MANAGE)
    _own(by, institution.pk)
    names = {"given_names": given_names, "surname1": surname1, "surname2": surname2, "phone": phone, "curp": curp}
    fields = _clean(names)
    address = _clean_email(email)
    try:
        with transaction.atomic():
            person = Person.objects.create_user(address, None, institution=institution, **fields)
            EmailAddress.objects.create(user=person, email=address, primary=True, verified=False)
            _note(by, person, "person.created")
            if invite:
                send_invitation(by, person)
    except IntegrityError:
        raise _invalid("email", _("Ya hay una cuenta con ese correo.")) from None
    return person


def send_invitation(by: Standing, person: Person) -> None:
    """Mail the link again; it stops working once used, when a password has been set, or after seven days.

    Raises Refused (not_allowed; already_done when the account is in use).
    """
    by.require(MANAGE)
    _may_touch(by, person)
    if not person.has_mail:
        raise Refused("not_allowed", _("Esta persona no tiene correo: entréguele su contraseña en sobre cerrado."))
    if person.has_usable_password() or not person.is_active:
        raise Refused("already_done", _("Esta cuenta ya está en uso o está cerrada: no necesita invitación."))
    url = settings.PUBLIC_URL + reverse("accept_invitation", args=[invitation_for(person)])
    owner = person.institution.name if person.institution else "Turna"
    body = _(
        "Hola, %(name)s:\n\n%(institution)s abrió una cuenta para usted en Turna.\n"
        "Para entrar por primera vez elija su contraseña aquí (el enlace vale siete días):\n\n%(url)s\n\n"
        "Si usted no esperaba este correo, no tiene que hacer nada."
    ) % {"name": person.given_names, "institution": owner, "url": url}
    with transaction.atomic():
        send_mail(_("Su cuenta en Turna"), body, settings.DEFAULT_FROM_EMAIL, [person.email])
        _note(by, person, "person.invited")


def invitation_for(person: Person) -> str:
    """The token of an invitation; it names the person and holds only while their password stays as it is."""
    return signing.dumps({"person": person.pk, "state": _state(person)}, salt=_INVITATION)


def issue_link(by: Standing, person: Person) -> str:
    """The address with which somebody chooses a (new) password, to be handed over in person instead of by mail.

    Raises Refused (not_allowed).
    """
    by.require(MANAGE)
    _may_touch(by, person)
    _note(by, person, "person.link_issued")
    return str(settings.PUBLIC_URL + reverse("accept_invitation", args=[invitation_for(person)]))


def invited_by(token: str) -> Person | None:
    """Who a token invites; None when it is forged, used or too old."""
    try:
        content = signing.loads(token, salt=_INVITATION, max_age=INVITATION_LASTS)
        person = Person.objects.get(pk=content["person"], is_active=True)
    except (signing.BadSignature, KeyError, TypeError, Person.DoesNotExist):
        return None
    return person if content.get("state") == _state(person) else None


def accept_invitation(token: str, password: str) -> Person:
    """Set the first password. Whoever opened the mail has shown that the address is theirs: it counts as confirmed.

    Raises Refused (not_found). The caller has checked the password with Django's validators.
    """
    with transaction.atomic():
        person = invited_by(token)
        locked = Person.objects.select_for_update().filter(pk=person.pk).first() if person else None
        if locked is None or invited_by(token) is None:
            raise Refused("not_found", _("Este enlace ya no sirve. Pida que le envíen otra invitación."))
        locked.set_password(password)
        locked.must_change_password = False
        locked.save(update_fields=["password", "must_change_password"])
        EmailAddress.objects.update_or_create(
            user=locked, email=locked.email, defaults={"primary": True, "verified": True}
        )
        _write(locked, "person.accepted", actor=locked.pk)
    return locked


def change_person(by: Standing, person: Person, **fields: str) -> Person:
    """Correct names, phone or CURP. People may correct their own phone. Raises Refused (not_allowed, invalid_form)."""
    if not (by.person_id == person.pk and set(fields) <= {"phone"}):
        by.require(MANAGE)
        _may_touch(by, person)
    clean = _clean({name: fields.get(name, getattr(person, name)) for name in _CHANGEABLE})
    changed = sorted(name for name in _CHANGEABLE if clean[name] != getattr(person, name))
    with transaction.atomic():
        for name in changed:
            setattr(person, name, clean[name])
        person.save(update_fields=changed)
        if changed:
            _note(by, person, "person.changed", fields=changed)
    return person


def deactivate(by: Standing, person: Person, *, end_positions: bool = False) -> Person:
    """Close an account: its owner cannot enter any more and their sessions end. With `end_positions` what they hold
    and stand in for ends as well (right: organization.manage).

    Raises Refused (not_allowed; invalid_form for one's own account).
    """
    by.require(MANAGE)
    _may_touch(by, person)
    if person.pk == by.person_id:
        raise Refused("not_allowed", _("Usted no puede cerrar su propia cuenta."))
    with transaction.atomic():
        if end_positions:
            organization.end_all(by, person)
        return _switch(by, person, False)


def reactivate(by: Standing, person: Person) -> Person:
    """Open a closed account again. Raises Refused (not_allowed)."""
    by.require(MANAGE)
    _may_touch(by, person)
    return _switch(by, person, True)


def require_new_password(by: Standing, person: Person) -> None:
    """Make somebody choose another password before they go on. Raises Refused (not_allowed)."""
    by.require(MANAGE)
    _may_touch(by, person)
    with transaction.atomic():
        Person.objects.filter(pk=person.pk).update(must_change_password=True)
        person.must_change_password = True
        _note(by, person, "person.must_change_password")


def remove_second_factor(by: Standing, person: Person) -> int:
    """Take away every second factor of somebody who lost theirs; how many there were. Raises Refused (not_allowed)."""
    by.require(MANAGE)
    _may_touch(by, person)
    if person.pk == by.person_id:
        raise Refused("not_allowed", _("Retire su propio segundo factor en su perfil."))
    with transaction.atomic():
        gone = int(Authenticator.objects.filter(user=person).delete()[0])
        if gone:
            _note(by, person, "person.second_factor_removed", count=gone)
    return gone


def grant_administration(by: Standing, person: Person) -> Person:
    """Let somebody administer the whole install; only who does so already (or the terminal) may. Raises Refused."""
    if not by.administers:
        raise Refused("not_allowed", _("Solo quien administra la instalación puede dar este permiso."))
    with transaction.atomic():
        person.administers = True
        person.save(update_fields=["administers"])
        _note(by, person, "person.administers")
    return person


def _switch(by: Standing, person: Person, is_active: bool) -> Person:
    with transaction.atomic():
        person.is_active = is_active
        person.save(update_fields=["is_active"])
        _note(by, person, "person.reactivated" if is_active else "person.deactivated")
    return person


def _clean(names: Mapping[str, str]) -> dict[str, str]:
    clean = {name: " ".join(str(text).split()) for name, text in names.items()}
    if not clean["given_names"]:
        raise _invalid("given_names", _("Escriba el nombre."))
    clean["curp"] = clean["curp"].upper()
    if clean["curp"]:
        try:
            curp_number.validate(clean["curp"])
        except NotACurp:
            raise _invalid("curp", _("Esa CURP no es correcta; revise los 18 caracteres.")) from None
    return clean


def _clean_email(email: str) -> str:
    address = email.strip().lower()
    try:
        validate_email(address)
    except ValidationError:
        raise _invalid("email", _("Escriba un correo completo, como nombre@ejemplo.mx.")) from None
    if Person.objects.filter(email__iexact=address).exists():
        raise _invalid("email", _("Ya hay una cuenta con ese correo."))
    return address


def checked_names(names: Mapping[str, str]) -> dict[str, str]:
    """Names, phone and CURP as they are kept. Raises Refused("invalid_form")."""
    return _clean({name: names.get(name, "") for name in _CHANGEABLE})


def may_keep(by: Standing, institution_id: int | None, person: Person | None = None) -> None:
    """Raises Refused("not_allowed") unless `by` keeps the accounts of this institution (and may touch this one)."""
    by.require(MANAGE)
    _own(by, institution_id)
    if person is not None:
        _may_touch(by, person)


def _own(by: Standing, institution_id: int | None) -> None:
    if by.institution_id != institution_id and not by.administers:
        raise Refused("not_allowed", _("Esta cuenta pertenece a otra institución."))


def _may_touch(by: Standing, person: Person) -> None:
    """Who keeps accounts does not get at the accounts of those who administer the install: it would be a way up."""
    _own(by, person.institution_id)
    if person.administers and not by.administers:
        raise Refused("not_allowed", _("Solo quien administra la instalación puede cambiar esta cuenta."))


def _state(person: Person) -> str:
    return sha256(f"{person.password}|{person.email}".encode()).hexdigest()[:24]


def _invalid(field: str, words: str) -> Refused:
    return Refused("invalid_form", words, {field: words})


def _note(by: Standing, person: Person, action: str, **data: Any) -> None:
    _write(person, action, actor=by.actor_id, **data)


def _write(person: Person, action: str, *, actor: int | None, **data: Any) -> None:
    """The chain is the institution's; people of none (technicians) leave no entry there."""
    if person.institution_id:
        audit.note(person.institution_id, action, {"person": person.pk, **data}, actor=actor)
