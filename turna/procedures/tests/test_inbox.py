"""What the lists read, below the page: filters, lights, cursors, plans."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.http import QueryDict
from hypothesis import given
from hypothesis import strategies as st

from turna.core.calendar import calendar_of, now
from turna.core.calendar.working import WorkingCalendar
from turna.core.deadlines import light
from turna.core.models import Person, Position, Unit
from turna.core.rights import standing_of
from turna.procedures.database import install_search
from turna.procedures.inbox import LIGHTS, Inbox, Limits, Wanted, _cursor, _place
from turna.procedures.models import Case, Task
from turna.procedures.search import candidates, find_cases
from turna.procedures.services import complete_task

from .factories import World, make_world
from .test_pages_inbox import many, share

ZONE = ZoneInfo("America/Mexico_City")


@pytest.fixture
def world(db: None) -> World:
    made = make_world()
    share(made)
    return made


def inbox_of(world: World, position: str) -> Inbox:
    standing = standing_of(Person.objects.get(pk=world.people[position].pk))
    return Inbox(standing, world.institution.pk, Limits.at(now(), calendar_of(world.institution)))


@given(
    start=st.datetimes(datetime(2026, 1, 1), datetime(2026, 12, 31)),
    apart=st.timedeltas(timedelta(days=-9), timedelta(days=9)),
)
def test_the_filter_draws_the_line_where_the_light_does(start: datetime, apart: timedelta) -> None:
    calendar = WorkingCalendar(ZONE)
    present = start.replace(tzinfo=ZONE)
    due, limits = present + apart, Limits.at(present, calendar)
    by_limits = "overdue" if due < limits.now else "soon" if due < limits.soon_until else "on_time"
    assert by_limits == light(due, present, calendar).name


@given(at=st.datetimes(datetime(2000, 1, 1), datetime(9999, 1, 1)), key=st.integers(1, 2**50))
def test_a_cursor_leads_back_to_the_very_moment(at: datetime, key: int) -> None:
    aware = at.replace(tzinfo=ZONE)
    place = _place(_cursor(aware, key))
    assert place == (aware, key)


def test_what_is_wanted_lives_in_the_address_and_comes_back() -> None:
    wanted = Wanted(3, "soon", 4, "sign", 5, 6, True, "ñandú & más")
    assert Wanted.of(QueryDict(wanted.address(vista="unit"))) == wanted
    assert not Wanted.of(QueryDict("procedimiento=-1&plazo=x&tipo=x&persona=%00&unidad=1e9")).any


def test_every_task_shows_under_exactly_one_light(world: World) -> None:
    case = world.start()
    many(case, 40)
    Task.objects.filter(case__folio="AP/2020/00005").update(due_at=None)
    Task.objects.filter(case=case).update(due_at=now() - timedelta(days=3), order_at=now() - timedelta(days=3))
    box = inbox_of(world, "secretaria")
    by_light = [{t.pk for t in box.page("unclaimed", Wanted(light=name)).tasks} for name in LIGHTS]
    assert sum(map(len, by_light)) == len(set().union(*by_light)) == 41


def test_equal_deadlines_neither_skip_nor_repeat_rows(world: World) -> None:
    many(world.start(), 60)
    same = now()
    Task.objects.update(order_at=same)
    box = inbox_of(world, "secretaria")
    seen, after = [], ""
    while True:
        page = box.page("unclaimed", Wanted(), after, size=7)
        seen += [t.pk for t in page.tasks]
        after = page.after
        if not after:
            break
    assert len(seen) == len(set(seen)) == 61


def test_waiting_cases_follow_each_other_by_their_open_task(world: World) -> None:
    for number in range(9):
        case = world.start()
        complete_task(world.task(case).pk, world.by("secretaria"))
        complete_task(world.task(case).pk, world.by("secretaria"), answer="sí", typed={"nota": "x"})
        due = now() + timedelta(days=20 - number) if number % 3 else None
        Task.objects.filter(case=case, status="open").update(due_at=due)
    box = inbox_of(world, "secretaria")
    whole = [case.pk for case in box.page("waiting", Wanted()).cases]
    pieces = [case.pk for page in box.every("waiting", Wanted(), chunk=2) for case in page.cases]
    assert whole == pieces and len(whole) == 9
    lit = [case.pk for name in LIGHTS for case in box.page("waiting", Wanted(light=name)).cases]
    assert sorted(lit) == sorted(whole)


def test_common_words_and_rare_words_find_the_same(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    many(world.start(), 30)
    box = inbox_of(world, "secretaria")
    by_index = [t.pk for t in box.page("unclaimed", Wanted(text="persona inventada")).tasks]
    monkeypatch.setattr("turna.procedures.inbox.COUNT_LIMIT", 5)
    by_walking = [t.pk for t in box.page("unclaimed", Wanted(text="persona inventada")).tasks]
    assert by_index == by_walking and len(by_index) == 30


def test_another_institution_of_the_same_database_stays_out(world: World) -> None:
    case = world.start()
    standing = world.by("secretaria")
    assert candidates(world.institution.pk + 1000, "sillas", limit=10) == []
    assert not find_cases(standing, world.institution.pk + 1000, case.folio).cases


@pytest.mark.parametrize(
    ("tab", "index"),
    [("mine", "task_mine"), ("unclaimed", "task_unclaimed"), ("unit", "task_unit"), ("done", "task_done_by")],
)
def test_each_tab_walks_its_own_index(world: World, tab: str, index: str) -> None:
    positions = {p.key: p for p in Position.objects.filter(institution=world.institution)}
    units = list(Unit.objects.filter(institution=world.institution).order_by("pk"))
    many(world.start(), 400)
    for number, task in enumerate(Task.objects.order_by("pk")):
        mine = number % 8 == 0
        task.position = positions["secretaria" if mine else "cajero"]
        task.unit = units[number % 3]
        task.assignee = world.people["secretaria"] if number % 11 == 0 else None
        task.save()
    box = inbox_of(world, "secretaria" if tab != "unit" else "jefe")
    rows = box._tasks(tab, Wanted(), "", 51)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
        if connection.vendor == "postgresql":
            # A table this small would be read whole; what matters is which index serves when it is not.
            cursor.execute("SET LOCAL enable_seqscan = off")
            cursor.execute("SET LOCAL enable_bitmapscan = off")
    plan = rows.explain()
    assert index in plan, plan
    assert "SCAN t\n" not in plan and f"Seq Scan on {Task._meta.db_table}" not in plan, plan


def test_the_search_index_is_made_again_without_harm_and_follows_changes(world: World) -> None:
    install_search(connection)
    case = world.start()
    assert candidates(world.institution.pk, "sillas", limit=10) == [case.pk]
    Case.objects.filter(pk=case.pk).update(search="ap/2026/00001 mesas")
    assert candidates(world.institution.pk, "sillas", limit=10) == []
    assert candidates(world.institution.pk, "mesa", limit=10) == [case.pk]
    Case.objects.filter(pk=case.pk).update(status="suspended")
    assert candidates(world.institution.pk, "mesa", limit=10) == [case.pk]
