"""The actions that an activity may call (`accion`), and the small ones of this room.

An action runs inside the transaction of the act that calls it: what it refuses or breaks leaves the task open and
nothing half done. Domains plug in theirs with `@ACTIONS.register("payments.request")`.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from turna.core import folios
from turna.core.models import FolioSeries
from turna.core.registry import Registry

from .models import Filing


class ActionFailed(Exception):
    """The action could not be done; the text says why, in Spanish, for who is completing the task."""


@dataclass(frozen=True, slots=True)
class Context:
    """What an action is handed.

    `values`: what is being filed with the task (format `form`); `number`: what that filing carries already ("": nothing
    yet); `data`: every name that an expression may read; `person_id` None: nobody, the activity acts by itself.
    """

    institution_id: int
    case_id: int
    step: str
    now: datetime
    person_id: int | None
    form: str | None
    values: Mapping[str, Any]
    data: Mapping[str, Any]
    number: str = ""


@dataclass(frozen=True, slots=True)
class Done:
    """What an action answers: values to add to what is filed, the number of that filing, a line for the history."""

    values: Mapping[str, Any] = field(default_factory=dict)
    number: str = ""
    note: str = ""


Action = Callable[[Context], Done]
ACTIONS: Registry[Action] = Registry("acciones")


def take_number(context: Context, *kinds: str) -> str:
    """The next number of the institution's series that numbers one of `kinds`. Raises: ActionFailed."""
    series = FolioSeries.objects.select_related("institution").filter(institution=context.institution_id)
    found = next((row for kind in kinds for row in series.filter(kind=kind)), None)
    if found is None:
        raise ActionFailed(_("Falta la serie de folios «%(kind)s». Pídala a quien administra.") % {"kind": kinds[0]})
    return folios.take(found, at=context.now)


@ACTIONS.register("reporte.numerar")
def number_report(context: Context) -> Done:
    """Gives the service report its number, from the series that numbers reports."""
    number = context.number or take_number(context, "reporte")
    return Done(number=number, note=_("Reporte %(number)s") % {"number": number})


@ACTIONS.register("oficio.responder")
def answer_oficio(context: Context) -> Done:
    """Gives the answering oficio its number, from the series that numbers oficios."""
    number = context.number or take_number(context, "oficio")
    return Done(number=number, note=_("Oficio de respuesta %(number)s") % {"number": number})


# --- AS/400 ------------------------------------------------------------------------

LONGEST_NAME = 10  # characters that an AS/400 profile name may have


@ACTIONS.register("as400.crear_usuario")
def create_as400_user(context: Context) -> Done:
    """Works out the profile name of a new AS/400 user: first name and first letter of the first surname, then the
    next letters of it, then a number. What somebody typed is kept if nobody has it. Raises: ActionFailed."""
    taken = _taken_profiles(context)
    wished = str(context.values.get("usuario") or "").strip().upper()
    if wished:
        if wished in taken:
            raise ActionFailed(
                _("El usuario %(name)s ya existe. Deje el campo vacío para formar otro.") % {"name": wished}
            )
        return Done({"usuario": wished}, note=wished)
    given, surname = _person_named(context)
    name = next((n for n in profile_names(given, surname) if n not in taken), None)
    if name is None:
        raise ActionFailed(_("No se pudo formar el usuario: escríbalo usted."))
    return Done({"usuario": name}, note=name)


def profile_names(given: str, surname: str) -> list[str]:
    """Profile names in the order in which they are tried: MARIAT, MARIATO… and then MARIAT2, MARIAT3…"""
    first, rest = _letters(given.split()[0] if given.split() else ""), _letters(surname)
    if not first or not rest:
        return []
    longer = [(first + rest[:size])[:LONGEST_NAME] for size in range(1, len(rest) + 1)]
    base = (first + rest[:1])[: LONGEST_NAME - 2]
    return list(dict.fromkeys([*longer, *(f"{base}{n}" for n in range(2, 100))]))


def _letters(text: str) -> str:
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    return "".join(c for c in plain.upper() if c.isalpha())


def _taken_profiles(context: Context) -> set[str]:
    rows = Filing.objects.filter(institution=context.institution_id, format="usuario-as400")
    return {str(values.get("usuario", "")).upper() for values in rows.values_list("values", flat=True)}


def _person_named(context: Context) -> tuple[str, str]:
    """The new user's given names and first surname, from the request's format, however it spells them."""
    sheets = [context.values, *(sheet for sheet in context.data.values() if isinstance(sheet, Mapping))]
    for sheet in sheets:
        given = sheet.get("nombres") or sheet.get("nombre_usuario") or sheet.get("nombre_del_usuario")
        surname = sheet.get("primer_apellido") or sheet.get("apellido_paterno") or sheet.get("apellidos")
        if given and surname:
            return str(given), str(surname)
    for sheet in sheets:
        whole = str(sheet.get("usuario_nombre") or sheet.get("nombre_completo") or "").split()
        if len(whole) > 1:
            return whole[0], whole[-2] if len(whole) > 2 else whole[-1]
    raise ActionFailed(_("Falta el nombre y el primer apellido del usuario en la solicitud."))
