"""The published manual: found, read, compared between versions; the same for whoever asks."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from turna.engine.reading import read_pack_sources
from turna.procedures.comparison import compare, marked
from turna.procedures.tests.factories import HEAD, TEN_STEPS, install, make_world, pack_sources

pytestmark = pytest.mark.django_db

OTHER = """
  - {paso: 1, responsable: secretaria, actividad: Recibe la petición}
  - paso: 2
    responsable: jefe
    actividad: Resuelve
    pregunta: ¿Procede?
    respuestas: {sí: fin, no: 1}
"""


def page(html: str) -> str:
    """The words of a page."""
    return " ".join(re.sub(r"<[^>]+>", " ", html).split())


def get(client: Client, name: str, *args: Any, **query: Any) -> str:
    response = client.get(reverse(name, args=args), query)
    assert response.status_code == 200
    return response.content.decode()


def test_the_list_is_found_with_or_without_accents_in_any_order(client: Client) -> None:
    make_world({"atención-ciudadana".replace("ó", "o"): TEN_STEPS, "orden-de-pago": OTHER})
    both = get(client, "catalogue")
    assert "2 procedimientos" in page(both) and "Orden de pago" in both
    for words in ("ATENCIÓN", "atencion", "ciudadana atención", "Orden"):
        found = page(get(client, "catalogue", q=words))
        assert "1 procedimiento" in found, words
    nothing = page(get(client, "catalogue", q="jirafa"))
    assert "Ningún procedimiento coincide" in nothing and "Ver todos" in nothing


def test_while_one_types_only_the_list_is_sent(client: Client) -> None:
    make_world()
    response = client.get(reverse("catalogue"), {"q": "pasos"}, headers={"HX-Request": "true"})
    assert "<html" not in response.content.decode() and "Pasos" in response.content.decode()


@pytest.mark.parametrize("words", ["\0", "%", "_", "'; drop table", "x" * 5000])
def test_strange_words_find_nothing_and_break_nothing(client: Client, words: str) -> None:
    make_world()
    assert client.get(reverse("catalogue"), {"q": words}).status_code == 200


def test_a_procedure_reads_as_the_manual_prints_it(client: Client) -> None:
    make_world()
    html = get(client, "procedure", "prueba", "pasos")
    words = page(html)
    for text in (
        "Objetivo Probar.",
        "PR-1",
        "Reglamento de prueba",
        "Quién lo inicia Secretaria y Cualquier persona servidora pública",
    ):
        assert text in words, text
    assert "Revisa. ¿Está bien? Sí: continúa en la actividad 3. No: continúa en la actividad 1." in words
    assert "Plazo: 2 días hábiles." in words
    assert html.count('<tr id="paso-') == 10
    assert "<svg" in html and "Diagrama de flujo: Pasos" in html
    assert 'id="formato-solicitud"' in html and "Importe" in words


def test_an_activity_that_goes_on_to_the_next_says_nothing_of_it(client: Client) -> None:
    make_world()
    html = get(client, "procedure", "prueba", "pasos")
    row = html.split('<tr id="paso-4">')[1].split("</tr>")[0]
    assert "manual-leads" not in row


def test_what_does_not_exist_or_is_of_another_institution_is_not_found(client: Client) -> None:
    make_world()
    for args in (("prueba", "otro"), ("otra", "pasos")):
        assert client.get(reverse("procedure", args=args)).status_code == 404
    assert client.get(reverse("procedure_version", args=["prueba", "pasos", 9])).status_code == 404


def test_starting_is_offered_to_whoever_has_an_account_and_only_in_the_version_in_force(client: Client) -> None:
    world = make_world()
    start = reverse("start", args=["prueba", "pasos"])
    assert start not in get(client, "procedure", "prueba", "pasos")
    client.force_login(world.people["secretaria"])
    assert start in get(client, "procedure", "prueba", "pasos")
    install(pack_sources({"pasos": TEN_STEPS.replace("Archiva", "Guarda")}))
    assert start not in get(client, "procedure_version", "prueba", "pasos", 1)
    assert "Ya no está en vigor" in get(client, "procedure_version", "prueba", "pasos", 1)


def test_versions_are_listed_and_their_differences_marked(client: Client) -> None:
    make_world()
    changed = TEN_STEPS.replace("actividad: Envía", "actividad: Envía por correo").replace("no: 3}", "no: 4}")
    changed = changed.replace("  - {paso: 8, responsable: secretaria, actividad: Recibe el pago}\n", "")
    install(
        pack_sources({"pasos": changed + "  - {paso: 11, responsable: jefe, actividad: Avisa}\n"}), note="Se simplifica"
    )
    words = page(get(client, "procedure", "prueba", "pasos"))
    assert "Versión 2" in words and "Versión 1" in words and "Se simplifica" in words
    html = get(client, "procedure_changes", "prueba", "pasos")
    words = page(html)
    assert "<ins> por correo</ins>" in html
    assert "Actividad 8 Se quitó" in words and "Actividad 11 Nueva" in words and "Actividad 6 Cambió" in words
    assert "Actividad 1 " not in words.split("Ficha")[-1].split("Actividad 5")[0]
    back = page(get(client, "procedure_changes", "prueba", "pasos", de=2, a=2))
    assert "Dicen lo mismo" in back


@pytest.mark.parametrize("query", [{"de": "x", "a": "y"}, {"a": "99"}, {"de": "-1"}, {"de": "9" * 40}])
def test_versions_that_do_not_exist_are_not_found_or_ignored(client: Client, query: dict[str, str]) -> None:
    make_world()
    assert client.get(reverse("procedure_changes", args=["prueba", "pasos"]), query).status_code in (200, 404)


def test_the_words_of_both_versions_can_be_read_out_of_the_marked_text() -> None:
    before, after = "Valida y firma la orden de pago", "Revisa, valida y firma la orden"
    pieces = marked(before, after)
    assert "".join(p.text for p in pieces if p.kind != "added") == before
    assert "".join(p.text for p in pieces if p.kind != "removed") == after


def procedure(text: str) -> Any:
    head = HEAD.format(code=1, name="Pasos")
    pack, findings = read_pack_sources("prueba", pack_sources({"pasos": head + text.lstrip("\n")}))
    assert pack is not None, findings
    return pack.procedures["pasos"], pack.formats


def test_a_procedure_does_not_differ_from_itself() -> None:
    one, formats = procedure(TEN_STEPS)
    found = compare(one, one, formats, formats)
    assert found.is_empty and found.unchanged == 10


def test_every_activity_is_told_exactly_once() -> None:
    (one, formats), (other, _formats) = procedure(TEN_STEPS), procedure(OTHER)
    found = compare(one, other, formats, formats)
    steps = [change.step for change in found.activities]
    assert len(steps) == len(set(steps))
    assert {c.step for c in found.activities if c.kind == "removed"} == set(one.by_step) - set(other.by_step)
    assert len(steps) + found.unchanged == len(set(one.by_step) | set(other.by_step))


def test_pages_of_the_manual_cost_few_queries(client: Client, django_assert_max_num_queries: Any) -> None:
    make_world({f"tramite-{n}": OTHER for n in range(8)})
    get(client, "catalogue")
    with django_assert_max_num_queries(3):
        get(client, "catalogue")
    get(client, "procedure", "prueba", "tramite-3")
    with django_assert_max_num_queries(5):
        get(client, "procedure", "prueba", "tramite-3")
