"""Sheets on the page: names and ids, files that survive a fault, what applies while one types, spreadsheets, speed."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from openpyxl import load_workbook

from turna.core.models import Position, StoredFile, Unit
from turna.core.tests.factories import make_person
from turna.procedures.models import Case, CaseDocument, Draft, Filing
from turna.procedures.references import DRAFT_KIND, FEW

from .factories import World, make_world

pytestmark = pytest.mark.django_db

PDF = b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"
PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c4890000000d49444154789c6360606060000000050001a5f64540"
    "0000000049454e44ae426082"
)
EVERYTHING = """
nombre: De todo
hoja: sí
asunto: "De todo: {cosa}"
validaciones:
  - {cumple: "cosa != 'nada'", mensaje: Diga qué cosa., campo: cosa}
  - {cumple: "cosa != 'imposible'", mensaje: Así no puede ser.}
secciones:
  - titulo: Datos
    campos:
      - {clave: cosa, etiqueta: Cosa, tipo: texto, obligatorio: sí}
      - {clave: quien, etiqueta: Quién, tipo: persona}
      - {clave: puesto, etiqueta: Puesto, tipo: puesto}
      - {clave: unidad, etiqueta: Unidad, tipo: unidad, precarga: persona.unidad}
      - {clave: antes, etiqueta: Expediente anterior, tipo: referencia, refiere: pasos}
      - {clave: hay, etiqueta: ¿Hay más?, tipo: si_no}
      - {clave: mas, etiqueta: Qué más, tipo: texto, obligatorio: sí, visible_si: hay}
      - {clave: otro, etiqueta: Quién más, tipo: persona, visible_si: hay}
      - {clave: rfc, etiqueta: RFC, tipo: rfc}
      - {clave: casa, etiqueta: Domicilio, tipo: domicilio}
      - {clave: firma, etiqueta: Firma, tipo: firma}
      - {clave: foto, etiqueta: Foto, tipo: imagen}
      - {clave: oficio, etiqueta: Oficio, tipo: archivo, acepta: [pdf]}
  - titulo: Bienes
    campos:
      - clave: bienes
        etiqueta: Bienes
        tipo: tabla
        columnas:
          - {clave: bien, etiqueta: Bien, tipo: texto}
          - {clave: precio, etiqueta: Precio, tipo: dinero}
          - {clave: caro, etiqueta: Por qué tan caro, tipo: texto, visible_si: precio > 1000}
          - {clave: doble, etiqueta: Doble, tipo: calculado, calcula: precio * 2}
          - {clave: foto, etiqueta: Foto, tipo: imagen}
          - {clave: resguarda, etiqueta: Resguarda, tipo: persona}
      - {clave: total, etiqueta: Total, tipo: calculado, calcula: "suma(bienes.precio)"}
"""
STEPS = """
clave: PR-8
nombre: Todo
area: oficina
objetivo: Probar.
alcance: Todos.
fundamento: [Reglamento de prueba]
inicio:
  por: [servidor-publico]
  captura: de-todo
actividades:
  - {paso: 1, responsable: secretaria, actividad: Revisa, captura: de-todo}
  - {paso: 2, responsable: jefe, actividad: Archiva}
"""
PLAIN = """
  - {paso: 1, responsable: secretaria, actividad: Recibe}
"""


@pytest.fixture
def world() -> World:
    return make_world({"pasos": PLAIN, "todo": STEPS}, **{"formatos__de-todo.yaml": EVERYTHING})


START = ["prueba", "todo"]


def enter(world: World, position: str = "secretaria") -> Client:
    client = Client()
    client.force_login(world.people[position])
    return client


def begin(client: Client, **typed: Any) -> Any:
    return client.post(reverse("start", args=START), typed)


def filled() -> dict[str, Any]:
    return Filing.objects.latest("pk").values


def f(**typed: Any) -> dict[str, Any]:
    """Inputs by the keys of their fields; `bienes_0_bien` is a cell."""
    return {"f-" + key.replace("__", "."): value for key, value in typed.items()}


# --- Names ---------------------------------------------------------------------------------


def test_names_are_kept_as_ids_and_shown_as_names(world: World) -> None:
    client, boss = enter(world), world.people["jefe"]
    position = Position.objects.get(key="cajero")
    unit = Unit.objects.get(key="caja")
    typed = f(cosa="x", quien=f"{boss.full_name} ({boss.email})", puesto=str(position.pk), unidad="CAJA")
    assert begin(client, **typed).status_code == 302
    assert filled()["quien"] == boss.pk and filled()["puesto"] == position.pk and filled()["unidad"] == unit.pk
    page = client.get(reverse("task", args=[world.task(Case.objects.get()).pk])).content.decode()
    assert f'value="{boss.full_name} ({boss.email})"' in page
    assert f'<option value="{unit.pk}" selected>Caja (Presidencia)</option>' in page


def test_a_name_that_says_nobody_or_several_is_told_and_stays(world: World) -> None:
    for _twice in range(2):
        make_person(world.institution, given_names="Rosa", surname1="Paz")
    answer = begin(enter(world), **f(cosa="x", quien="Rosa Paz", otro="Nadie Nunca", bienes__0__resguarda="Nadie"))
    page = answer.content.decode()
    assert answer.status_code == 422 and not Case.objects.exists()
    assert "Hay más de uno con ese nombre" in page and 'value="Rosa Paz"' in page
    assert "No se encontró «Nadie»" in page and 'href="#f-bienes.0.resguarda"' in page
    assert "Nadie Nunca»" not in page, "a field that does not apply is not judged"


def test_an_id_of_another_institution_is_not_taken(world: World) -> None:
    stranger = make_person(None, given_names="Ajena")
    assert "ya no existe" in begin(enter(world), **f(cosa="x", quien=str(stranger.pk))).content.decode()


def test_what_is_prefilled_by_name_is_chosen(world: World) -> None:
    page = enter(world).get(reverse("start", args=START)).content.decode()
    assert f'<option value="{Unit.objects.get(key="oficina").pk}" selected>' in page


def test_suggestions_are_for_those_who_may_see(world: World) -> None:
    address = reverse("field_names", args=["person"])
    boss = world.people["jefe"]
    assert enter(world).get(address, {"q": boss.given_names[:4]}).json()["names"] == [
        f"{boss.full_name} ({boss.email})"
    ]
    outsider = Client()
    outsider.force_login(make_person(world.institution))
    assert outsider.get(address, {"q": boss.given_names[:4]}).json() == {"names": []}
    case = world.start()
    folios = reverse("field_names", args=["reference"])
    asked = {"q": "sillas", "refiere": "pasos"}
    assert enter(world).get(folios, asked | {"manual": "prueba"}).json() == {"names": [case.folio]}
    assert enter(world).get(folios, asked | {"manual": "otro"}).json() == {"names": []}
    assert enter(world).get(folios, {"q": "sillas", "refiere": "todo"}).json() == {"names": []}
    assert enter(world, "cajero").get(folios, {"q": "sillas"}).json() == {"names": []}
    assert enter(world).get(reverse("field_names", args=["curp"])).status_code == 404


def test_many_units_are_typed_not_chosen_from_a_giant_list(world: World) -> None:
    for number in range(FEW):
        Unit.objects.create(institution=world.institution, key=f"u{number}", name=f"Unidad {number}")
    page = enter(world).get(reverse("start", args=START)).content.decode()
    assert 'data-suggest="/campos/nombres/unit/"' in page and '<select class="form-select" name="f-unidad"' not in page
    assert begin(enter(world), **f(cosa="x", unidad="unidad 7")).status_code == 302
    assert filled()["unidad"] == Unit.objects.get(key="u7").pk


def test_a_case_is_named_by_its_folio_if_one_may_see_it_and_it_is_of_that_procedure(world: World) -> None:
    seen, client = world.start(), enter(world)
    assert begin(client, **f(cosa="x", antes=seen.folio.lower())).status_code == 302
    assert filled()["antes"] == seen.folio
    other = Case.objects.exclude(pk=seen.pk).get()
    page = client.get(reverse("task", args=[world.task(other).pk])).content.decode()
    assert f'href="{reverse("case", args=[seen.folio])}"' in page
    assert "es de otro procedimiento" in begin(client, **f(cosa="x", antes=other.folio)).content.decode()
    hidden = begin(enter(world, "cajero"), **f(cosa="x", antes=seen.folio)).content.decode()
    assert "que usted pueda ver" in hidden
    assert "que usted pueda ver" in begin(client, **f(cosa="x", antes="AP/1999/1")).content.decode()


# --- Files ---------------------------------------------------------------------------------


def pdf(name: str = "oficio.pdf") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, PDF)


def test_a_file_already_sent_is_not_asked_again_after_another_fault(world: World) -> None:
    client = enter(world)
    answer = begin(client, **f(oficio=pdf()), **f(foto=SimpleUploadedFile("yo.png", PNG)))
    assert answer.status_code == 422
    oficio, foto = (StoredFile.objects.get(name=name) for name in ("oficio.pdf", "yo.png"))
    page = answer.content.decode()
    assert f'name="f-oficio" value="{oficio.pk}"' in page and "oficio.pdf</a>" in page
    assert f'<img class="thumbnail" src="{reverse("file", args=[foto.pk, "yo.png"])}"' in page
    assert client.get(reverse("file", args=[oficio.pk, oficio.name])).status_code == 200
    assert enter(world, "cajero").get(reverse("file", args=[oficio.pk, oficio.name])).status_code == 404
    as_browsers_do = f(cosa="x", oficio=[str(oficio.pk), ""], foto=[str(foto.pk), ""])
    assert begin(client, **as_browsers_do).status_code == 302
    oficio.refresh_from_db()
    assert oficio.owner_kind == "case" and filled()["oficio"] == str(oficio.pk)
    assert set(CaseDocument.objects.values_list("kind", "file_id")) == {("Oficio", oficio.pk), ("Foto", foto.pk)}


def test_the_files_of_a_task_are_the_cases_only_when_it_is_done(world: World) -> None:
    client = enter(world)
    begin(client, **f(cosa="x"))
    url = reverse("task", args=[world.task(Case.objects.get()).pk])
    cells = {"f-bienes.0.": "", "f-bienes.0.bien": "Silla", "f-bienes.0.foto": SimpleUploadedFile("s.png", PNG)}
    assert client.post(url, f(cosa="") | cells).status_code == 422
    stored = StoredFile.objects.get()
    assert stored.owner_kind == DRAFT_KIND and not CaseDocument.objects.exists()
    again = {"f-bienes.0.": "", "f-bienes.0.bien": "Silla", "f-bienes.0.foto": str(stored.pk)}
    assert client.post(url, f(cosa="x") | again).status_code == 302
    assert filled()["bienes"] == [{"bien": "Silla", "doble": "0.00", "foto": str(stored.pk)}]
    assert CaseDocument.objects.get().step == "1" and CaseDocument.objects.get().file_id == stored.pk


def test_a_file_that_is_not_what_it_says_is_told_at_its_field_and_nothing_is_opened(world: World) -> None:
    wrong = f(cosa="x", foto=SimpleUploadedFile("yo.png", PDF), oficio=SimpleUploadedFile("o.png", PNG))
    answer = begin(enter(world), **wrong)
    page = answer.content.decode()
    assert answer.status_code == 422 and not Case.objects.exists() and not StoredFile.objects.exists()
    assert "No corresponde" in page or "no corresponde" in page
    assert "solo se admiten archivos pdf" in page.lower() and 'value="x"' in page


def test_nobody_names_the_file_of_another(world: World) -> None:
    begin(enter(world, "cajero"), **f(oficio=pdf()))
    theirs = StoredFile.objects.get()
    assert "Adjunte el archivo otra vez." in begin(enter(world), **f(cosa="x", oficio=str(theirs.pk))).content.decode()


def test_a_file_can_be_taken_off(world: World) -> None:
    client = enter(world)
    begin(client, **f(oficio=pdf()))
    typed = f(cosa="x", oficio=str(StoredFile.objects.get().pk)) | {"f-oficio.quitar": "1"}
    assert begin(client, **typed).status_code == 302 and "oficio" not in filled()


def test_a_signature_is_a_name_and_may_be_drawn(world: World) -> None:
    client = enter(world)
    drawn = {"f-firma": "Irene Islas", "f-firma.trazo": SimpleUploadedFile("firma.png", PNG)}
    assert begin(client, **f(cosa="x"), **drawn).status_code == 302
    stored = StoredFile.objects.get()
    assert filled()["firma"] == {"nombre": "Irene Islas", "archivo": str(stored.pk)} and stored.owner_kind == "case"
    assert begin(client, **f(cosa="x", firma="Irene Islas")).status_code == 302 and filled()["firma"] == "Irene Islas"
    nameless = {"f-firma": "", "f-firma.trazo": SimpleUploadedFile("firma.png", PNG)}
    assert "Escriba también el nombre" in begin(client, **f(cosa="x"), **nameless).content.decode()


def test_a_draft_keeps_files_too(world: World) -> None:
    client = enter(world)
    begin(client, do="draft", **f(cosa="a medias", oficio=pdf()))
    assert Draft.objects.get().data["typed"]["oficio"] == str(StoredFile.objects.get().pk)
    assert "oficio.pdf</a>" in client.get(reverse("start", args=START)).content.decode()


# --- What applies ---------------------------------------------------------------------------


def test_the_page_learns_what_applies_and_what_is_worked_out_while_one_types(world: World) -> None:
    rows = {"f-bienes.4.": "", "f-bienes.4.precio": "1,500", "f-bienes.2.": "", "f-bienes.2.precio": "10"}
    typed = f(hay="true", rfc="GODE561231GR9") | rows
    answer = enter(world).post(reverse("start_draft", args=START), typed).json()
    assert answer["shown"] == {
        "f-mas": True, "f-otro": True, "f-bienes.4.caro": True, "f-bienes.2.caro": False,
    }  # fmt: skip
    assert answer["computed"] == {"f-bienes.4.doble": "3,000.00", "f-bienes.2.doble": "20.00", "f-total": "1,510.00"}
    assert "dígito verificador" in answer["warnings"]["f-rfc"]


def test_without_a_script_the_page_is_refreshed_and_nothing_is_lost(world: World) -> None:
    client = enter(world)
    first = client.get(reverse("start", args=START)).content.decode()
    assert 'id="f-mas-campo" data-show-if' in first and first.count("data-depends hidden") >= 2
    typed = f(hay="true", casa__colonia="Centro") | {"f-bienes.0.precio": "2000", "f-bienes.1.bien": "Mesa"}
    answer = begin(client, do="refresh", **typed)
    page = answer.content.decode()
    assert answer.status_code == 200 and not Case.objects.exists() and "Falta este dato" not in page
    mas = page.split('id="f-mas-campo"')[1].split(">")[0]
    assert "hidden" not in mas and 'value="Centro"' in page and "2,000.00" in page and "4,000.00" in page
    moved = begin(client, row="bienes:1:arriba", **typed).content.decode()
    assert moved.index('value="Mesa"') < moved.index('value="2,000.00"')
    assert 'value="Mesa"' not in begin(client, row="bienes:1:quitar", **typed).content.decode()


def test_rules_between_fields_are_told_at_the_field_or_on_top(world: World) -> None:
    assert 'href="#f-cosa"' in begin(enter(world), **f(cosa="nada")).content.decode()
    assert "<li>Así no puede ser.</li>" in begin(enter(world), **f(cosa="imposible")).content.decode()


def test_addresses_typed_before_help_with_the_next(world: World, settings: Any, tmp_path: Path) -> None:
    settings.MANUALS_DIR = tmp_path
    place = {"codigo_postal": "91700", "colonia": "Centro", "municipio": "Veracruz", "estado": "Veracruz"}
    client = enter(world)
    begin(client, **f(cosa="x"), **{f"f-casa.{part}": text for part, text in place.items()})
    ask = reverse("field_places")
    assert client.get(ask, {"cp": "91700"}).json() == {"places": [place]}
    assert client.get(ask, {"colonia": "CENTRO"}).json() == {"places": [place]}
    (tmp_path / "prueba").mkdir()
    lines = [
        "codigo_postal,colonia,municipio,estado",
        "72000,Centro,Puebla,Puebla",
        "72000,El Carmen,Puebla,Puebla",
        "x,y",
    ]
    (tmp_path / "prueba" / "colonias.csv").write_text("\n".join(lines), "utf-8")
    found = client.get(ask, {"cp": "72000"}).json()["places"]
    assert [one["colonia"] for one in found] == ["Centro", "El Carmen"]
    assert client.get(ask, {"cp": "91700"}).json() == {"places": []}


# --- Spreadsheets ---------------------------------------------------------------------------


def book_of(client: Client, url: str) -> Any:
    answer = client.get(url)
    assert answer.status_code == 200 and "spreadsheetml" in answer["Content-Type"]
    return load_workbook(BytesIO(answer.content))


def sent(book: Any) -> SimpleUploadedFile:
    file = BytesIO()
    book.save(file)
    return SimpleUploadedFile("de-todo.xlsx", file.getvalue())


def cell_of(sheet: Any, key: str) -> Any:
    return next(row[2] for row in sheet.iter_rows() if row[0].value == key)


def test_a_start_is_filled_in_a_spreadsheet(world: World) -> None:
    client, boss = enter(world), world.people["jefe"]
    begin(client, do="draft", **f(cosa="sillas", quien=boss.email))
    book = book_of(client, reverse("start_book", args=START))
    assert cell_of(book["Datos"], "cosa").value == "sillas"
    assert cell_of(book["Datos"], "quien").value == f"{boss.full_name} ({boss.email})"
    cell_of(book["Datos"], "unidad").value = "Caja (Presidencia)"
    book["Bienes"]["B7"], book["Bienes"]["C7"] = "Mesa", 12.5
    answer = begin(client, do="sheet", hoja=sent(book), **f(oficio=pdf()))
    page = answer.content.decode()
    assert answer.status_code == 200 and "de la hoja" in page and not Case.objects.exists()
    typed = Draft.objects.get().data["typed"]
    assert typed["bienes"][0]["bien"] == "Mesa" and typed["oficio"] == str(StoredFile.objects.get().pk)
    assert 'value="Mesa"' in page and 'value="12.50"' in page


def test_faults_of_a_spreadsheet_are_told_by_cell_and_the_rest_is_kept(world: World) -> None:
    client = enter(world)
    begin(client, **f(cosa="x"))
    url = reverse("task", args=[world.task(Case.objects.get()).pk])
    book = book_of(client, url + "hoja.xlsx")
    cell_of(book["Datos"], "cosa").value = None
    cell_of(book["Datos"], "quien").value = "Nadie Nunca"
    book["Bienes"]["B7"], book["Bienes"]["C7"], book["Bienes"]["B8"] = "Mesa", "cara", "Silla"
    answer = client.post(url, {"do": "sheet", "hoja": sent(book), "reason": "porque sí"})
    page = answer.content.decode()
    assert answer.status_code == 422
    for told in ("Datos!C4: Falta este dato.", "Datos!C5: No se encontró", "Bienes!C7: Escriba un número"):
        assert told in page
    assert 'value="Silla"' in page and Draft.objects.get().data["reason"] == "porque sí"
    back = client.get(url).content.decode()
    assert 'value="Silla"' in back and 'value="cara"' in back, "the rest is mended on the page"


def test_what_is_no_spreadsheet_is_refused_and_nothing_is_lost(world: World) -> None:
    answer = begin(enter(world), do="sheet", hoja=pdf("x.xlsx"), **f(cosa="sillas"))
    page = answer.content.decode()
    assert answer.status_code == 422 and "no es una hoja de cálculo" in page and 'value="sillas"' in page
    assert "Elija primero" in begin(enter(world), do="sheet", **f(cosa="sillas")).content.decode()


def test_a_table_comes_as_csv_with_names_and_harmless(world: World) -> None:
    client, boss = enter(world), world.people["jefe"]
    typed = {"f-bienes.0.bien": "=1+1", "f-bienes.0.precio": "5", "f-bienes.0.resguarda": boss.email}
    begin(client, do="draft", **f(cosa="x"), **typed)
    answer = client.get(reverse("start_table", args=[*START, "bienes"]))
    lines = b"".join(answer).decode("utf-8-sig").splitlines()
    assert lines[0].startswith("Bien,Precio") and lines[1].startswith("'=1+1,$5.00") and boss.full_name in lines[1]
    assert client.get(reverse("start_table", args=[*START, "cosa"])).status_code == 404


def test_the_spreadsheet_of_a_task_is_for_who_does_it(world: World) -> None:
    begin(enter(world), **f(cosa="x"))
    url = reverse("task_book", args=[world.task(Case.objects.get()).pk])
    assert enter(world, "jefe").get(url).status_code == 404 and enter(world, "cajero").get(url).status_code == 404


# --- Speed ----------------------------------------------------------------------------------

KINDS = ["texto", "persona", "unidad", "puesto", "referencia", "fecha", "dinero", "domicilio", "archivo", "correo"]


def long_format() -> str:
    fields = "".join(
        f"      - {{clave: c{n}, etiqueta: Campo {n}, tipo: {KINDS[n % len(KINDS)]}"
        + (", visible_si: \"c0 == 'x'\"}\n" if n % 7 == 6 else "}\n")
        for n in range(60)
    )
    return f"nombre: Largo\nsecciones:\n  - titulo: Datos\n    campos:\n{fields}"


def test_a_format_of_sixty_fields_opens_in_fewer_than_ten_queries() -> None:
    steps = STEPS.replace("PR-8", "PR-9").replace("de-todo", "largo")
    world = make_world({"pasos": PLAIN, "largo": steps}, **{"formatos__largo.yaml": long_format()})
    client, boss, before = enter(world), world.people["jefe"], world.start()
    typed: dict[str, Any] = {f"f-c{n}": str(boss.pk) for n in range(1, 60, 10)}
    typed |= {f"f-c{n}": before.folio for n in range(4, 60, 10)}
    typed |= {f"f-c{n}": pdf(f"{n}.pdf") for n in range(8, 60, 10)} | {"f-c0": "x"}
    start = reverse("start", args=["prueba", "largo"])
    assert client.post(start, typed | {"do": "draft"}).status_code == 302
    with CaptureQueriesContext(connection) as asked:
        page = client.get(start)
    sheet = [q["sql"] for q in asked.captured_queries]
    assert page.status_code == 200 and page.content.decode().count('id="f-c') >= 60
    assert len(sheet) < 10, "\n".join(sheet)


def test_the_sheet_itself_adds_one_query_to_the_page_of_a_task() -> None:
    """Whatever it names: the rest of the page is the same with a format of one field."""
    sources = {"formatos__largo.yaml": long_format(), "formatos__corto.yaml": SHORT}
    steps = {key: STEPS.replace("de-todo", key).replace("PR-8", f"PR-{key}") for key in ("largo", "corto")}
    world = make_world(steps, **sources)
    client, boss, counted = enter(world), world.people["jefe"], {}
    typed = {f"f-c{n}": str(boss.pk) for n in range(1, 60, 10)} | {f"f-c{n}": pdf(f"{n}.pdf") for n in range(8, 60, 10)}
    for key in ("corto", "largo"):
        client.post(reverse("start", args=["prueba", key]), {"f-c0": "x"})
        url = reverse("task", args=[world.task(Case.objects.get(procedure__key=key)).pk])
        client.post(url, typed | {"do": "draft", "f-c0": "x"})
        client.get(url)
        with CaptureQueriesContext(connection) as asked:
            assert client.get(url).status_code == 200
        counted[key] = len(asked.captured_queries)
    assert counted["largo"] == counted["corto"] + 1, counted


SHORT = """
nombre: Corto
campos:
  - {clave: c0, etiqueta: Campo, tipo: texto}
"""


# --- Prefilling ---------------------------------------------------------------------------------

KNOWN = """
nombre: Lo sabido
campos:
  - {clave: quien, etiqueta: Quién, tipo: texto, precarga: solicitante.nombre}
  - {clave: puesto, etiqueta: Puesto, tipo: puesto, precarga: solicitante.puesto}
  - {clave: yo, etiqueta: Yo, tipo: persona, precarga: persona.correo}
  - {clave: folio, etiqueta: Folio, tipo: referencia, precarga: caso.folio}
  - {clave: estado, etiqueta: Estado, tipo: texto, precarga: caso.estado}
  - {clave: casa, etiqueta: Domicilio, tipo: domicilio, precarga: de-todo.casa}
  - clave: cosas
    etiqueta: Cosas
    tipo: tabla
    precarga: de-todo.bienes
    columnas:
      - {clave: bien, etiqueta: Bien, tipo: texto}
      - {clave: precio, etiqueta: Precio, tipo: dinero, maximo: 100}
"""


def test_a_sheet_begins_with_the_case_the_person_and_what_was_answered_before() -> None:
    steps = STEPS.replace("actividad: Revisa, captura: de-todo", "actividad: Revisa, captura: sabido")
    world = make_world(
        {"pasos": PLAIN, "todo": steps}, **{"formatos__de-todo.yaml": EVERYTHING, "formatos__sabido.yaml": KNOWN}
    )
    rows = {"f-bienes.0.bien": "Mesa", "f-bienes.0.precio": "50", "f-bienes.1.bien": "Yate", "f-bienes.1.precio": "900"}
    begin(enter(world, "cajero"), **f(cosa="x", casa__calle="Zaragoza", casa__codigo_postal="91700"), **rows)
    case = Case.objects.get()
    url = reverse("task", args=[world.task(case).pk])
    client, me = enter(world), world.people["secretaria"]
    page = client.get(url).content.decode()
    for shown in (
        f'value="{world.people["cajero"].full_name}"',
        f'<option value="{Position.objects.get(key="cajero").pk}" selected>',
        f'value="{me.full_name} ({me.email})"',
        f'value="{case.folio}"',
        'value="Zaragoza"',
        'value="91700"',
        'value="Mesa"',
    ):
        assert shown in page, shown
    assert 'value="Yate"' not in page, "a row that does not fit is left out"
