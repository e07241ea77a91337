"""Who may begin what: heads only, and whoever records the oficio of a head."""

from __future__ import annotations

import pytest
from django.test import Client

from turna.core.models import Unit
from turna.core.rights import standing_of
from turna.core.tests.factories import make_person, stand_in
from turna.engine.checking import check
from turna.engine.reading import read_pack_sources
from turna.procedures import services
from turna.procedures.services import Applicant, Refused

from .factories import World, make_world, pack_sources

HEADS = """
clave: PR-1
nombre: Acceso a cámaras
area: oficina
objetivo: Probar.
alcance: Todos.
fundamento: [Reglamento de prueba]
inicio: {por: [titular], captura: solicitud}
actividades:
  - {paso: 1, responsable: secretaria, actividad: Recibe}
"""
BY_OFICIO = HEADS.replace("{por: [titular],", "{por: [titular, cajero], en_nombre_de: servidor-publico,")


@pytest.fixture
def world(db: None) -> World:
    return make_world({"camaras": HEADS, "oficio": BY_OFICIO.replace("PR-1", "PR-2")})


@pytest.mark.parametrize(("who", "may"), [("jefe", True), ("presidente", True), ("secretaria", False)])
def test_only_heads_begin_it(world: World, who: str, may: bool) -> None:
    if may:
        case = world.start("camaras", by=who)
        assert case.applicant == world.people[who] and case.applicant_unit.key in ("oficina", "presidencia")
        return
    with pytest.raises(Refused, match="quien encabeza una unidad") as refused:
        world.start("camaras", by=who)
    assert refused.value.code == "not_allowed"


def test_a_heads_substitute_begins_it_for_their_unit(world: World) -> None:
    substitute = make_person(world.institution)
    stand_in(world.people["jefe"], substitute)
    world.people["suplente"] = substitute
    case = world.start("camaras", by="suplente")
    assert case.applicant == substitute and case.applicant_unit.key == "oficina"


def test_pages_offer_it_to_heads_and_tell_the_others_why(world: World) -> None:
    for who, status in (("jefe", 200), ("secretaria", 403)):
        client = Client()
        client.force_login(world.people[who])
        offered = client.get("/iniciar/").content.decode()
        assert ("Acceso a cámaras" in offered) == (status == 200)
        page = client.get("/iniciar/prueba/camaras/")
        assert page.status_code == status
        assert client.post("/iniciar/prueba/camaras/", {"cosa": "x"}).status_code == (422 if status == 200 else 403)
        if status == 403:
            assert "Lo inicia: quien encabeza una unidad, o quien le suple." in page.content.decode()
            assert client.post("/iniciar/prueba/camaras/borrador/").status_code == 404


def test_who_records_an_oficio_names_the_head_who_signed_it(world: World) -> None:
    head, other = world.people["jefe"], world.people["secretaria"]
    case = world.start("oficio", by="cajero", applicant=Applicant(person_id=head.pk))
    assert case.applicant == head and case.applicant_unit.key == "oficina"
    with pytest.raises(Refused, match="no encabeza una unidad"):
        world.start("oficio", by="cajero", applicant=Applicant(person_id=other.pk))


def test_a_head_without_an_account_is_named_by_their_unit(world: World) -> None:
    unit, without_head = Unit.objects.get(key="oficina"), Unit.objects.get(key="caja")
    case = world.start("oficio", by="cajero", applicant=Applicant(name="Titular de Obras", unit_id=unit.pk))
    assert case.applicant_name == "Titular de Obras" and case.applicant_unit == unit
    for unit_id in (None, without_head.pk):
        with pytest.raises(Refused, match="de cuál es titular"):
            world.start("oficio", by="cajero", applicant=Applicant(name="Quien sea", unit_id=unit_id))


def test_a_person_of_no_position_starts_nothing(world: World) -> None:
    nobody = standing_of(make_person(world.institution))
    with pytest.raises(Refused):
        services.start_case(world.procedure("camaras").pk, nobody, typed={"cosa": "x"})


@pytest.mark.parametrize(("field", "warned"), [("cosa", True), ("oficio_numero", False)])
def test_what_is_asked_by_oficio_asks_which(field: str, warned: bool) -> None:
    text = HEADS.replace("captura: solicitud}", "captura: carta, por_oficio: sí}")
    form = f"nombre: Carta\ncampos:\n  - {{clave: {field}, etiqueta: Dato, tipo: texto}}\n"
    pack, _findings = read_pack_sources("prueba", pack_sources({"a": text}, **{"formatos__carta.yaml": form}))
    assert pack is not None
    assert ("oficio-not-asked" in {f.code for f in check(pack)}) == warned
