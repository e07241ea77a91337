"""What the lists of work read: the tabs of the inbox, their filters, pages and counts.

Reads only, and the same cost whatever the size of the tables: keyset pages, counts that stop at a thousand (see
`walks` for the SQL). A tab shows only work that its reader may see by being who they are, so no further check of
rights is needed row by row. How a row looks lives in `pages`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields, replace
from datetime import UTC, date, datetime, time, timedelta
from urllib.parse import urlencode

from django.db import connection
from django.db.models import Prefetch, QuerySet
from django.db.models.expressions import RawSQL
from django.utils.translation import gettext_lazy as _

from turna.core.calendar import NEVER, WorkingCalendar
from turna.core.deadlines import SOON_WORKING_DAYS
from turna.core.rights import Standing

from .models import Case, Task
from .search import candidates
from .searching import searchable
from .walks import (
    DUE,
    Sql,
    Walk,
    among,
    both,
    carried_by,
    cases_by_deadline,
    cases_counted,
    counted,
    free,
    ids,
    lone,
    merged,
    moment,
    units_below,
    waiting,
    within,
)

PAGE = 50
COUNT_LIMIT = 1000
WAITING_LIMIT = 100  # each of these costs a look at the case, not at an index alone
LOOK_BACK = 1000  # own acts looked at to find the cases that now wait for others
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
FAR = datetime(9999, 12, 31, tzinfo=UTC)

TABS = {
    "mine": _("Mis tareas"),
    "unclaimed": _("Sin tomar"),
    "unit": _("De mi unidad"),
    "waiting": _("En espera de otros"),
    "done": _("Hechas por mí"),
}
LIGHTS = {
    "overdue": _("Vencidas"),
    "soon": _("Por vencer"),
    "on_time": _("A tiempo"),
    "none": _("Sin plazo"),
}
# Spanish words of the address, by field.
WORDS = {
    "procedure": "procedimiento",
    "light": "plazo",
    "unit": "unidad",
    "kind": "tipo",
    "person": "persona",
    "position": "puesto",
    "free": "libres",
    "text": "q",
}


# Conditions that are one column with one value.
COLUMNS = {
    "procedure": "c.procedure_id",
    "unit": "t.unit_id",
    "kind": "t.kind",
    "position": "t.position_id",
}


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the reader asked of a list; empty fields ask nothing. It lives in the address."""

    procedure: int | None = None
    light: str = ""
    unit: int | None = None
    kind: str = ""
    person: int | None = None
    position: int | None = None
    free: bool = False
    text: str = ""

    @classmethod
    def of(cls, query: Mapping[str, str]) -> Wanted:
        """From an address; what makes no sense is left out."""
        kind, light = query.get("tipo", ""), query.get("plazo", "")
        return cls(
            _number(query.get("procedimiento")),
            light if light in LIGHTS else "",
            _number(query.get("unidad")),
            kind if kind in Task.Kind.values else "",
            _number(query.get("persona")),
            _number(query.get("puesto")),
            query.get("libres") == "1",
            " ".join(query.get("q", "").replace("\0", "").split())[:200],
        )

    @property
    def any(self) -> bool:
        return self != Wanted()

    def address(self, **more: str) -> str:
        """The query string that says the same."""
        pairs = [(WORDS[f.name], getattr(self, f.name)) for f in fields(self)]
        return urlencode([(k, 1 if v is True else v) for k, v in [*more.items(), *pairs] if v])


@dataclass(frozen=True, slots=True)
class Limits:
    """The moments between which a deadline is "soon": before `now` it is overdue, after `soon_until` on time."""

    now: datetime
    soon_until: datetime
    today: date

    @classmethod
    def at(cls, present: datetime, calendar: WorkingCalendar) -> Limits:
        """As `core.deadlines.light` draws the line: "soon" ends with the day before the third working day from now."""
        today = calendar.local_day(present)
        day = today
        while calendar.working_days_between(today, day) <= SOON_WORKING_DAYS:
            day += timedelta(days=1)
        return cls(present, datetime.combine(day, time(), calendar.zone), today)


@dataclass(frozen=True, slots=True)
class Count:
    """How many, or that there are more than anyone counts."""

    number: int
    limit: int = COUNT_LIMIT

    @property
    def words(self) -> str:
        return f"{self.limit:,}+" if self.number > self.limit else f"{self.number:,}"

    def __bool__(self) -> bool:
        return self.number > 0


@dataclass(frozen=True, slots=True)
class Page:
    """One page of a tab. `tasks` for all tabs but "waiting", which lists `cases`. `after` leads to the next one."""

    tasks: tuple[Task, ...] = ()
    cases: tuple[Case, ...] = ()
    after: str = ""

    def __len__(self) -> int:
        return len(self.tasks) or len(self.cases)


@dataclass(frozen=True, slots=True)
class Inbox:
    """The lists of one person in one institution."""

    standing: Standing
    institution_id: int
    limits: Limits

    @property
    def tabs(self) -> tuple[str, ...]:
        """The tabs that can hold something for this person."""
        own = [tab for tab in TABS if tab not in {"unclaimed", "unit"}]
        if self.standing.positions:
            own.insert(1, "unclaimed")
        if self.paths:
            own.insert(2 if self.standing.positions else 1, "unit")
        return tuple(own)

    @property
    def paths(self) -> tuple[str, ...]:
        """The units whose work this person sees: headed, or all of them."""
        return ("",) if self.standing.can("cases.see_all") else self.standing.headed_paths

    def counts(self) -> dict[str, Count]:
        """How many each tab holds, all in one statement; "done" is not counted, it only grows."""
        wanted = [tab for tab in self.tabs if tab != "done"]
        parts = [
            cases_counted(self._waiting(), limit=WAITING_LIMIT + 1)
            if tab == "waiting"
            else counted(self._walks(tab), limit=COUNT_LIMIT + 1)
            for tab in wanted
        ]
        with connection.cursor() as cursor:
            cursor.execute("SELECT " + ", ".join(p.text for p in parts), [v for p in parts for v in p.params])
            row = cursor.fetchone()
        limits = {"waiting": WAITING_LIMIT}
        return {tab: Count(n, limits.get(tab, COUNT_LIMIT)) for tab, n in zip(wanted, row, strict=True)}

    def page(self, tab: str, wanted: Wanted, after: str = "", size: int = PAGE) -> Page:
        """One page, oldest deadline first ("done": latest first). Unknown cursors begin anew."""
        if tab == "waiting":
            return self._waiting_page(wanted, after, size)
        rows = list(self._tasks(tab, wanted, after, size + 1))
        more = len(rows) > size
        rows = rows[:size]
        column = "done_at" if tab == "done" else "order_at"
        return Page(tasks=tuple(rows), after=_cursor(getattr(rows[-1], column), rows[-1].pk) if more else "")

    def every(self, tab: str, wanted: Wanted, chunk: int = 500) -> Iterator[Page]:
        """All pages of a tab, one after the other: what an export streams."""
        after = ""
        while True:
            page = self.page(tab, wanted, after, chunk)
            yield page
            if not page.after:
                return
            after = page.after

    def _walks(self, tab: str) -> list[Walk]:
        me, here = self.standing.person_id, self.institution_id
        is_open = "t.institution_id = %s AND t.status = 'open'"
        held, alone = ids(self.standing.positions), lone(here, self.limits.today, me)
        unclaimed = Sql(f"{is_open} AND t.position_id = g.id AND t.assignee_id IS NULL", (here,))
        if tab == "mine":
            for_me = both(Sql(f"{is_open} AND t.person_id = %s", (here, me)), free(alone))
            return [
                Walk(Sql(f"{is_open} AND t.assignee_id = %s", (here, me))),
                Walk(for_me),
                Walk(unclaimed, within(held, alone, inside=True)),
            ]
        if tab == "unclaimed":
            return [Walk(unclaimed, within(held, alone, inside=False))]
        if tab == "unit":
            below = units_below(here, self.paths)
            return [Walk(Sql(f"{is_open} AND t.unit_id = g.id", (here,)), below)]
        done = Sql("t.institution_id = %s AND t.status = 'done' AND t.done_by_id = %s", (here, me))
        return [Walk(done)]

    def _tasks(self, tab: str, wanted: Wanted, after: str, limit: int) -> QuerySet[Task]:
        newest_first = tab == "done"
        column = "done_at" if newest_first else "order_at"
        conditions = [Sql("1 = 1"), *self._conditions(wanted)]
        place = _place(after)
        if place:
            sign = "<" if newest_first else ">"
            conditions.append(Sql(f"(t.{column}, t.id) {sign} (%s, %s)", (moment(place[0]), place[1])))
        order = "t.done_at DESC, t.id DESC" if newest_first else "t.order_at, t.id"
        found = merged(self._walks(tab), both(*conditions), limit=limit, order=order)
        rows = Task.objects.filter(pk__in=RawSQL(found.text, found.params))  # noqa: S611 - parameters travel apart
        ordered = rows.order_by(*(("-done_at", "-pk") if newest_first else ("order_at", "pk")))
        return ordered.select_related("case", "case__procedure", "position", "unit", "assignee", "person")

    def _conditions(self, wanted: Wanted) -> list[Sql]:
        equal = [(column, getattr(wanted, name)) for name, column in COLUMNS.items()]
        out = [Sql(f"{column} = %s", (value,)) for column, value in equal if value]
        if wanted.person:
            out.append(carried_by(wanted.person, lone(self.institution_id, self.limits.today, wanted.person)))
        if wanted.free:
            out.append(free(lone(self.institution_id, self.limits.today)))
        if wanted.light:
            out.append(_lit(wanted.light, "t.order_at", "t.due_at", self.limits))
        if wanted.text:
            out.append(_matching(self.institution_id, wanted.text, "t.case_id"))
        return out

    def _waiting(self) -> Sql:
        return waiting(self.standing.person_id, self.institution_id, self.standing.positions, LOOK_BACK)

    def _waiting_page(self, wanted: Wanted, after: str, size: int) -> Page:
        conditions = [self._waiting()]
        if wanted.procedure:
            conditions.append(Sql("c.procedure_id = %s", (wanted.procedure,)))
        if wanted.light:
            conditions.append(_lit(wanted.light, DUE, DUE, self.limits))
        if wanted.text:
            conditions.append(_matching(self.institution_id, wanted.text, "c.id"))
        place, last = _place(after), moment(FAR)
        if place:
            conditions.append(Sql(f"(COALESCE({DUE}, %s), c.id) > (%s, %s)", (last, moment(place[0]), place[1])))
        found = cases_by_deadline(both(*conditions), last, limit=size + 1)
        cases = Case.objects.filter(pk__in=RawSQL(found.text, found.params))  # noqa: S611 - parameters travel apart
        pending = Task.objects.filter(status="open").select_related("position", "assignee", "person")
        rows = sorted(
            cases.select_related("procedure").prefetch_related(Prefetch("tasks", pending)),
            key=lambda case: (_due(case), case.pk),
        )
        more = len(rows) > size
        rows = rows[:size]
        return Page(cases=tuple(rows), after=_cursor(_due(rows[-1]), rows[-1].pk) if more else "")


def _due(case: Case) -> datetime:
    """As `walks.DUE` reckons it; the open tasks are at hand."""
    return min((t.due_at for t in case.tasks.all() if t.due_at), default=case.due_at) or FAR


def _lit(light: str, column: str, due: str, limits: Limits) -> Sql:
    """The range of deadlines that show this light; on tasks by the column that the indexes order."""
    now, soon = moment(limits.now), moment(limits.soon_until)
    never = moment(NEVER)
    ranges = {
        "overdue": Sql(f"{column} < %s AND {due} IS NOT NULL", (now,)),
        "soon": Sql(f"{column} >= %s AND {column} < %s AND {due} IS NOT NULL", (now, soon)),
        "on_time": Sql(f"{column} >= %s AND {column} < %s AND {due} IS NOT NULL", (soon, never)),
        "none": Sql(f"({due} IS NULL OR {due} >= %s)", (never,)),
    }
    return ranges[light]


def _matching(institution_id: int, text: str, column: str) -> Sql:
    """Words in folio, subject or applicant. Few cases match: name them. Many: test each while walking, as the
    page then fills soon."""
    found = candidates(institution_id, text, limit=COUNT_LIMIT)
    if len(found) < COUNT_LIMIT:
        return among(column, found)
    return _by_words(text)


def _by_words(text: str) -> Sql:
    likes = [f"%{word}%" for word in searchable(text).split()]
    return Sql(" AND ".join("c.search LIKE %s" for _ in likes), tuple(likes))


def without(wanted: Wanted, name: str) -> Wanted:
    """The same wish without one of its conditions."""
    return replace(wanted, **{name: getattr(Wanted(), name)})


def _number(raw: str | None) -> int | None:
    return int(raw) if raw and raw.isascii() and raw.isdigit() and len(raw) < 16 else None


def _cursor(at: datetime, key: int) -> str:
    # Whole microseconds: a float would lose some of a moment far ahead, and with it a row between two pages.
    return f"{(at - EPOCH) // timedelta(microseconds=1)}-{key}"


def _place(cursor: str) -> tuple[datetime, int] | None:
    micros, _dash, key = cursor.partition("-")
    if not (micros.isascii() and micros.isdigit() and key.isascii() and key.isdigit() and len(cursor) < 40):
        return None
    try:
        return EPOCH + timedelta(microseconds=int(micros)), int(key)
    except OverflowError:
        return None
