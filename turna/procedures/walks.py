"""SQL of the inbox: ordered walks over the partial indexes of tasks, merged, cut short, never counted to the end.

Only query text and its parameters. What a tab means lives in `inbox`; the indexes are declared on `Task`.

Each position (or unit) is walked on its own in the order of its index and cut after as many rows as a page needs;
only those few are merged. One `IN` list, or one `OR` of "free" and "mine", would make the databases read and sort
every pending task of the group. PostgreSQL says this with LATERAL. SQLite knows no LATERAL, but a correlated
`IN (… LIMIT n)` against the table's key is the same loop.
"""

# ruff: noqa: S608 - the fragments are our own words; every value travels as a parameter
from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import connection

from turna.core.models import Appointment, Person, Unit

from .models import Case, Draft, Task

TASK, CASE, UNIT = Task._meta.db_table, Case._meta.db_table, Unit._meta.db_table
DRAFT = Draft._meta.db_table
APPOINTMENT, PERSON = Appointment._meta.db_table, Person._meta.db_table
RUNNING = "status IN ('open', 'suspended')"


@dataclass(frozen=True, slots=True)
class Sql:
    """A fragment of a query with its parameters, in order."""

    text: str
    params: tuple[Any, ...] = ()


@dataclass(frozen=True, slots=True)
class Walk:
    """One index walked in order. `where` picks the index; `groups` (a relation with a column `id`) repeats the walk
    once per row, the walk naming it as `g.id`."""

    where: Sql
    groups: Sql | None = None


def moment(value: datetime) -> Any:
    """A moment as the database stores it, for raw parameters."""
    return connection.ops.adapt_datetimefield_value(value)


def ids(values: Iterable[int]) -> Sql:
    """A list of ids as a relation with one column `id`."""
    listed = sorted(values)
    if connection.vendor == "postgresql":
        return Sql("(SELECT unnest(%s::bigint[]) AS id)", (listed,))
    return Sql("(SELECT value AS id FROM json_each(%s))", (str(listed),))


def units_below(institution_id: int, paths: Iterable[str]) -> Sql:
    """The units headed and all below them, each once, as a relation with one column `id`."""
    likes = [f"{path}%" for path in paths]
    clause = " OR ".join("path LIKE %s" for _ in likes)
    return Sql(f"(SELECT id FROM {UNIT} WHERE institution_id = %s AND ({clause}))", (institution_id, *likes))


def lone(institution_id: int, today: date, person_id: int | None = None) -> Sql:
    """Positions that one person alone holds today (that person, if named), as a relation with one column `id`.
    What reaches such a position is that person's, whether they have claimed it or not."""
    whose = "" if person_id is None else " AND min(a.person_id) = %s"
    text = (
        f"(SELECT a.position_id AS id FROM {APPOINTMENT} a JOIN {PERSON} h ON h.id = a.person_id AND h.is_active"
        " WHERE a.institution_id = %s AND a.starts_on <= %s AND (a.ends_on IS NULL OR a.ends_on >= %s)"
        f" GROUP BY a.position_id HAVING min(a.person_id) = max(a.person_id){whose})"
    )
    day = connection.ops.adapt_datefield_value(today)
    return Sql(text, (institution_id, day, day, *(() if person_id is None else (person_id,))))


def within(groups: Sql, other: Sql, *, inside: bool) -> Sql:
    """The ids of `groups` that are (or are not) in `other`, as a relation with one column `id`."""
    word = "IN" if inside else "NOT IN"
    text = f"(SELECT p.id FROM {groups.text} p WHERE p.id {word} (SELECT l.id FROM {other.text} l))"
    return Sql(text, (*groups.params, *other.params))


def carried_by(person_id: int, alone: Sql) -> Sql:
    """Condition on a task: the person has claimed it, or it is free in a position that only they hold (`alone`)."""
    text = f"(t.assignee_id = %s OR (t.assignee_id IS NULL AND t.position_id IN (SELECT l.id FROM {alone.text} l)))"
    return Sql(text, (person_id, *alone.params))


def free(alone: Sql) -> Sql:
    """Condition on a task: nobody has claimed it, and it is not plainly one person's (`alone`)."""
    text = (
        f"t.assignee_id IS NULL AND (t.position_id IS NULL OR t.position_id NOT IN (SELECT l.id FROM {alone.text} l))"
    )
    return Sql(text, alone.params)


def doing(task_id: int, person_id: int) -> Sql:
    """What an act on a task needs of it, and whether the person has kept a draft of it. Compiled by hand: the ORM takes
    longer to word this than the database to answer it, and every act asks it."""
    text = (
        "SELECT t.case_id, t.institution_id, t.kind, t.step, t.position_id, t.person_id, t.assignee_id, t.status,"
        f" c.version_id, c.folio, EXISTS (SELECT 1 FROM {DRAFT} d WHERE d.person_id = %s AND d.key = %s)"
        f" FROM {TASK} t JOIN {CASE} c ON c.id = t.case_id WHERE t.id = %s"
    )
    return Sql(text, (person_id, f"task:{task_id}", task_id))


def among(column: str, values: Iterable[int]) -> Sql:
    """The column holds one of these ids."""
    relation = ids(values)
    return Sql(f"{column} IN (SELECT id FROM {relation.text} f)", relation.params)


def waiting(person_id: int, institution_id: int, positions: Iterable[int], look_back: int) -> Sql:
    """Condition on a case `c`: still running, the person acted in it, opened it or asked for it, and nothing in it is
    theirs to do. Looks at their last `look_back` acts and cases only, so that it costs the same after years."""
    me = person_id
    own = own_cases(person_id, institution_id, look_back)
    held = ids(positions)
    mine = (
        f"SELECT 1 FROM {TASK} t WHERE t.case_id = c.id AND t.status = 'open' AND (t.assignee_id = %s"
        f" OR t.person_id = %s OR (t.assignee_id IS NULL AND t.position_id IN (SELECT id FROM {held.text} h)))"
    )
    text = f"c.id IN ({own.text}) AND c.{RUNNING} AND NOT EXISTS ({mine})"
    return Sql(text, (*own.params, me, me, *held.params))


def own_cases(person_id: int, institution_id: int, look_back: int, positions: Iterable[int] = ()) -> Sql:
    """Ids of cases with which the person has to do: acted in, opened and still running, asked for; with `positions`
    also those of their posts. The newest `look_back` of each: `SELECT id`."""
    here_me = (institution_id, person_id)
    sources = [
        Sql(
            f"SELECT case_id AS id FROM {TASK} WHERE institution_id = %s AND done_by_id = %s AND status = 'done'"
            f" ORDER BY done_at DESC LIMIT {look_back}",
            here_me,
        ),
        Sql(
            f"SELECT id FROM {CASE} WHERE institution_id = %s AND opened_by_id = %s AND {RUNNING}"
            f" ORDER BY opened_at DESC LIMIT {look_back}",
            here_me,
        ),
        Sql(
            f"SELECT id FROM {CASE} WHERE institution_id = %s AND applicant_id = %s"
            f" ORDER BY opened_at DESC LIMIT {look_back}",
            here_me,
        ),
    ]
    sources += [
        Sql(f"SELECT case_id AS id FROM {TASK} WHERE position_id = %s ORDER BY case_id DESC LIMIT {look_back}", (held,))
        for held in sorted(positions)[:50]
    ]
    union = " UNION ".join(f"SELECT id FROM ({s.text}) o{n}" for n, s in enumerate(sources))
    return Sql(union, tuple(v for s in sources for v in s.params))


def cases_counted(where: Sql, *, limit: int) -> Sql:
    """How many cases `c` meet the condition, giving up at `limit`: a scalar subquery."""
    return Sql(f"(SELECT count(*) FROM (SELECT c.id FROM {CASE} c WHERE {where.text} LIMIT {limit}) w)", where.params)


# When a case `c` is due as a list shows it: its first open task, or else the case itself.
DUE = f"COALESCE((SELECT min(t.due_at) FROM {TASK} t WHERE t.case_id = c.id AND t.status = 'open'), c.due_at)"


def cases_by_deadline(where: Sql, last: Any, *, limit: int) -> Sql:
    """The ids of the first cases `c`, those without a deadline at `last`: `SELECT id`."""
    text = f"SELECT c.id FROM {CASE} c WHERE {where.text} ORDER BY COALESCE({DUE}, %s), c.id LIMIT {limit}"
    return Sql(text, (*where.params, last))


def both(*parts: Sql) -> Sql:
    """All conditions at once."""
    return Sql(" AND ".join(p.text for p in parts), tuple(v for p in parts for v in p.params))


def merged(walks: Iterable[Walk], where: Sql, *, limit: int, order: str = "t.order_at, t.id") -> Sql:
    """The ids of the first `limit` tasks over all walks, in order: `SELECT id`."""
    selects = [_select(walk, where, limit, order) for walk in walks]
    outer = order.replace("t.", "m.")
    union = " UNION ALL ".join(f"SELECT * FROM ({s.text}) s{n}" for n, s in enumerate(selects))
    text = f"SELECT m.id FROM ({union}) m ORDER BY {outer} LIMIT {limit}"
    return Sql(text, tuple(v for s in selects for v in s.params))


def counted(walks: Iterable[Walk], *, limit: int) -> Sql:
    """How many tasks the walks hold, giving up at `limit`: a scalar subquery. Reads the indexes alone."""
    selects = [_indexed(walk, limit) for walk in walks]
    union = " UNION ALL ".join(f"SELECT id FROM ({s.text}) s{n}" for n, s in enumerate(selects))
    text = f"(SELECT count(*) FROM (SELECT id FROM ({union}) u LIMIT {limit}) capped)"
    return Sql(text, tuple(v for s in selects for v in s.params))


def _indexed(walk: Walk, limit: int) -> Sql:
    """The ids of at most `limit` tasks of one walk (per group)."""
    tail = f"FROM {TASK} t WHERE {walk.where.text}"
    if walk.groups is None:
        return Sql(f"SELECT t.id {tail} LIMIT {limit}", walk.where.params)
    params = (*walk.groups.params, *walk.where.params)
    if connection.vendor == "postgresql":
        return Sql(
            f"SELECT x.id FROM {walk.groups.text} g CROSS JOIN LATERAL (SELECT t.id {tail} LIMIT {limit}) x", params
        )
    joined = f"FROM {walk.groups.text} g CROSS JOIN {TASK} t WHERE {walk.where.text}"
    return Sql(f"SELECT t.id {joined} LIMIT {limit}", params)


def _select(walk: Walk, where: Sql, limit: int, order: str) -> Sql:
    """At most `limit` tasks of one walk (per group): columns id, order_at, done_at."""
    condition = both(walk.where, where)
    by_case = f" JOIN {CASE} c ON c.id = t.case_id" if "c." in condition.text else ""
    ordered = f" ORDER BY {order}" if order else ""
    tail = f"FROM {TASK} t{by_case} WHERE {condition.text}{ordered} LIMIT {limit}"
    columns = "t.id, t.order_at, t.done_at"
    if walk.groups is None:
        return Sql(f"SELECT {columns} {tail}", condition.params)
    groups = walk.groups
    if connection.vendor == "postgresql":
        text = f"SELECT x.* FROM {groups.text} g CROSS JOIN LATERAL (SELECT {columns} {tail}) x"
    else:
        picked = f"{TASK} w ON w.id IN (SELECT t.id {tail})"
        text = f"SELECT w.id, w.order_at, w.done_at FROM {groups.text} g CROSS JOIN {picked}"
    return Sql(text, (*groups.params, *condition.params))
