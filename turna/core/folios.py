"""Folios: official numbers without a gap and without a double. Who may define a series is checked here too."""

from __future__ import annotations

from datetime import datetime
from string import Formatter
from zoneinfo import ZoneInfo

from django.db import IntegrityError, connection, transaction
from django.db.transaction import TransactionManagementError
from django.utils.translation import gettext as _

from turna.core import audit
from turna.core.calendar import now
from turna.core.models import FolioSeries, Institution
from turna.core.refusals import Refused
from turna.core.rights import Standing

_NAMES = {"año", "n"}
_NEXT = """
INSERT INTO core_foliocounter (institution_id, series_id, year, last) VALUES (%s, %s, %s, 1)
ON CONFLICT (series_id, year) DO UPDATE SET last = core_foliocounter.last + 1 RETURNING last
"""


def take(series: FolioSeries, *, at: datetime | None = None) -> str:
    """The next folio of the series, taken in the caller's transaction: a rollback gives it back.

    One statement; whoever else wants one of this series waits until the caller commits, so take it late. The year is
    the institution's. Raises TransactionManagementError outside of a transaction.
    """
    if not connection.in_atomic_block:
        raise TransactionManagementError("A folio is taken inside the transaction that uses it.")
    year = (at or now()).astimezone(ZoneInfo(series.institution.time_zone)).year
    with connection.cursor() as cursor:
        cursor.execute(_NEXT, [series.institution_id, series.pk, year if series.is_yearly else 0])
        number = int(cursor.fetchone()[0])
    return write(series.pattern, year, number)


def write(pattern: str, year: int, number: int) -> str:
    """The folio of a number: `DMIGA/{año}/{n:05}` -> `DMIGA/2026/00042`."""
    return pattern.format(**{"año": year, "n": number})


def preview(pattern: str, *, year: int | None = None) -> str:
    """What the 42nd folio of a pattern looks like. Raises Refused("invalid_form") when the pattern is no good."""
    problem = pattern_problem(pattern)
    if problem:
        raise Refused("invalid_form", problem, {"pattern": problem})
    return write(pattern, year or now().year, 42)


def pattern_problem(pattern: str) -> str:
    """What is wrong with a pattern, in words; empty when it is good."""
    try:
        names = [name for _text, name, _spec, _conversion in Formatter().parse(pattern) if name is not None]
        if set(names) - _NAMES:
            return _("Solo se reconocen {año} y {n}; por ejemplo DMIGA/{año}/{n:05}.")
        if "n" not in names:
            return _("Falta el número: escriba {n}, o {n:05} para que lleve ceros.")
        if len(write(pattern, 2026, 99_999_999)) > 60:
            return _("El folio resulta demasiado largo: 60 caracteres como máximo.")
    except (ValueError, IndexError, KeyError):
        return _("El formato no se entiende. Ejemplo: DMIGA/{año}/{n:05}.")
    return ""


def create_series(
    by: Standing, institution: Institution, *, key: str, kind: str, pattern: str, is_yearly: bool = True
) -> FolioSeries:
    """Define a series. Raises Refused (not_allowed, invalid_form)."""
    by.require("calendar.manage")
    preview(pattern)
    if is_yearly and "{año" not in pattern:
        words = _("Si la serie comienza cada año, el folio debe llevar {año}; si no, se repetiría.")
        raise Refused("invalid_form", words, {"pattern": words})
    try:
        with transaction.atomic():
            series = FolioSeries.objects.create(
                institution=institution, key=key, kind=kind, pattern=pattern, is_yearly=is_yearly
            )
            _note(by, series, "folios.series_created")
    except IntegrityError:
        words = _("Ya existe una serie con esa clave.")
        raise Refused("invalid_form", words, {"key": words}) from None
    return series


def change_pattern(by: Standing, series: FolioSeries, pattern: str) -> FolioSeries:
    """Write the folios to come in another way; those given stay. Raises Refused (not_allowed, invalid_form)."""
    by.require("calendar.manage")
    preview(pattern)
    if series.is_yearly and "{año" not in pattern:
        words = _("Esta serie comienza cada año: el folio debe llevar {año}.")
        raise Refused("invalid_form", words, {"pattern": words})
    with transaction.atomic():
        former, series.pattern = series.pattern, pattern
        series.save(update_fields=["pattern"])
        _note(by, series, "folios.pattern_changed", former)
    return series


def _note(by: Standing, series: FolioSeries, action: str, former: str = "") -> None:
    data = {"series": series.key, "kind": series.kind, "pattern": series.pattern, "is_yearly": series.is_yearly}
    if former:
        data["former"] = former
    audit.note(series.institution_id, action, data, actor=by.actor_id)
