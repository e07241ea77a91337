"""Fills the tables quickly with cases and their pending tasks: `python -m bench.fill 100000` (adds to what is there).

Plain SQL with a counted series, the same text on both databases. Cases are of the measuring institution and on their
first activity; they are for lists and searches, not for acting on them.
"""

# ruff: noqa: S608 - the table names are our own models'
from __future__ import annotations

import os
import sys
from datetime import date

import django
from django.db import connection, transaction

GROUPS = 2000
BUSY_SHARE = 33  # one task in 33 belongs to the busy position

SERIES = "WITH RECURSIVE n(i) AS (SELECT %s UNION ALL SELECT i + 1 FROM n WHERE i < %s)"
CHUNK = 100_000

COLUMNS = {
    "case": (
        "institution_id, procedure_id, version_id, folio, code_digest, subject, channel, applicant_name,"
        " applicant_email, applicant_phone, opened_at, status, outcome, state, rev, head_seq, head_hash, search"
    ),
    "task": (
        "institution_id, case_id, token, slot, kind, serial, step, round, element, position_id, status, opened_at,"
        " due_at, order_at, announced_at, came_from, came_reason, instruction, waits_for, answer, reason"
    ),
}


def moment(minutes: str, start: str = "2026-01-05 14:00:00") -> str:
    """SQL for a moment `minutes` after `start`, in the database's own spelling."""
    if connection.vendor == "postgresql":
        return f"(timestamptz '{start}+00' + ({minutes}) * interval '1 minute')"
    return f"datetime('{start}', '+' || ({minutes}) || ' minutes')"


def cases_sql() -> str:
    words = "'reporte de luminaria ' || i || ' colonia ' || (i % 997)"
    names = "'persona ' || (i % 4999)"
    pad = "lpad(i::text, 7, '0')" if connection.vendor == "postgresql" else "printf('%07d', i)"
    pad = pad.replace("%", "%%")
    folio = f"'MB/2026/' || {pad}"
    remainder = words.replace("%", "%%")
    name = names.replace("%", "%%")
    return (
        f"{SERIES} INSERT INTO procedures_case ({COLUMNS['case']})"
        f" SELECT %s, %s, %s, {folio}, '', {remainder}, '', {name}, '', '', {moment('i')}, 'open', '', '{{}}', 0, 0,"
        f" '', lower({folio}) || ' ' || {remainder} || ' ' || {name} FROM n"
    )


def tasks_sql() -> str:
    pick = f"CASE WHEN i %% {BUSY_SHARE} = 0 THEN %s ELSE %s + (i %% {GROUPS}) END"
    due = moment("i + 20000")
    return (
        f"{SERIES} INSERT INTO procedures_task ({COLUMNS['task']})"
        f" SELECT %s, %s + i, 1, 0, 'work', 0, '1', 1, '', {pick}, 'open', {moment('i')}, {due}, {due}, {moment('i')},"
        " '', '', '', 0, '', '' FROM n"
    )


def groups(institution_id: int) -> tuple[int, int]:
    """The first of 2,000 positions in a row of ids, and the busy one; made when they are missing."""
    from turna.core.models import Position  # noqa: PLC0415 - settings must be configured first

    if not Position.objects.filter(institution_id=institution_id, key="grupo-0").exists():
        rows = [Position(institution_id=institution_id, key=f"grupo-{n}", name=f"Grupo {n}") for n in range(GROUPS)]
        for row in [*rows, Position(institution_id=institution_id, key="grupo-lleno", name="Grupo lleno")]:
            row.save()
    first = Position.objects.get(institution_id=institution_id, key="grupo-0").pk
    busy = Position.objects.get(institution_id=institution_id, key="grupo-lleno").pk
    return first, busy


def fill(institution_id: int, procedure_id: int, version_id: int, count: int, *, already: int = 0) -> None:
    """Adds cases until there are `count`, each with one pending task, spread over 2,000 positions."""
    first, busy = groups(institution_id)
    for begin in range(already + 1, count + 1, CHUNK):
        end = min(begin + CHUNK - 1, count)
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(cases_sql(), [begin, end, institution_id, procedure_id, version_id])
            cursor.execute("SELECT max(id) FROM procedures_case")
            offset = cursor.fetchone()[0] - end
            cursor.execute(tasks_sql(), [begin, end, institution_id, offset, busy, first])
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def reader(institution_id: int) -> int:
    """A person who holds three positions, the busy one among them; returns the id."""
    from turna.core.models import Appointment, Person, Position  # noqa: PLC0415

    person, created = Person.objects.get_or_create(
        email="lectora@medicion.mx", defaults={"given_names": "Lectora", "institution_id": institution_id}
    )
    if created:
        for key in ("grupo-3", "grupo-700", "grupo-lleno"):
            position = Position.objects.get(institution_id=institution_id, key=key)
            Appointment.objects.create(
                institution_id=institution_id, person=person, position=position, starts_on=date(2020, 1, 1)
            )
    return person.pk


def main(count: int) -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "turna.config.settings")
    os.environ.setdefault("TURNA_MODE", "demo")
    django.setup()
    from .ours import Ours  # noqa: PLC0415

    ours = Ours()
    version = ours.procedure.versions.get(valid_until=None)
    fill(ours.institution.pk, ours.procedure.pk, version.pk, count)
    reader(ours.institution.pk)


if __name__ == "__main__":
    main(int(sys.argv[1]))
