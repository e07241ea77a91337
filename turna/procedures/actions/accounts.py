"""Actions that open, close and hand over accounts in the institution's systems.

`cuenta.asignar` (`cuenta`: key of a convention; `sobre: sí`: with a sealed first password), `cuenta.baja` (`cuenta`),
`sobre.entregar`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from django.utils.translation import gettext as _

from turna.core import envelopes, user_names
from turna.core.models import Envelope, Position, UserName
from turna.core.naming import FullName
from turna.core.refusals import Refused
from turna.core.user_names import Convention, Giving
from turna.engine.definitions import AccountRule

from ..definitions import account_rules
from ..models import Case
from .calling import ACTIONS, ActionFailed, Context, Done

OWNER_KIND = "case"
ASSIGN, WITHDRAW, HAND_OVER = "cuenta.asignar", "cuenta.baja", "sobre.entregar"
_NAME_FIELDS = ("usuario", "correo")


@ACTIONS.register(ASSIGN)
def assign(context: Context) -> Done:
    """Forms the user name of the person whom the formats of the case name, by the convention `cuenta`, and writes it
    into the filed format (`usuario`; `correo` for an address). What somebody typed there is kept if nobody has it.
    With `sobre: sí`, a first password is sealed in an envelope. Raises: ActionFailed."""
    rule, target = _rule(context), _target(context)
    convention, holder = _convention(rule), _person_named(context)
    try:
        given = user_names.give(convention, holder, _giving(context), wish=str(context.values.get(target) or ""))
    except Refused as refused:
        raise ActionFailed(refused.message, target) from None
    written = convention.written(given.name)
    if context.told.get("sobre") in ("sí", "si"):
        _seal(context, rule, given, written)
    return Done({target: written}, note=written)


@ACTIONS.register(WITHDRAW)
def withdraw(context: Context) -> Done:
    """Takes the user name that the formats of the case tell out of use, for good, and destroys the envelope that still
    held its password. Raises: ActionFailed."""
    rule = _rule(context)
    convention = _convention(rule)
    typed = next(_told(context, ("correo", "usuario") if rule.domain else ("usuario",)), "")
    try:
        row = user_names.withdraw(convention, typed, _giving(context))
    except Refused as refused:
        raise ActionFailed(refused.message, "usuario" if "usuario" in context.fields else "") from None
    written = convention.written(row.name)
    useless = Envelope.objects.filter(institution=context.institution_id, account=rule.name, user_name=written)
    envelopes.destroy(useless, Envelope.Ending.WITHDRAWN, at=context.now, person_id=context.person_id)
    return Done(note=written)


@ACTIONS.register(HAND_OVER)
def hand_over(context: Context) -> Done:
    """Notes that the case's envelopes were handed over, and destroys what was in them. Raises: ActionFailed: the one
    to hand over was destroyed (too old), or there never was one."""
    every = Envelope.objects.filter(
        institution=context.institution_id, owner_kind=OWNER_KIND, owner_id=context.case_id
    ).order_by("pk")
    waiting = [e for e in every if e.ended_at is None and e.expires_at > context.now]
    if not waiting and not any(e.ending == Envelope.Ending.DELIVERED for e in every):
        raise ActionFailed(
            _("El sobre venció sin entregarse. Genere otro en la página del expediente.")
            if every
            else _("Este expediente no tiene un sobre que entregar.")
        )
    envelopes.destroy(waiting, Envelope.Ending.DELIVERED, at=context.now, person_id=context.person_id)
    return Done(note=", ".join(e.user_name for e in waiting))


# --- What the manual and the formats say ------------------------------------------------


def _rule(context: Context) -> AccountRule:
    rules = account_rules(context.institution_id, context.pack)
    found = rules.get(context.told.get("cuenta", ""))
    if found is None:
        raise ActionFailed(_("El manual no dice con qué regla se forma esta cuenta. Avise a quien administra."))
    return found


def _convention(rule: AccountRule) -> Convention:
    return Convention(rule.key, rule.forms, rule.domain, rule.longest, rule.upper)


def _giving(context: Context) -> Giving:
    return Giving(context.institution_id, (OWNER_KIND, context.case_id), context.now, context.person_id)


def _target(context: Context) -> str:
    """The field of the filed format that takes the name."""
    fits = [name for name in _NAME_FIELDS if name in context.fields]
    if not fits:
        raise ActionFailed(_("El formato no tiene dónde anotar el usuario. Avise a quien administra el manual."))
    rule = _rule(context)
    return fits[-1] if rule.domain else fits[0]


def _person_named(context: Context) -> FullName:
    """Whose account it is: the first format that tells given names and first surname, beginning with the filed one."""
    for sheet in _sheets(context):
        given, surname = _text(sheet, "nombres"), _text(sheet, "primer_apellido")
        if given and surname:
            return FullName(given, surname, _text(sheet, "segundo_apellido"))
    raise ActionFailed(_("Falta el nombre y el primer apellido del usuario en la solicitud."))


def _told(context: Context, fields: tuple[str, ...]) -> Iterator[str]:
    for sheet in _sheets(context):
        yield from (text for text in (_text(sheet, name) for name in fields) if text)


def _sheets(context: Context) -> Iterator[Mapping[str, Any]]:
    """The filed format, then the others of the case; not who asks for it."""
    yield context.values
    yield from (v for key, v in context.data.items() if isinstance(v, Mapping) and key not in ("caso", "solicitante"))


def _text(sheet: Mapping[str, Any], field: str) -> str:
    return " ".join(str(sheet.get(field) or "").split())


# --- The envelope -----------------------------------------------------------------------


def _seal(context: Context, rule: AccountRule, given: UserName, written: str) -> None:
    """Seals a first password, unless this account's envelope waits already or has been handed over."""
    before = Envelope.objects.filter(
        institution=context.institution_id,
        owner_kind=OWNER_KIND,
        owner_id=context.case_id,
        account=rule.name,
        user_name=written,
    )
    if any(e.ending == Envelope.Ending.DELIVERED or e.ended_at is None for e in before):
        return
    delivers = context.doer_of(HAND_OVER) or context.position_id
    position = Position.objects.filter(pk=delivers or 0).first()
    letter = envelopes.Letter(
        institution_id=context.institution_id,
        owner=(OWNER_KIND, context.case_id),
        account=rule.name,
        user_name=written,
        holder=given.holder,
        reference=Case.objects.values_list("folio", flat=True).get(pk=context.case_id),
        position=delivers,
        maker=context.position_id,
        delivers=position.name if position else "",
    )
    envelopes.seal(letter, envelopes.first_password(), at=context.now, person_id=context.person_id)
