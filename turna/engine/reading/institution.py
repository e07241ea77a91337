"""`institucion.yaml`: name, units, positions, external parties, calendar, folio series."""

from __future__ import annotations

import datetime
import re
from zoneinfo import available_timezones

from ..definitions import (
    AccountRule,
    CalendarDef,
    DayDef,
    InstitutionDef,
    PartyDef,
    PositionDef,
    SeriesDef,
    UnitDef,
)  # fmt: skip
from ..suggest import mend_name, plain
from .nodes import Mapping, Node, Scalar
from .tables import Report, Table

KEYS = (
    "nombre", "siglas", "zona_horaria", "tema", "contacto", "unidades", "puestos", "externos", "calendario", "series",
    "cuentas",
)  # fmt: skip
WEEKDAYS = ("lunes", "martes", "miercoles", "jueves", "viernes", "sabado", "domingo")
DEFAULT_ZONE = "America/Mexico_City"
_HOURS = re.compile(r"([01]\d|2[0-3]):([0-5]\d)\s*[-–]\s*([01]\d|2[0-3]):([0-5]\d)")  # noqa: RUF001
_KEY = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_SERIES_PART = re.compile(r"\{(año|n|n:0[1-9]|mes)\}")


def read_institution(key: str, node: Node, report: Report) -> InstitutionDef | None:
    """The institution, with every fault told to `report`; None when it is no mapping at all."""
    if not isinstance(node, Mapping):
        told = "El archivo debe ser un bloque de claves."
        report.error(node.line, "wrong-type", told, "Empiece con `nombre: …`.")
        return None
    table = Table(node, "la institución", report, KEYS)
    zone = _zone(table)
    return InstitutionDef(
        key=key,
        name=table.text("nombre", required=True),
        acronym=table.text("siglas"),
        time_zone=zone,
        theme=table.words("tema"),
        units=_units(table),
        positions=_positions(table),
        parties=_parties(table),
        calendar=_calendar(table, zone),
        series=_series(table),
        contact=table.words("contacto"),
        accounts=_accounts(table),
    )


def read_key(table: Table, seen: dict[str, int], key: str = "clave") -> str:
    """A key of its own list: small letters, digits and hyphens, never twice."""
    word = table.text(key, required=True)
    if word and not _KEY.fullmatch(word):
        told = f"La clave «{word}» de {table.what} lleva otros signos."
        table.report.error(table.line(key), "bad-key", told, "Use minúsculas sin acento, números y guiones.")
    elif word in seen:
        told = f"La clave «{word}» ya se usó en el renglón {seen[word]}."
        table.report.error(table.line(key), "duplicate", told, "Dé otra clave a uno de los dos.")
    seen.setdefault(word, table.line(key))
    return word


def _zone(table: Table) -> str:
    zone = table.text("zona_horaria", DEFAULT_ZONE)
    zones = available_timezones()
    if zone not in zones:
        told = f"La zona horaria «{zone}» no existe."
        mend = mend_name(zone, zones, f"Escriba una como {DEFAULT_ZONE}.")
        table.report.error(table.line("zona_horaria"), "unknown-value", told, mend)
        return DEFAULT_ZONE
    return zone


def _units(table: Table) -> tuple[UnitDef, ...]:
    seen: dict[str, int] = {}
    rows = table.tables("unidades", "una unidad", ("clave", "nombre", "padre"), required=True)
    return tuple(
        UnitDef(read_key(row, seen), row.text("nombre", required=True), row.optional("padre"), row.place)
        for row in rows
    )


def _positions(table: Table) -> tuple[PositionDef, ...]:
    seen: dict[str, int] = {}
    keys = ("clave", "nombre", "unidad", "titular", "externo")
    return tuple(
        PositionDef(
            key=read_key(row, seen),
            name=row.text("nombre", required=True),
            unit=row.optional("unidad"),
            heads=row.flag("titular"),
            place=row.place,
            external=row.flag("externo"),
        )
        for row in table.tables("puestos", "un puesto", keys, required=True)
    )


def _parties(table: Table) -> tuple[PartyDef, ...]:
    seen: dict[str, int] = {}
    rows = table.tables("externos", "un externo", ("clave", "nombre"))
    return tuple(PartyDef(read_key(row, seen), row.text("nombre", required=True), row.place) for row in rows)


def _series(table: Table) -> tuple[SeriesDef, ...]:
    seen: dict[str, int] = {}
    found = []
    for row in table.tables("series", "una serie", ("clave", "numera", "formato", "anual")):
        pattern = row.text("formato", required=True)
        left = _SERIES_PART.sub("", pattern)
        if pattern and ("{n" not in pattern or "{" in left or "}" in left):
            told = f"El formato de folio «{pattern}» no se entiende."
            row.report.error(row.line("formato"), "bad-series", told, "Use {n} o {n:05}, y si quiere {año} y {mes}.")
        kind = row.text("numera", required=True)
        found.append(SeriesDef(read_key(row, seen), kind, pattern, row.flag("anual", default=True), row.place))
    return tuple(found)


ACCOUNT_KEYS = ("clave", "nombre", "formas", "dominio", "largo", "mayusculas")
NAME_PARTS = ("nombre", "nombres", "inicial", "apellido", "apellido2", "inicial2", "inicial_apellido", "n")
_NAME_PART = re.compile(r"\{(" + "|".join(NAME_PARTS) + r")\}")


def _accounts(table: Table) -> tuple[AccountRule, ...]:
    seen: dict[str, int] = {}
    found = []
    for row in table.tables("cuentas", "una cuenta", ACCOUNT_KEYS):
        forms = row.texts("formas", required=True)
        for form in forms:
            left = _NAME_PART.sub("", form)
            if "{" in left or "}" in left or left == form:
                told = f"La forma de cuenta «{form}» no se entiende."
                mend = "Use " + ", ".join("{" + part + "}" for part in NAME_PARTS) + "."
                row.report.error(row.line("formas"), "bad-account", told, mend)
        name = row.text("nombre", required=True)
        domain, longest = row.text("dominio"), row.number("largo", 64)
        key = read_key(row, seen)
        found.append(AccountRule(key, name, forms, row.place, domain, longest, row.flag("mayusculas")))
    return tuple(found)


# --- The calendar ------------------------------------------------------------------


def _calendar(table: Table, zone: str) -> CalendarDef:
    block = table.table("calendario", "el calendario", ("horario", "dias"))
    if block is None:
        return CalendarDef(tuple((day, "09:00", "15:00") for day in range(5)), (), zone)
    return CalendarDef(_week(block), _days(block), zone)


def _week(block: Table) -> tuple[tuple[int, str, str], ...]:
    node = block.get("horario")
    if node is None:
        return tuple((day, "09:00", "15:00") for day in range(5))
    if not isinstance(node, Mapping):
        block.wrong("horario", 'un bloque como `{lunes a viernes: "08:00-15:00"}`')
        return ()
    week: dict[int, tuple[str, str]] = {}
    for words, value in node.entries.items():
        days = _weekdays(words)
        hours = _HOURS.fullmatch(value.text.strip()) if isinstance(value, Scalar) else None
        if not days or hours is None or hours[0][:5] >= hours[0][-5:]:
            told = f"El horario «{words}» no se entiende."
            block.report.error(node.lines[words], "bad-hours", told, 'Escriba `lunes a viernes: "08:00-15:00"`.')
            continue
        for day in days:
            week[day] = (f"{hours[1]}:{hours[2]}", f"{hours[3]}:{hours[4]}")
    return tuple((day, *week[day]) for day in sorted(week))


def _weekdays(words: str) -> range | None:
    """`lunes a viernes` or `sábado` as weekday numbers."""
    ends = [w.strip() for w in plain(words).split(" a ")]
    if len(ends) > 2 or any(end not in WEEKDAYS for end in ends):
        return None
    first, last = WEEKDAYS.index(ends[0]), WEEKDAYS.index(ends[-1])
    return range(first, last + 1)


def _days(block: Table) -> tuple[DayDef, ...]:
    found = []
    seen: dict[str, int] = {}
    for row in block.tables("dias", "un día del calendario", ("fecha", "nombre", "laborable", "fuente")):
        date = row.text("fecha", required=True)
        if date:
            _check_date(row, date, seen)
        source = row.text("fuente", required=True)
        found.append(DayDef(date, row.text("nombre"), row.flag("laborable"), source, row.place))
    return tuple(found)


def _check_date(row: Table, date: str, seen: dict[str, int]) -> None:
    line = row.line("fecha")
    try:
        if len(date) != 10:
            raise ValueError(date)
        datetime.date.fromisoformat(date)
    except ValueError:
        row.report.error(line, "bad-date", f"La fecha «{date}» no existe.", "Escriba año-mes-día, como 2026-02-16.")
        return
    if date in seen:
        told = f"El día {date} ya está en el renglón {seen[date]}."
        row.report.error(line, "duplicate", told, "Deje uno solo.")
    seen.setdefault(date, line)
