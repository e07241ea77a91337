"""Making, printing and destroying envelopes. Every act stands in the institution's history, never the password."""

from __future__ import annotations

import base64
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from pathlib import Path

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings
from django.db import transaction
from django.db.models import F, QuerySet
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext as _

from turna.core import audit, documents
from turna.core.calendar import zone_of
from turna.core.models import Envelope, Institution
from turna.core.refusals import Refused
from turna.core.rights import Standing
from turna.core.wording import long_date

LASTS = timedelta(days=10)
"""How long an envelope that nobody hands over is kept."""
_TEMPLATE = Path(__file__).parent / "sobre.typ"
_KEY = "turna.core.envelopes"


@dataclass(frozen=True, slots=True)
class Letter:
    """Whose account it is. `account`: the system, as people call it; `user_name`: what is typed to enter; `reference`:
    the folio it belongs to; `position`, `maker`: ids of those who hand it over and who open the account."""

    institution_id: int
    owner: tuple[str, int]
    account: str
    user_name: str
    holder: str
    reference: str = ""
    position: int | None = None
    maker: int | None = None
    delivers: str = ""
    address: str = ""


def seal(letter: Letter, password: str, *, at: datetime, person_id: int | None) -> Envelope:
    """Prints the letter and encrypts it. An envelope of the same account that was still waiting is destroyed: the
    password that it holds is no longer good. Raises: Refused("not_allowed"): it cannot be rendered."""
    kind, number = letter.owner
    page = _render(letter, password, at)
    with transaction.atomic():
        former = running(letter.institution_id, letter.owner).filter(account=letter.account, user_name=letter.user_name)
        destroy(former, Envelope.Ending.REPLACED, at=at, person_id=person_id)
        envelope = Envelope.objects.create(
            institution_id=letter.institution_id,
            owner_kind=kind,
            owner_id=number,
            account=letter.account,
            user_name=letter.user_name,
            holder=letter.holder[:250],
            position_id=letter.position,
            maker_id=letter.maker,
            sealed=_ciphers().encrypt(page),
            sha256=sha256(page).hexdigest(),
            sealed_at=at,
            sealed_by_id=person_id,
            expires_at=at + LASTS,
        )
        _note(envelope, "envelope.sealed", person_id)
    return envelope


def running(institution_id: int, owner: tuple[str, int]) -> QuerySet[Envelope]:
    """The envelopes of a case or a person that have not been handed over or destroyed."""
    kind, number = owner
    rows = Envelope.objects.filter(institution=institution_id, owner_kind=kind, owner_id=number)
    return rows.filter(ended_at__isnull=True).order_by("pk")


def may_open(envelope: Envelope, by: Standing) -> bool:
    """Whether this person acts for the position that hands it over, or for the one that opens the account."""
    same = by.institution_id == envelope.institution_id
    return same and any(p is not None and by.acts_for(p) for p in (envelope.position_id, envelope.maker_id))


def open_letter(envelope_id: int, *, at: datetime, person_id: int | None) -> bytes:
    """The PDF, to be printed. That it was opened is noted before the bytes leave. The caller has checked the right.

    Raises: Refused("not_found"): destroyed, or the install's key is another one.
    """
    with transaction.atomic():
        envelope = Envelope.objects.select_for_update().filter(pk=envelope_id, ended_at__isnull=True).first()
        if envelope is None or envelope.expires_at <= at:
            raise Refused("not_found", _("Este sobre ya no existe: se entregó o venció."))
        try:
            page = _ciphers().decrypt(bytes(envelope.sealed or b""))
        except InvalidToken:
            told = _("El sobre no se puede abrir: la clave secreta de la instalación cambió. Genere otro.")
            raise Refused("not_found", told) from None
        Envelope.objects.filter(pk=envelope.pk).update(
            openings=F("openings") + 1, last_opened_at=at, last_opened_by=person_id
        )
        _note(envelope, "envelope.opened", person_id)
    return page


def destroy(envelopes: Iterable[Envelope], ending: str, *, at: datetime, person_id: int | None) -> int:
    """Destroys the letters; facts stay. Returns how many still had one."""
    gone = 0
    with transaction.atomic():
        for envelope in envelopes:
            rows = Envelope.objects.filter(pk=envelope.pk, ended_at__isnull=True)
            if rows.update(sealed=None, ended_at=at, ended_by=person_id, ending=ending):
                _note(envelope, "envelope.ended", person_id, ending=str(ending))
                gone += 1
    return gone


def destroy_old(now: datetime) -> int:
    """Destroys what nobody has handed over in time; for the worker. Returns how many."""
    late = Envelope.objects.filter(expires_at__lte=now, ended_at__isnull=True).order_by("pk")[:200]
    return destroy(late, Envelope.Ending.EXPIRED, at=now, person_id=None)


def _render(letter: Letter, password: str, at: datetime) -> bytes:
    institution = Institution.objects.get(pk=letter.institution_id)
    zone = zone_of(institution.time_zone)
    data = {
        "institucion": {
            "nombre": institution.name,
            "siglas": institution.acronym,
            "tema": institution.theme,
            "contacto": institution.contact,
        },
        "documento": {"titulo": _("Sobre cerrado")},
        "sobre": {
            "cuenta": letter.account,
            "usuario": letter.user_name,
            "contrasena": password,
            "persona": letter.holder,
            "referencia": letter.reference,
            "entrega": letter.delivers,
            "direccion": letter.address,
            "fecha": long_date(at.astimezone(zone).date()),
            "vence": long_date((at + LASTS).astimezone(zone).date()),
        },
    }
    return documents.render(_TEMPLATE.name, {_TEMPLATE.name: _TEMPLATE.read_bytes()}, data, at=at)


def _ciphers() -> MultiFernet:
    """The install's secret key seals; former ones still open."""
    secrets = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    keys = [salted_hmac(_KEY, "envelope", secret=secret, algorithm="sha256").digest() for secret in secrets]
    return MultiFernet([Fernet(base64.urlsafe_b64encode(key)) for key in keys])


def _note(envelope: Envelope, action: str, person_id: int | None, **more: str) -> None:
    told = {
        "envelope": envelope.pk,
        "for": [envelope.owner_kind, envelope.owner_id],
        "account": envelope.account,
        "user_name": envelope.user_name,
        "sha256": envelope.sha256,
        **more,
    }
    audit.note(envelope.institution_id, action, told, actor=person_id)
