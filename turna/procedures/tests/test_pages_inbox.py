"""The inbox as people meet it: tabs, filters, paging, bulk acts, exports, and what it costs."""

from __future__ import annotations

import csv
import io
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from openpyxl import load_workbook

from turna.core.calendar import now
from turna.core.models import Position
from turna.core.tests.factories import make_person, stand_in
from turna.procedures.models import Case, SavedFilter, Task
from turna.procedures.pages.reading import _note
from turna.procedures.services import claim_task, complete_task

from .factories import World, make_world

pytestmark = pytest.mark.django_db


@pytest.fixture
def world() -> World:
    """Every position has one holder but the secretary's, which two people share."""
    made = make_world()
    share(made)
    return made


def share(world: World, position: str = "secretaria") -> None:
    """A second holder, so that what reaches the position is nobody's until one claims it."""
    make_person(world.institution, Position.objects.get(institution=world.institution, key=position))


def enter(world: World, position: str) -> Client:
    client = Client()
    client.force_login(world.people[position])
    return client


def many(case: Case, count: int, **fields: object) -> None:
    """More open tasks like the case's own, each on a case of its own, written straight into the tables."""
    pattern = Task.objects.get(case=case, status="open")
    start = Case.objects.count()
    rows = []
    for number in range(count):
        rows.append(
            Case(
                institution=case.institution,
                procedure=case.procedure,
                version=case.version,
                folio=f"AP/2020/{start + number:05}",
                subject=f"Asunto {number}",
                opened_at=case.opened_at,
                applicant_name="Persona Inventada",
                search=f"ap/2020/{start + number:05} asunto {number} persona inventada",
            )
        )
    cases = Case.objects.bulk_create(rows)
    base = now()
    Task.objects.bulk_create(
        Task(
            institution=case.institution,
            case=one,
            token=1,
            step="1",
            position=pattern.position,
            unit=pattern.unit,
            opened_at=base,
            due_at=base + timedelta(days=number),
            order_at=base + timedelta(days=number),
            **fields,
        )
        for number, one in enumerate(cases, 1)
    )


def test_a_new_task_is_unclaimed_for_its_position_and_for_nobody_else(world: World) -> None:
    case = world.start()
    page = enter(world, "secretaria").get(reverse("inbox"), {"vista": "unclaimed"}).content.decode()
    assert case.folio in page and "Recibe la solicitud" in page
    for other in ("cajero", "jefe"):
        assert case.folio not in enter(world, other).get(reverse("inbox"), {"vista": "unclaimed"}).content.decode()


def test_claiming_moves_it_to_mine_and_done_to_done(world: World) -> None:
    case = world.start()
    task = world.task(case)
    client = enter(world, "secretaria")
    claim_task(task.pk, world.by("secretaria"))
    assert case.folio in client.get(reverse("inbox")).content.decode()
    assert case.folio not in client.get(reverse("inbox"), {"vista": "unclaimed"}).content.decode()
    complete_task(task.pk, world.by("secretaria"))
    assert case.folio in client.get(reverse("inbox"), {"vista": "done"}).content.decode()


def test_what_somebody_else_must_do_waits_for_others(world: World) -> None:
    case = world.start()
    complete_task(world.task(case).pk, world.by("secretaria"))
    complete_task(world.task(case).pk, world.by("secretaria"), answer="sí", typed={"nota": "bien"})
    page = enter(world, "secretaria").get(reverse("inbox"), {"vista": "waiting"}).content.decode()
    assert case.folio in page and "Autoriza" in page and "Jefe de la oficina" in page
    assert case.folio not in enter(world, "jefe").get(reverse("inbox"), {"vista": "waiting"}).content.decode()


def test_what_reaches_a_position_that_one_person_holds_is_theirs(world: World) -> None:
    case = world.start()
    complete_task(world.task(case).pk, world.by("secretaria"))
    complete_task(world.task(case).pk, world.by("secretaria"), answer="sí", typed={"nota": "bien"})
    client = enter(world, "jefe")
    assert case.folio in client.get(reverse("inbox")).content.decode()
    assert case.folio not in client.get(reverse("inbox"), {"vista": "unclaimed"}).content.decode()
    share(world, "jefe")
    assert case.folio not in client.get(reverse("inbox")).content.decode()
    assert case.folio in client.get(reverse("inbox"), {"vista": "unclaimed"}).content.decode()


def test_a_head_sees_the_unit_and_what_lies_below(world: World) -> None:
    case = world.start()
    for head in ("jefe", "presidente"):
        assert case.folio in enter(world, head).get(reverse("inbox"), {"vista": "unit"}).content.decode()
    page = enter(world, "cajero").get(reverse("inbox"), {"vista": "unit"}).content.decode()
    assert case.folio not in page


def test_a_substitute_finds_the_work_of_the_absent(world: World) -> None:
    case = world.start()
    substitute = make_person(world.institution)
    stand_in(world.people["secretaria"], substitute)
    client = Client()
    client.force_login(substitute)
    assert case.folio in client.get(reverse("inbox"), {"vista": "unclaimed"}).content.decode()


def test_filters_stay_in_the_address_and_narrow_the_list(world: World) -> None:
    case = world.start()
    many(case, 3)
    client = enter(world, "secretaria")
    page = client.get(reverse("inbox"), {"vista": "unclaimed", "q": "asunto 1"}).content.decode()
    assert "Asunto 1" in page and "Asunto 2" not in page and case.folio not in page
    assert "q=asunto+1" in page
    late = client.get(reverse("inbox"), {"vista": "unclaimed", "plazo": "overdue"}).content.decode()
    assert "Nada coincide con el filtro" in late
    Task.objects.filter(case=case).update(due_at=now() - timedelta(days=9), order_at=now() - timedelta(days=9))
    late = client.get(reverse("inbox"), {"vista": "unclaimed", "plazo": "overdue"}).content.decode()
    assert case.folio in late and "Asunto 1" not in late


def test_pages_follow_each_other_without_gap_or_repetition(world: World) -> None:
    many(world.start(), 120)
    client = enter(world, "secretaria")
    seen: list[int] = []
    address = reverse("inbox") + "?vista=unclaimed"
    while address:
        response = client.get(address)
        seen += [row.task for row in response.context["rows"]]
        address = response.context["following"] and reverse("inbox") + response.context["following"]
    assert len(seen) == len(set(seen)) == 121
    due = [Task.objects.get(pk=key).order_at for key in seen]
    assert due == sorted(due)


def test_nonsense_in_the_address_is_ignored(world: World) -> None:
    client = enter(world, "secretaria")
    for query in (
        "vista=otra",
        "desde=x",
        "desde=99999999999999999999-1",
        "procedimiento=abc",
        "plazo=%00",
        "q=%00'\"%",
    ):
        assert client.get(f"{reverse('inbox')}?{query}").status_code == 200


@pytest.mark.parametrize("tab", ["mine", "unclaimed", "unit", "waiting", "done"])
def test_the_number_of_statements_does_not_grow(world: World, tab: str) -> None:
    case = world.start()
    client = enter(world, "jefe")
    counts = []
    for more in (10, 290):
        many(case, more)
        client.get(reverse("inbox"), {"vista": tab})
        with CaptureQueriesContext(connection) as queries:
            assert client.get(reverse("inbox"), {"vista": tab}).status_code == 200
        counts.append(len(queries))
    assert counts[0] == counts[1] <= 12, "\n".join(q["sql"][:150] for q in queries.captured_queries)


def test_no_statement_skips_rows(world: World) -> None:
    many(world.start(), 120)
    client = enter(world, "secretaria")
    following = client.get(reverse("inbox"), {"vista": "unclaimed"}).context["following"]
    with CaptureQueriesContext(connection) as queries:
        client.get(reverse("inbox") + following)
    assert not [q for q in queries.captured_queries if "OFFSET" in q["sql"].upper()]


def test_counts_stop_at_their_limit(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("turna.procedures.inbox.COUNT_LIMIT", 20)
    many(world.start(), 30)
    tabs = enter(world, "secretaria").get(reverse("inbox")).context["tabs"]
    assert "21" not in [t["count"] for t in tabs] and "30" not in [t["count"] for t in tabs]


def test_marked_tasks_are_taken_at_once_and_what_was_gone_is_told(world: World) -> None:
    first, second = world.start(), world.start()
    tasks = [world.task(first), world.task(second)]
    colleague = make_person(world.institution, tasks[0].position)
    Task.objects.filter(pk=tasks[1].pk).update(assignee=colleague)
    client = enter(world, "secretaria")
    answer = client.post(reverse("inbox_acts"), {"do": "claim", "task": [t.pk for t in tasks]}, follow=True)
    page = answer.content.decode()
    assert "Tomó 1 tarea." in page and f"La tomó {colleague.full_name}" in page
    assert Task.objects.get(pk=tasks[0].pk).assignee == world.people["secretaria"]
    assert Task.objects.get(pk=tasks[1].pk).assignee == colleague


def test_marking_nothing_says_so(world: World) -> None:
    page = enter(world, "secretaria").post(reverse("inbox_acts"), {"do": "claim"}, follow=True).content.decode()
    assert "Marque primero" in page


def test_the_way_back_stays_in_the_inbox(world: World) -> None:
    answer = enter(world, "secretaria").post(reverse("inbox_acts"), {"do": "claim", "volver": "https://malo.mx/"})
    assert answer["Location"] == reverse("inbox")


def test_exports_hold_exactly_what_the_filter_shows(world: World) -> None:
    case = world.start()
    many(case, 130)
    client = enter(world, "secretaria")
    asked = {"vista": "unclaimed", "q": "asunto"}
    answer = client.get(reverse("inbox_export", args=["csv"]), asked)
    rows = list(csv.reader(io.StringIO(b"".join(answer).decode("utf-8-sig"))))
    assert len(rows) == 1 + 130 and rows[0][0] == "Folio"
    assert case.folio not in [row[0] for row in rows]
    answer = client.get(reverse("inbox_export", args=["xlsx"]), asked)
    sheet = load_workbook(io.BytesIO(b"".join(answer))).active
    assert sheet.max_row == 131 and sheet["A1"].value == "Folio"


def test_exports_of_another_person_hold_nothing_of_it(world: World) -> None:
    world.start()
    answer = enter(world, "cajero").get(reverse("inbox_export", args=["csv"]), {"vista": "unclaimed"})
    assert len(b"".join(answer).decode().splitlines()) == 1


def test_no_cell_is_a_formula(world: World) -> None:
    world.start(typed={"cosa": "x"}, subject="=1+1|' /C calc'!A0")
    client = enter(world, "secretaria")
    text = b"".join(client.get(reverse("inbox_export", args=["csv"]), {"vista": "unclaimed"})).decode("utf-8-sig")
    assert list(csv.reader(io.StringIO(text)))[1][1].startswith("'=1+1")
    answer = client.get(reverse("inbox_export", args=["xlsx"]), {"vista": "unclaimed"})
    cell = load_workbook(io.BytesIO(b"".join(answer))).active["B2"]
    assert (cell.data_type, cell.value[:4]) == ("s", "=1+1")


def test_an_unknown_kind_of_file_does_not_exist(world: World) -> None:
    assert enter(world, "secretaria").get("/bandeja/exportar.pdf").status_code == 404


def test_a_filter_is_saved_used_and_forgotten(world: World) -> None:
    client = enter(world, "secretaria")
    client.post(reverse("filter_save"), {"name": "Vencidas", "vista": "unclaimed", "plazo": "overdue"})
    saved = SavedFilter.objects.get()
    assert saved.query == "vista=unclaimed&plazo=overdue"
    assert "Vencidas" in client.get(reverse("inbox")).content.decode()
    assert enter(world, "jefe").post(reverse("filter_delete", args=[saved.pk])).status_code == 404
    client.post(reverse("filter_delete", args=[saved.pk]))
    assert not SavedFilter.objects.exists()


def test_an_empty_inbox_says_what_to_do(world: World) -> None:
    page = enter(world, "cajero").get(reverse("inbox")).content.decode()
    assert "Está al día" in page and reverse("start_catalogue") in page
    world.start()
    page = enter(world, "secretaria").get(reverse("inbox")).content.decode()
    assert "nadie ha tomado" in page and "vista=unclaimed" in page


def test_only_what_was_open_before_is_told_as_sent_back() -> None:
    sent_on = Task(status="open", round=1, came_reason="Falta tóner")
    sent_back = Task(status="open", round=2, came_reason="Falta la firma")

    assert _note(sent_on) == "Motivo: Falta tóner"
    assert _note(sent_back) == "Regresó: Falta la firma"
