"""What a case's data say: filled formats by name, for conditions, elements and prefilling. Reads only."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import cached_property
from typing import Any

from django.db.models import Max

from turna.core.calendar import calendar_at, zone_of
from turna.engine import expressions
from turna.engine.definitions import Activity
from turna.engine.filling import case_data, data_of
from turna.engine.seats import ELEMENT_UNIT

from ..definitions import Definition
from ..models import Case, Filing
from ..surroundings import surroundings
from .areas import as_read
from .step import CaseRow, NeedsMore


def last_filings(case_id: int) -> dict[str, dict[str, Any]]:
    """The values in force of every format filled in the case, in the order in which they were filled."""
    last = Filing.objects.filter(case=case_id).values("format").annotate(last=Max("id")).values("last")
    return dict(Filing.objects.filter(pk__in=last).order_by("pk").values_list("format", "values"))


class CaseData:
    """Surroundings of the flow: what data decide. Asks the database only when an activity needs it.

    `fresh`: what this very act files (format and values), not yet in the tables. `hot`: asking is not allowed here.
    """

    def __init__(
        self,
        definition: Definition,
        case: CaseRow,
        now: datetime,
        fresh: Mapping[str, Any] | None = None,
        *,
        hot: bool = False,
    ) -> None:
        self.definition, self.case, self.now, self.hot = definition, case, now, hot
        self.fresh = dict(fresh or {})

    @cached_property
    def all(self) -> dict[str, Any]:
        """Every name that an expression may read."""
        if self.hot:
            raise NeedsMore
        filled = {**last_filings(self.case.id), **self.fresh}
        facts = _facts(self.case)
        case = self.case
        calendar = calendar_at(case.institution_id, case.calendar_version, case.time_zone)
        return case_data(self.definition.formats, filled, **surroundings(calendar, self.now), **facts)

    def decide(self, activity: Activity) -> str | None:
        """The first automatic answer whose condition holds; None: a person answers."""
        data = self._beside(activity)
        for answer in activity.answers:
            if answer.automatic and answer.decide and expressions.condition(answer.decide, data):
                return answer.label
        return None

    def propose(self, activity: Activity) -> str | None:
        """The answer that data suggest, automatic or not."""
        data = self._beside(activity)
        rules = ((a.label, a.decide) for a in activity.answers if a.decide)
        return next((label for label, rule in rules if expressions.condition(rule, data)), None)

    def elements(self, activity: Activity) -> Sequence[str]:
        """The elements of `por_cada`: rows told by their first column, or the chosen options; units by their name."""
        names = [_name(element, at) for at, element in enumerate(self.rows(activity))]
        of_units = any(who.where == ELEMENT_UNIT for who in activity.responsibles)
        return as_read(self.case.institution_id, names) if of_units else names

    def rows(self, activity: Activity) -> Sequence[Any]:
        """The elements of `por_cada` as they are kept: rows of a table, or the chosen options."""
        found = expressions.value(activity.for_each or "", self._beside(activity))
        return [self._in_order(row) for row in found] if isinstance(found, list) else ()

    def _in_order(self, row: Any) -> Any:
        """A row with its columns in the order of its table: an expression gives them in any."""
        if not isinstance(row, Mapping):
            return row
        tables = (f for form in self.definition.formats.values() for f in form.fields if f.type == "table")
        orders = ([c.key for c in table.columns] for table in tables)
        order = next((keys for keys in orders if set(row) <= set(keys)), sorted(row))
        return {key: row[key] for key in order if key in row}

    def _beside(self, activity: Activity) -> dict[str, Any]:
        """All names, and the fields of the activity's own format (or the start's) bare."""
        key = activity.form or self.definition.procedure.start.form
        if key is None or key not in self.definition.formats:
            return self.all
        own = self.fresh.get(key)
        form = self.definition.formats[key]
        fields = data_of(form, own) if own is not None else self.all.get(expressions.identifier(key), {})
        return {**fields, **self.all}


def _facts(case: CaseRow) -> dict[str, dict[str, str]]:
    """`caso` and `solicitante`: the words that every case knows besides its formats."""
    row = Case.objects.select_related("procedure", "applicant", "applicant_unit").get(pk=case.id)
    person = row.applicant
    caso = {
        "folio": row.folio,
        "asunto": row.subject,
        "fecha": row.opened_at.astimezone(zone_of(case.time_zone)).date().isoformat(),
        "procedimiento": row.procedure.name,
        "estado": str(row.get_status_display()),
    }
    applicant = {
        "nombre": row.applicant_name,
        "correo": row.applicant_email,
        "telefono": row.applicant_phone,
        "curp": person.curp if person else "",
        "rfc": "",
        "puesto": "",
        "unidad": row.applicant_unit.name if row.applicant_unit else "",
    }
    return {"caso": caso, "solicitante": applicant}


def _name(element: Any, at: int) -> str:
    if isinstance(element, Mapping):
        element = next((v for v in element.values() if v not in (None, "")), at + 1)
    if isinstance(element, list | Mapping):
        return json.dumps(element, ensure_ascii=False, default=str)
    return str(element)
