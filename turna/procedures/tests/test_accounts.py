"""User names and sealed envelopes in a case: assigned, printed, handed over, withdrawn; the password is never kept."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from unittest.mock import patch

import pytest
from django.core import mail
from django.test import Client

from turna.core import calendar, envelopes
from turna.core.models import AuditEntry, Envelope, UserName
from turna.core.tests.test_envelopes import everything_stored, text_of
from turna.procedures import services
from turna.procedures.models import Case, Filing
from turna.procedures.services import Refused
from turna.procedures.worker import run_once

from .factories import INSTITUTION, World, make_world

CONVENTIONS = """
cuentas:
  - {clave: sistemas, nombre: Sistemas, formas: ["{inicial}{apellido}", "{inicial}{apellido}{inicial2}",
       "{inicial}{apellido}{n}"]}
  - {clave: correo, nombre: Correo, dominio: prueba.mx, formas: ["{nombre}.{apellido}", "{nombre}.{apellido}{n}"]}
"""
PERSON = """
nombre: Solicitud de cuenta
secciones:
  - titulo: Datos
    campos:
      - {clave: nombres, etiqueta: Nombre, tipo: texto, obligatorio: sí}
      - {clave: primer_apellido, etiqueta: Primer apellido, tipo: texto, obligatorio: sí}
      - {clave: segundo_apellido, etiqueta: Segundo apellido, tipo: texto}
"""
ACCOUNT = """
nombre: Cuenta
secciones:
  - titulo: Datos
    campos:
      - {clave: usuario, etiqueta: Usuario, tipo: texto}
      - {clave: correo, etiqueta: Correo, tipo: texto}
"""
OPEN = """
clave: PR-1
nombre: Alta de cuenta
area: oficina
objetivo: Probar.
alcance: Todos.
fundamento: [Reglamento de prueba]
inicio: {por: [servidor-publico], captura: persona}
actividades:
  - paso: 1
    responsable: secretaria
    actividad: Crea la cuenta
    captura: cuenta
    accion: {nombre: cuenta.asignar, con: {cuenta: sistemas, sobre: sí}}
    pregunta: ¿Está bien?
    respuestas: {sí: 2, no: 1}
  - paso: 2
    responsable: secretaria
    actividad: Crea el correo
    captura: cuenta
    accion: {nombre: cuenta.asignar, con: {cuenta: correo}}
  - {paso: 3, responsable: jefe, actividad: Entrega el sobre, accion: sobre.entregar}
  - paso: 4
    responsable: secretaria
    actividad: Da de baja
    captura: cuenta
    accion: {nombre: cuenta.baja, con: {cuenta: sistemas}}
"""
ANA = {"nombres": "Ana", "primer_apellido": "Peña", "segundo_apellido": "Ruiz"}
SECRET = re.compile(r"[A-Z][a-z]{5}-[a-z]{6}-\d\d")


@pytest.fixture
def world(db: None) -> Iterator[World]:
    files = {"formatos__persona.yaml": PERSON, "formatos__cuenta.yaml": ACCOUNT}
    yield make_world({"alta": OPEN}, **files, **{"institucion.yaml": INSTITUTION + CONVENTIONS})


def ask(world: World, **typed: str) -> Case:
    return world.start("alta", typed={**ANA, **typed})


def do(world: World, case: Case, step: str, by: str = "secretaria", **given: object) -> None:
    services.complete_task(world.task(case, step).pk, world.by(by), **given)  # type: ignore[arg-type]


def assign(world: World, case: Case, **typed: str) -> str:
    do(world, case, "1", typed=typed, answer="sí")
    return str(Filing.objects.filter(case=case, format="cuenta").latest("pk").values["usuario"])


def test_the_name_is_formed_and_written_into_the_format(world: World) -> None:
    assert assign(world, ask(world)) == "apena"
    assert assign(world, ask(world)) == "apenar"
    assert assign(world, ask(world, segundo_apellido="")) == "apena2"
    case = ask(world)
    assert assign(world, case, usuario="obras.ana") == "obras.ana"
    do(world, case, "2")
    assert Filing.objects.filter(case=case).latest("pk").values["correo"] == "ana.pena@prueba.mx"
    assert UserName.objects.filter(account="correo", name="ana.pena").exists()


def test_a_taken_wish_leaves_the_task_open_and_says_so_at_the_field(world: World) -> None:
    assign(world, ask(world))
    case = ask(world)
    with pytest.raises(Refused) as refused:
        do(world, case, "1", typed={"usuario": "APENA"}, answer="sí")
    assert refused.value.code == "action_failed" and "usuario" in refused.value.fields
    assert world.task(case, "1").status == "open" and UserName.objects.count() == 1


def test_coming_back_to_the_activity_keeps_name_and_envelope(world: World) -> None:
    case = ask(world)
    assign(world, case)
    services.move_case(case.pk, world.by("jefe"), "1", "Se revisa otra vez")
    assert assign(world, case) == "apena"
    only = Envelope.objects.select_related("position", "maker").get()
    assert (only.user_name, only.holder, str(only.position), str(only.maker)) == (
        "apena",
        "Ana Peña Ruiz",
        "Jefe de la oficina",
        "Secretaria",
    )


def test_the_password_stands_on_paper_only(world: World, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("DEBUG")
    made: list[str] = []
    real = envelopes.first_password

    def remember() -> str:
        made.append(real())
        return made[-1]

    with patch.object(envelopes, "first_password", remember):
        case = ask(world)
        assign(world, case)
    run_once()
    page = services.print_envelope(Envelope.objects.get().pk, world.by("jefe"))
    assert made[0] in text_of(page, tmp_path)
    client = Client()
    client.force_login(world.people["jefe"])
    read = b"".join(client.get(f"/expedientes/{case.folio}/{more}").content for more in ("", "acuse/"))
    everything = everything_stored() + read + caplog.text.encode() + repr(mail.outbox).encode()
    assert made[0].encode() not in everything and b"apena" in read
    assert not any(made[0] in m.body for m in mail.outbox)


def test_only_who_opens_the_account_and_who_delivers_prints_it_and_it_is_noted(world: World) -> None:
    case = ask(world)
    assign(world, case)
    envelope = Envelope.objects.get()
    for who, status in (("secretaria", 200), ("jefe", 200), ("cajero", 404), ("presidente", 404)):
        client = Client()
        client.force_login(world.people[who])
        answer = client.post(f"/expedientes/{case.folio}/sobres/{envelope.pk}/")
        assert answer.status_code == status, who
        if status == 200:
            assert answer.content.startswith(b"%PDF") and "no-store" in answer["Cache-Control"]
    noted = AuditEntry.objects.filter(action="envelope.opened").values_list("actor", flat=True)
    assert set(noted) == {world.people["secretaria"].pk, world.people["jefe"].pk}
    envelope.refresh_from_db()
    assert envelope.openings == 2


def test_handing_over_destroys_it(world: World) -> None:
    case = ask(world)
    assign(world, case)
    do(world, case, "2")
    do(world, case, "3", "jefe")
    envelope = Envelope.objects.get()
    assert (envelope.ending, envelope.sealed) == ("delivered", None)
    with pytest.raises(Refused):
        services.print_envelope(envelope.pk, world.by("jefe"))
    with pytest.raises(Refused):
        services.renew_envelope(envelope.pk, world.by("jefe"))


def test_one_that_nobody_delivered_in_time_needs_another(world: World) -> None:
    case = ask(world)
    assign(world, case)
    do(world, case, "2")
    with calendar.clock_at(calendar.now() + timedelta(days=11)):
        with pytest.raises(Refused, match="venció"):
            do(world, case, "3", "jefe")
        assert run_once()["envelopes"] == 1
        services.renew_envelope(Envelope.objects.get().pk, world.by("jefe"))
        do(world, case, "3", "jefe")
    assert list(Envelope.objects.order_by("pk").values_list("ending", flat=True)) == ["expired", "delivered"]


def test_closing_the_account_keeps_its_name_for_ever(world: World) -> None:
    case = ask(world)
    assign(world, case)
    do(world, case, "2")
    do(world, case, "3", "jefe")
    do(world, case, "4", typed={"usuario": "apena"})
    assert UserName.objects.get(name="apena").withdrawn_at is not None
    assert assign(world, ask(world)) == "apenar"


def test_without_an_envelope_there_is_nothing_to_hand_over(world: World) -> None:
    case = ask(world)
    assign(world, case)
    Envelope.objects.all().delete()
    do(world, case, "2")
    with pytest.raises(Refused, match="no tiene un sobre"):
        do(world, case, "3", "jefe")
