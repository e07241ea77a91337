"""Every address of the site, asked by every kind of user: who gets in, and that the others learn nothing.

The table names every address of the resolver: a new address without a line here fails. What may not be seen does not
exist (404), whether asked as a page, in a search, in an export, or as a file.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.http import HttpResponse
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from turna.core.envelopes import Letter, seal
from turna.core.models import Appointment, CalendarDay, FolioSeries, Notice, OutboxMail, Person, Position, Substitution
from turna.core.tests.factories import make_institution, make_person, make_position, make_unit, stand_in
from turna.procedures.models import Case, Filing, Task
from turna.procedures.services import attach, route_task, save_filter
from turna.procedures.tests.factories import World, make_world

pytestmark = pytest.mark.django_db

PDF = b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"
PART = re.compile(r"<(?:\w+:)?(\w+)>")
KINDS = ("anonymous", "applicant", "holder", "substitute", "head", "other", "stranger", "administrator", "citizen")


@dataclass
class Town:
    """An institution with one running case, and somebody of every kind.

    applicant: an official elsewhere who only asked for the case; holder: has its task; substitute: stands in for the
    holder; head: of the holder's unit; other: an official of another unit; stranger: the head of another institution;
    administrator: the technician, without any post; citizen: an account of no institution.
    """

    world: World
    case: Case
    task: Task
    people: dict[str, Person] = field(default_factory=dict)
    ids: dict[str, Any] = field(default_factory=dict)

    def client(self, kind: str) -> Client:
        client = Client()
        if kind != "anonymous":
            client.force_login(self.people[kind])
        return client


@pytest.fixture
def town() -> Town:
    world = make_world()
    here = world.institution
    clerk = make_person(here, make_position(make_unit(here)), given_names="Solicitante")
    case = world.start(by="secretaria", typed={"cosa": "sillas azules"})
    Case.objects.filter(pk=case.pk).update(applicant=clerk, opened_by=None, applicant_name=clerk.full_name)
    case.refresh_from_db()
    elsewhere = make_institution("otra")
    substitute = make_person(here, given_names="Suplente")
    stand_in(world.people["secretaria"], substitute)
    people = {
        "applicant": clerk,
        "holder": world.people["secretaria"],
        "substitute": substitute,
        "head": world.people["jefe"],
        "other": world.people["cajero"],
        "stranger": make_person(elsewhere, make_position(make_unit(elsewhere), is_head=True)),
        "administrator": make_person(here, administers=True),
        "citizen": make_person(None),
    }
    made = Town(world, case, world.task(case), people)
    _furnish(made)
    return made


def _furnish(town: Town) -> None:
    """One row of everything that an address may name."""
    world, here = town.world, town.world.institution
    paper = attach(
        town.case.pk,
        world.by("secretaria"),
        SimpleUploadedFile("a.pdf", PDF),
        name="a.pdf",
        kind="Oficio",
        title="Oficio",
    )
    saved = save_filter(world.by("secretaria"), "Mío", "vista=mine")
    notice = Notice.objects.create(
        institution=here, person=town.people["holder"], kind="x", subject="Aviso", created_at=paper.created_at, url="/"
    )
    day = CalendarDay.objects.create(
        institution=here, date="2026-12-24", name="Nochebuena", source="Gaceta", added_at=paper.created_at
    )
    mail = OutboxMail.objects.create(
        institution=here, to="a@ejemplo.mx", subject="x", body="x", message_id="<x@x>", status="failed",
        next_attempt_at=paper.created_at, created_at=paper.created_at,
    )  # fmt: skip
    position = Position.objects.get(institution=here, key="secretaria")
    letter = Letter(here.pk, ("case", town.case.pk), "Sistemas", "apena", "Ana Peña", position=position.pk)
    envelope = seal(letter, "Tumaro-kebine-47", at=paper.created_at, person_id=None)
    town.ids = {
        "code": "7K3M-9PXT-2WQF",
        "file_id": paper.file_id, "name": "a.pdf", "document_id": paper.pk, "filter_id": saved.pk,
        "notice_id": notice.pk, "day_id": day.pk, "mail_id": mail.pk, "position_id": position.pk,
        "unit_id": position.unit_id, "person_id": town.people["other"].pk, "institution_id": here.pk,
        "appointment_id": Appointment.objects.filter(position=position).first().pk,
        "substitution_id": Substitution.objects.get().pk, "series_id": FolioSeries.objects.first().pk,
        "envelope_id": envelope.pk, "task_id": town.task.pk, "folio": town.case.folio, "pack": "prueba", "key": "pasos",
        "chosen": "prueba",
        "number": 1,
        "ending": "pdf", "form": "solicitud", "filing_id": Filing.objects.get(case=town.case).pk,
        "kind": "csv", "which": "unit", "field": "x", "slug": "comentar", "digest": "0", "token": "x", "act": "invitar",
    }  # fmt: skip


def addresses(resolver: URLResolver | None = None, before: str = "") -> Iterator[tuple[str, URLPattern]]:
    for entry in (resolver or get_resolver()).url_patterns:
        if isinstance(entry, URLResolver):
            yield from addresses(entry, before + str(entry.pattern))
        else:
            yield before + str(entry.pattern), entry


# Answers by kind of user, in the order of KINDS but for the citizen. "in": led to the log-in page.
EVERYBODY = "200 200 200 200 200 200 200 200"
PERSON = "in 200 200 200 200 200 200 200"
PERSON_ACT = "in 302 302 302 302 302 302 302"
NOBODY = "in 404 404 404 404 404 404 404"
TECHNICIAN = "in 404 404 404 404 404 404 200"
TECHNICIAN_ACT = "in 404 404 404 404 404 404 302"
OF_THE_CASE = "in 200 200 200 200 404 404 404"
WORKER = "in 404 200 200 404 404 404 404"
OWNER = "in 404 302 404 404 404 404 404"
HERE = "200 200 200 200 200 200 404 200"
STARTER = "in 200 200 200 200 200 404 404"
AWAY = "302 302 302 302 302 302 302 302"
HOME = "200 302 302 302 302 302 302 302"
GONE = "404 404 404 404 404 404 404 404"

GET, POST = "get", "post"
TABLE: dict[str, dict[str, str]] = {
    "home": {GET: HOME, POST: HOME},
    "accessibility": {GET: EVERYBODY},
    "theme": {GET: EVERYBODY},
    "choose_institution": {GET: "302 302 302 302 302 302 302 302"},
    "health": {GET: EVERYBODY},
    "profile": {GET: PERSON},
    "preferences": {GET: PERSON, POST: PERSON_ACT},
    "notices": {GET: PERSON},
    "read_all_notices": {POST: PERSON_ACT},
    "open_notice": {POST: OWNER},
    "my_absences": {GET: PERSON, POST: PERSON},
    "cancel_my_absence": {POST: OWNER},
    "accept_invitation": {GET: GONE, POST: GONE},
    "file": {GET: "404 404 200 200 200 404 404 404"},
    # Administration: rights come from posts; the technician has all but those over cases.
    "administration": {GET: TECHNICIAN},
    "admin_health": {GET: TECHNICIAN},
    "admin_units": {GET: TECHNICIAN},
    "admin_unit_new": {GET: TECHNICIAN, POST: TECHNICIAN},
    "admin_unit": {GET: TECHNICIAN, POST: TECHNICIAN},
    "admin_position_new": {GET: TECHNICIAN, POST: TECHNICIAN},
    "admin_position": {GET: TECHNICIAN},
    "admin_position_edit": {GET: TECHNICIAN, POST: TECHNICIAN},
    "admin_position_rights": {GET: TECHNICIAN, POST: TECHNICIAN_ACT},
    "admin_appoint": {GET: TECHNICIAN, POST: TECHNICIAN},
    "admin_end": {GET: TECHNICIAN, POST: TECHNICIAN},
    "admin_substitutions": {GET: TECHNICIAN},
    "admin_substitution_new": {GET: TECHNICIAN, POST: TECHNICIAN},
    "admin_substitution_cancel": {POST: TECHNICIAN_ACT},
    "admin_people": {GET: TECHNICIAN},
    "admin_person_new": {GET: TECHNICIAN, POST: TECHNICIAN},
    "admin_person": {GET: TECHNICIAN},
    "admin_person_edit": {GET: TECHNICIAN, POST: TECHNICIAN},
    "admin_person_close": {GET: TECHNICIAN, POST: TECHNICIAN_ACT},
    "admin_person_act": {POST: TECHNICIAN_ACT},
    "admin_person_envelope": {POST: TECHNICIAN_ACT},
    "admin_calendar": {GET: TECHNICIAN},
    "admin_day_new": {GET: TECHNICIAN, POST: TECHNICIAN},
    "admin_day_withdraw": {POST: TECHNICIAN_ACT},
    "admin_hours": {GET: TECHNICIAN, POST: TECHNICIAN},
    "admin_schedules": {GET: TECHNICIAN},
    "admin_series": {GET: TECHNICIAN},
    "admin_series_new": {GET: TECHNICIAN, POST: TECHNICIAN},
    "admin_series_edit": {GET: TECHNICIAN, POST: TECHNICIAN},
    "admin_mail": {GET: TECHNICIAN},
    "admin_mail_retry": {POST: TECHNICIAN_ACT},
    "admin_audit": {GET: TECHNICIAN},
    "admin_audit_verify": {POST: TECHNICIAN},
    # The published manual is public, of the institution that one belongs to.
    "catalogue": {GET: EVERYBODY},
    "procedure": {GET: HERE},
    "procedure_version": {GET: HERE},
    "procedure_changes": {GET: HERE},
    "procedure_cases": {GET: "in 200 200 200 200 200 404 200"},
    "procedure_download": {GET: HERE},
    "procedure_drawing": {GET: HERE},
    "manual_download": {GET: HERE},
    "format_blank": {GET: HERE},
    # Following a folio asks for its code; without one there is nothing behind.
    "follow": {GET: EVERYBODY, POST: "422 422 422 422 422 422 422 422"},
    "follow_case": {GET: AWAY},
    "follow_answer": {POST: AWAY},
    "follow_task": {GET: AWAY, POST: AWAY},
    "follow_file": {GET: GONE},
    "follow_end": {POST: AWAY},
    # Checking a document by its code is public; a code that does not exist has nothing behind.
    "verify": {GET: EVERYBODY},
    "verify_document": {GET: GONE},
    # The desk.
    "inbox": {GET: PERSON},
    "inbox_export": {GET: PERSON},
    "inbox_acts": {POST: PERSON_ACT},
    "inbox_route": {GET: NOBODY, POST: NOBODY},
    "inbox_reassign": {GET: NOBODY, POST: NOBODY},
    "filter_save": {POST: PERSON_ACT},
    "filter_delete": {POST: OWNER},
    "task": {GET: "in 302 200 200 200 404 404 404", POST: "in 302 302 302 409 404 404 404"},
    "task_draft": {POST: "in 409 200 200 409 404 404 404"},
    "task_book": {GET: NOBODY},
    "task_table": {GET: NOBODY},
    "task_claim": {POST: "in 302 302 302 302 404 404 404"},
    "task_release": {POST: "in 302 302 302 302 404 404 404"},
    "task_route": {GET: WORKER, POST: "in 404 422 422 404 404 404 404"},
    "task_reassign": {GET: "in 404 404 404 200 404 404 404", POST: "in 404 404 404 422 404 404 404"},
    "task_sign": {POST: NOBODY},
    "task_refuse": {GET: NOBODY, POST: NOBODY},
    "task_answer": {GET: NOBODY, POST: NOBODY},
    "task_recall": {GET: NOBODY, POST: NOBODY},
    "case": {GET: OF_THE_CASE},
    "case_act": {GET: OF_THE_CASE, POST: "in 422 422 422 422 404 404 404"},
    "case_flowchart": {GET: OF_THE_CASE},
    "filing_sheet": {GET: OF_THE_CASE},
    "envelope_print": {POST: WORKER},
    "envelope_renew": {POST: "in 404 302 302 404 404 404 404"},
    "receipt": {GET: OF_THE_CASE},
    "case_search": {GET: PERSON},
    "start_catalogue": {GET: PERSON},
    "start_people": {GET: PERSON},
    "start": {GET: STARTER, POST: "in 422 422 422 422 422 404 404"},
    "start_draft": {POST: STARTER},
    "field_names": {GET: PERSON},
    "field_places": {GET: PERSON},
    "start_book": {GET: NOBODY},
    "start_table": {GET: NOBODY},
    "team": {GET: "in 404 404 404 200 404 200 404"},
}
# A citizen gets what an official of another unit gets, but for this.
CITIZEN = {"start": "404", "start_draft": "404", "my_absences": "404"}
# Pages of allauth, on one's own account only; they hold nothing of the institution.
ACCOUNTS = ("account_", "mfa_", "socialaccount_", "openid_connect_", "usersessions_")
# Those that somebody without a session needs in order to get in.
DOORS = {
    "account_login", "account_signup", "account_inactive", "account_reset_password", "account_reset_password_done",
    "account_reset_password_from_key", "account_reset_password_from_key_done", "account_confirm_email",
    "account_email_verification_sent", "mfa_login_webauthn", "socialaccount_login_cancelled",
    "socialaccount_login_error",
}  # fmt: skip


def our_names() -> list[str]:
    return [entry.name for _path, entry in addresses() if entry.name and not entry.name.startswith(ACCOUNTS)]


def answer(town: Town, kind: str, method: str, name: str, **typed: Any) -> HttpResponse:
    """What that kind of user gets; whatever it changed is taken back."""
    path = next(path for path, entry in addresses() if entry.name == name)
    url = reverse(name, kwargs={part: town.ids[part] for part in PART.findall(path)})
    with transaction.atomic():
        response = getattr(town.client(kind), method)(url, typed)
        transaction.set_rollback(True)
    return response


def code_of(response: HttpResponse) -> str:
    led_in = response.status_code == 302 and response["Location"].startswith(reverse("account_login"))
    return "in" if led_in else str(response.status_code)


def test_the_table_names_every_address() -> None:
    nameless = [path for path, entry in addresses() if not entry.name and not path.startswith("cuenta/social/")]
    assert not nameless, f"an address needs a name: {nameless}"
    assert sorted(our_names()) == sorted(TABLE), "every address needs its line in TABLE"


@pytest.mark.parametrize("name", sorted(TABLE))
def test_who_gets_in(town: Town, name: str) -> None:
    for method in (GET, POST):
        wanted = TABLE[name].get(method)
        got = [code_of(answer(town, kind, method, name)) for kind in KINDS]
        if wanted is None:
            assert set(got) <= {"405", "404", "in"}, f"{method} {name} is not in the table but answers {got}"
        else:
            line = wanted.split()
            line.append(CITIZEN.get(name, line[KINDS.index("other")]))
            expected = dict(zip(KINDS, line, strict=True))
            assert dict(zip(KINDS, got, strict=True)) == expected, f"{method} {name}"


def test_pages_of_accounts_let_nobody_in_without_a_session(town: Town) -> None:
    given = {"key": "x", "uidb36": "1", "provider_id": "x", "pk": 1}
    for path, entry in addresses():
        if not entry.name or not entry.name.startswith(ACCOUNTS):
            continue
        url = reverse(entry.name, kwargs={name: given[name] for name in PART.findall(path)})
        status = town.client("anonymous").get(url).status_code
        assert status < 500 and (status != 200 or entry.name in DOORS), f"{entry.name}: {status}"


# Where a case could show among others, and what is typed there to find it.
LISTS = [
    ("home", {}),
    ("notices", {}),
    ("inbox", {"vista": "mine"}),
    ("inbox", {"vista": "unclaimed"}),
    ("inbox", {"vista": "unit"}),
    ("inbox", {"vista": "waiting"}),
    ("inbox", {"vista": "done"}),
    ("inbox", {"vista": "unit", "q": "sillas"}),
    ("inbox_export", {"vista": "mine"}),
    ("inbox_export", {"vista": "unclaimed"}),
    ("inbox_export", {"vista": "unit"}),
    ("inbox_export", {"vista": "waiting"}),
    ("case_search", {"q": "sillas"}),
    ("case_search", {"q": "FOLIO"}),
    ("case_search", {"q": "Solicitante"}),
    ("start_catalogue", {}),
    ("catalogue", {}),
    ("procedure_cases", {"cifra": "abiertos", "periodo": "todo"}),
    ("team", {}),
]


@pytest.mark.parametrize("kind", ["anonymous", "other", "stranger", "administrator", "citizen"])
def test_no_list_search_or_export_tells_of_a_case_that_is_not_theirs(town: Town, kind: str) -> None:
    for name, typed in LISTS:
        asked = {key: town.case.folio if value == "FOLIO" else value for key, value in typed.items()}
        response = town.client(kind).get(reverse(name, kwargs=_kind_of(name)), asked)
        body = b"".join(response) if response.streaming else response.content
        text = body.decode().replace(town.case.folio, "", 1) if asked.get("q") == town.case.folio else body.decode()
        assert "sillas azules" not in text and "Solicitud de sillas" not in text, f"{name} {typed}"
        assert reverse("case", args=[town.case.folio]) not in text and f",{town.case.folio}" not in text, (
            f"{name} {typed}"
        )


@pytest.mark.parametrize(
    ("kind", "tab"), [("holder", "mine"), ("substitute", "unclaimed"), ("head", "unit"), ("applicant", "waiting")]
)
def test_those_who_may_see_it_find_it_alike_on_page_search_and_export(town: Town, kind: str, tab: str) -> None:
    client = town.client(kind)
    assert town.case.folio in client.get(reverse("inbox"), {"vista": tab}).content.decode()
    assert town.case.folio in client.get(reverse("case_search"), {"q": "sillas"}).content.decode()
    exported = b"".join(client.get(reverse("inbox_export", args=["csv"]), {"vista": tab})).decode()
    assert town.case.folio in exported


def test_a_routed_colleague_gets_in_and_only_then(town: Town) -> None:
    assert code_of(answer(town, "other", GET, "case")) == "404"
    position = Position.objects.get(institution=town.world.institution, key="cajero")
    route_task(town.task.pk, town.world.by("secretaria"), to=[position.pk], instruction="¿Alcanza?")
    for name in ("case", "receipt", "case_flowchart", "filing_sheet", "file"):
        assert code_of(answer(town, "other", GET, name)) == "200", name


def _kind_of(name: str) -> dict[str, str]:
    return {"inbox_export": {"kind": "csv"}, "procedure_cases": {"pack": "prueba", "key": "pasos"}}.get(name, {})
