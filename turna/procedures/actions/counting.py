"""`casos.contar`: figures of the institution's own cases, put into a periodic report before somebody reviews it.

Its arguments (`con`): `procedimiento` (one or several, with commas), `periodo` (dia, semana, mes), and where a format's
names are others than those of the figures, `campos` and `tablas`. docs/lenguaje.md says how they are written.
When the task is opened the figures stand in the sheet; what the person files is theirs, and where it differs from what
was counted the history says so.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.utils.translation import gettext as _

from turna.core.calendar import WorkingCalendar, calendar_of
from turna.core.wording import long_date
from turna.engine.definitions import Activity, FieldDef, FormatDef
from turna.engine.filling import fill, show_value
from turna.engine.filling.values import number_of

from .. import tally
from ..definitions import Definition, definition_of
from ..models import Case, Procedure
from ..surroundings import surroundings
from ..tally import Counted, Period
from .calling import ACTIONS, PREPARATIONS, ActionFailed, Context, Done, Prepared

COUNT = "casos.contar"
FACTS = ("folio", "asunto", "canal", "procedimiento", "resultado", "unidad", "fecha", "hora", "dias")
MOST_ROWS = 100
MOST_NOTED = 30
_LISTED = {"recibido": Counted.came, "atendido": Counted.ended, "pendiente": Counted.waited}
_TABLE = re.compile(r"(\w+) por (?:expediente (\w+)(?: con ([\w.-]+))?|(.+))")
_FIELD = re.compile(r"(\w+) *= *(.+?)(?: si ([\w.-]+) es (.+))?")
_LITERAL = re.compile(r"'([^']+)'")

Source = tuple[str, ...]
"""What tells one thing of a case: ("", text), (fact,) or (format, field); of several the first that says anything."""


@dataclass(frozen=True, slots=True)
class FieldRule:
    """What a field or column holds: a figure, of the cases in which `when` is `value` (None: of all); or, in a row that
    is a case, what `sources` say."""

    figure: str | None
    sources: tuple[Source, ...] = ()
    when: Source | None = None
    value: str = ""


@dataclass(frozen=True, slots=True)
class TableRule:
    """The rows of a table: a case each (`listed`, of those for which `having` says anything), or a value of `by`."""

    by: tuple[Source, ...] = ()
    listed: str = ""
    having: Source | None = None


@dataclass(frozen=True, slots=True)
class Rules:
    procedures: tuple[str, ...]
    period: str
    fields: Mapping[str, FieldRule]
    tables: Mapping[str, TableRule]

    @property
    def sources(self) -> list[Source]:
        """Everything that is asked of a case."""
        found = [s for f in self.fields.values() for s in (*f.sources, *([f.when] if f.when else []))]
        return found + [s for t in self.tables.values() for s in (*t.by, *([t.having] if t.having else []))]


# --- What the manual says ---------------------------------------------------------------


def rules_of(told: Mapping[str, str]) -> Rules:
    """The arguments of the action as rules. Raises: ValueError, with what is not understood."""
    procedures = tuple(_parts(told.get("procedimiento", ""), ","))
    period = told.get("periodo", "mes")
    unknown = set(told) - {"procedimiento", "periodo", "campos", "tablas"}
    if not procedures or period not in tally.PERIODS or unknown:
        raise ValueError(", ".join([*unknown, period]))
    fields = dict(_field_rule(part) for part in _parts(told.get("campos", ""), ";"))
    tables = dict(_table_rule(part) for part in _parts(told.get("tablas", ""), ";"))
    return Rules(procedures, period, fields, tables)


def _parts(text: str, mark: str) -> list[str]:
    return [part.strip() for part in text.split(mark) if part.strip()]


def _field_rule(text: str) -> tuple[str, FieldRule]:
    said = _FIELD.fullmatch(text)
    if said is None:
        raise ValueError(text)
    key, what, when, value = said.groups()
    condition = _source(when) if when else None
    if what in tally.FIGURES:
        return key, FieldRule(what, (), condition, value or "")
    if condition is not None:
        raise ValueError(text)
    return key, FieldRule(None, _sources(what))


def _table_rule(text: str) -> tuple[str, TableRule]:
    said = _TABLE.fullmatch(text)
    if said is None or (said[2] and said[2] not in _LISTED):
        raise ValueError(text)
    if said[2]:
        return said[1], TableRule(listed=said[2], having=_source(said[3]) if said[3] else None)
    return said[1], TableRule(_sources(said[4]))


def _sources(text: str) -> tuple[Source, ...]:
    return tuple(_source(part) for part in text.split(" o "))


def _source(text: str) -> Source:
    literal = _LITERAL.fullmatch(text.strip())
    if literal is not None:
        return "", literal[1]
    source = tuple(text.strip().split("."))
    if len(source) != 2 and source[0] not in FACTS:
        raise ValueError(text)
    return source


# --- Counting ---------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Count:
    """One counting under way: the cases that were found, and how values of theirs are told."""

    rules: Rules
    period: Period
    calendar: WorkingCalendar
    formats: Mapping[str, FormatDef]
    cases: Sequence[Counted]

    def value(self, case: Counted, sources: Sequence[Source], into: FieldDef | None = None) -> Any:
        """What the first source that says anything says, as the field `into` takes it."""
        for source in sources:
            found = self._said(case, source, into)
            if found not in (None, "", []):
                return found
        return None

    def _said(self, case: Counted, source: Source, into: FieldDef | None) -> Any:
        if source[0] == "":
            return source[1]
        if len(source) == 1:
            return self._fact(case, source[0], into)
        kept = case.filed.get(source[0], {}).get(source[1])
        if not isinstance(kept, str | int | float):
            return None
        form = self.formats.get(source[0])
        field = form.field(source[1]) if form is not None else None
        return _fitting(form, field, kept, into) if form and field and into else kept

    def _fact(self, case: Counted, name: str, into: FieldDef | None) -> Any:
        opened = case.opened_at.astimezone(self.calendar.zone)
        ended = self.period.last if case.ended_at is None else self.calendar.local_day(case.ended_at)
        until = min(self.period.last, ended)
        return {
            "folio": case.folio,
            "asunto": case.subject,
            "canal": case.channel,
            "procedimiento": case.procedure,
            "resultado": case.outcome,
            "unidad": case.unit_id if into is not None and into.type == "unit" else case.unit,
            "fecha": opened.date().isoformat(),
            "hora": f"{opened:%H:%M}",
            "dias": self.calendar.working_days_between(opened.date(), until) if name == "dias" else None,
        }[name]

    def figure(self, key: str, cases: Sequence[Counted]) -> str | None:
        """The figure that stands under this key, of these cases; None: there is none."""
        rule = self.rules.fields.get(key) or (FieldRule(key) if key in tally.FIGURES else None)
        if rule is None or rule.figure is None:
            return None
        if rule.when is not None:
            cases = [case for case in cases if str(self.value(case, [rule.when])) == rule.value]
        found = tally.figures_of(cases, self.period, self.calendar)[rule.figure]
        return None if found is None else str(found)

    def rows(self, table: FieldDef, rule: TableRule) -> list[dict[str, Any]]:
        if rule.listed:
            listed = [case for case in self.cases if _LISTED[rule.listed](case, self.period)]
            listed = [case for case in listed if rule.having is None or self.value(case, [rule.having]) is not None]
            return [self._case_row(table, case) for case in listed[:MOST_ROWS]]
        first = table.columns[0]
        groups = tally.grouped(self.cases, [self.value(case, rule.by, first) for case in self.cases])
        made = [(value, {c.key: self.figure(c.key, own) for c in table.columns[1:]}) for value, own in groups.items()]
        # Who neither came, nor ended, nor waits in what this table counts is no row of it.
        said = [(value, row) for value, row in made if any(f not in (None, "0") for f in row.values())]
        return [{first.key: value, **row} for value, row in said[:MOST_ROWS]]

    def _case_row(self, table: FieldDef, case: Counted) -> dict[str, Any]:
        told = {}
        for column in table.columns:
            rule = self.rules.fields.get(column.key)
            sources = rule.sources if rule is not None else ((column.key,),) if column.key in FACTS else ()
            told[column.key] = self.value(case, sources, column)
        return told


def _fitting(form: FormatDef, field: FieldDef, kept: Any, into: FieldDef) -> Any:
    """A value of `field` as `into` takes it: an option by its value or its words, everything else in words."""
    if into.type == field.type and into.type in ("unit", "person", "position"):
        return kept
    words = show_value(field, kept, form)
    if into.type == "choice":
        return next((value for value, label in into.options if kept == value or words in (value, label)), None)
    return words


# --- Into the sheet ----------------------------------------------------------------------


@PREPARATIONS.register(COUNT)
def prepare(definition: Definition, activity: Activity, case: Case, moment: datetime) -> Prepared:
    """The figures that the activity's format asks for, as it keeps them. Raises: ValueError: the manual's words."""
    if activity.form is None:
        return Prepared()
    count = _count(definition, activity, case)
    if count is None:
        return Prepared(told=_("Son demasiados expedientes para contarlos aquí: escriba las cifras."))
    form = definition.formats[activity.form]
    offered = {field.key: _offered(count, field) for field in form.fields}
    kept = fill(form, offered, partial=True, around=surroundings(count.calendar, moment)).values
    values = {key: value for key, value in kept.items() if offered[key] not in (None, [])}
    return Prepared(values, _told(count.period))


def _count(definition: Definition, activity: Activity, case: Case) -> _Count | None:
    rules = rules_of(activity.action_with)
    institution, pack = definition.whose
    known = Procedure.objects.filter(institution=institution, pack=pack, key__in=rules.procedures)
    ids = list(known.values_list("pk", flat=True))
    if len(ids) != len(set(rules.procedures)):
        raise ValueError(", ".join(rules.procedures))
    calendar = calendar_of(case.institution)
    period = tally.period_of(rules.period, case.opened_at, calendar)
    formats = {source[0] for source in rules.sources if len(source) == 2 and source[0]}
    cases = tally.cases_of(institution, ids, period, formats)
    return None if cases is None else _Count(rules, period, calendar, definition.formats, cases)


def _offered(count: _Count, field: FieldDef) -> Any:
    if field.type == "table":
        rule = count.rules.tables.get(field.key)
        return count.rows(field, rule) if rule is not None else None
    if field.type == "period":
        return {"desde": count.period.first.isoformat(), "hasta": count.period.last.isoformat()}
    return count.figure(field.key, count.cases)


def _told(period: Period) -> str:
    days: tuple[date, ...] = (period.first,) if period.first == period.last else (period.first, period.last)
    if len(days) == 1:
        told = _("Turna llenó las cifras con los expedientes del %(first)s.")
    else:
        told = _("Turna llenó las cifras con los expedientes del %(first)s al %(last)s.")
    when = told % {"first": long_date(days[0]), "last": long_date(days[-1])}
    return when + " " + _("Revíselas y complete lo que falte; lo que corrija queda en el historial.")


# --- When it is filed ----------------------------------------------------------------------


@ACTIONS.register(COUNT)
def compare(context: Context) -> Done:
    """Notes in the history each figure that was filed otherwise than it is counted. Changes nothing of what was filed.
    Raises: ActionFailed: the manual does not say what to count."""
    case = Case.objects.select_related("institution").get(pk=context.case_id)
    definition = definition_of(case.version_id)
    try:
        counted = prepare(definition, definition.activity(context.step), case, context.now).values
    except ValueError as error:
        raise ActionFailed(_("El manual no dice bien qué contar: %s. Avise a quien administra.") % error) from None
    form = definition.formats[context.form or ""]
    listed = {key for key, rule in rules_of(context.told).tables.items() if rule.listed}
    seen = [s for f in form.fields if f.key not in listed for s in _numbers(f, context.values, counted, form)]
    differing = [
        _("%(field)s: se anotó %(filed)s; Turna contó %(counted)s")
        % {"field": label, "filed": show_value(f, filed, form) or "—", "counted": show_value(f, own, form)}
        for label, f, filed, own in seen
        if number_of(filed) != number_of(own)
    ]
    return Done(note=". ".join(differing[:MOST_NOTED]))


def _numbers(
    field: FieldDef, filed: Mapping[str, Any], counted: Mapping[str, Any], form: FormatDef
) -> Iterator[tuple[str, FieldDef, Any, Any]]:
    """The numbers that were counted for the field: label, field, as filed, as counted. Rows of a table are those with
    the same first column."""
    if field.key not in counted:
        return
    if field.type in ("integer", "decimal"):
        yield field.label, field, filed.get(field.key), counted[field.key]
    elif field.type == "table":
        first = field.columns[0]
        rows = {row.get(first.key): row for row in filed.get(field.key) or ()}
        for own in counted[field.key]:
            whose = show_value(first, own.get(first.key), form)
            for column in field.columns:
                for label, *rest in _numbers(column, rows.get(own.get(first.key), {}), own, form):
                    yield f"{whose}, {label}", *rest
