"""The manual as a structure: nothing of a pack is left out, and it says things as manuals say them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from turna.engine.book import Approvals, Book, Facts, Form, Items, Picture, Section, Table, Text, book_of, leaflet_of
from turna.engine.book.chart import tree
from turna.engine.book.forms import form_sheet
from turna.engine.book.making import MANY, roman
from turna.engine.definitions import FormatDef, Pack
from turna.engine.reading import read_files

PARTS = {
    "period": (("desde", "Desde"), ("hasta", "Hasta")),
    "address": (("calle", "Calle y número"), ("colonia", "Colonia"), ("cp", "Código postal")),
}
PACKS = sorted(p.parent for p in (Path(__file__).parents[3] / "manuales").glob("*/institucion.yaml"))


def pack_of(folder: Path) -> Pack:
    pack = read_files(folder).pack
    assert pack is not None
    return pack


@pytest.fixture(scope="module")
def veracruz() -> Pack:
    return pack_of(next(p for p in PACKS if p.name == "veracruz-dmiga"))


@pytest.fixture(scope="module")
def book(veracruz: Pack) -> Book:
    return book_of(veracruz, PARTS)


def section(book: Book, anchor: str) -> Section:
    return next(s for s in book.walk() if s.anchor == anchor)


SAID: dict[type, Callable[[Any], Iterable[str]]] = {
    Text: lambda block: block.paragraphs,
    Items: lambda block: block.items,
    Facts: lambda block: (word for label, lines in block.rows for word in (label, *lines)),
    Table: lambda block: (line for row in block.rows for cell in row for line in cell.lines),
    Picture: lambda block: (block.caption, block.told),
    Form: lambda block: (box.label for _t, _h, boxes in block.sheet.sections for box in boxes),
    Approvals: lambda block: (word for row in block.rows for word in row),
}


def words(book: Book) -> str:
    """Everything the book says, in one line."""
    said = [book.title, book.institution]
    for part in book.walk():
        said += [part.title, *(word for block in part.blocks for word in SAID[type(block)](block))]
    return " ".join(" ".join(said).split())


@pytest.mark.parametrize("folder", PACKS, ids=lambda p: p.name)
def test_nothing_of_a_pack_is_left_out(folder: Path) -> None:
    pack = pack_of(folder)
    told = words(book_of(pack, PARTS))
    for procedure in pack.procedures.values():
        assert procedure.name in told and procedure.code in told
        for activity in procedure.activities:
            assert " ".join(activity.text.rstrip(".").split()) in told, (procedure.key, activity.step)
            assert activity.question is None or " ".join(activity.question.split()) in told
    used = {a.form for p in pack.procedures.values() for a in p.activities} | {
        p.start.form for p in pack.procedures.values()
    }
    for key in used & set(pack.formats):
        for field in pack.formats[str(key)].fields:
            assert " ".join(field.label.split()) in told, (key, field.key)
    for unit in pack.institution.units:
        assert unit.name in told


@pytest.mark.parametrize("folder", PACKS, ids=lambda p: p.name)
def test_addresses_inside_the_manual_are_told_apart(folder: Path) -> None:
    book = book_of(pack_of(folder), PARTS)
    anchors = [s.anchor for s in book.walk()]
    pictures = [b.key for s in book.walk() for b in s.blocks if isinstance(b, Picture)]
    assert len(set(anchors)) == len(anchors) and len(set(pictures)) == len(pictures)


def test_chapters_stand_in_the_order_of_the_printed_manual(book: Book) -> None:
    assert [s.title for s in book.sections] == [
        "I. Introducción",
        "II. Objetivo",
        "III. Alcance",
        "IV. Definiciones",
        "V. Marco jurídico",
        "VI. Políticas",
        "VII. Procedimientos",
        "VIII. Organigrama",
        "IX. Control de cambios",
        "X. Firmas de autorización",
    ]
    titles = [s.title for s in book.sections[6].parts]
    assert titles[0].startswith("1. ") and titles[9].startswith("10. ") and len(titles) == 11


def test_questions_are_written_as_manuals_write_them(book: Book) -> None:
    table = section(book, "orden-de-pago-actividades").blocks[0]
    assert isinstance(table, Table)
    row = next(row for row in table.rows if row[1].lines == ("4",))
    assert (
        "¿La Subdirección de Adquisiciones la valida? Sí: continúa en la actividad 5. No: continúa en la actividad 3."
        in row[2].lines
    )
    last = table.rows[-1]
    assert "Termina el procedimiento." in last[2].lines


def test_the_rows_of_one_responsable_share_a_cell(book: Book) -> None:
    table = section(book, "orden-de-pago-actividades").blocks[0]
    assert isinstance(table, Table)
    spans = [row[0].span for row in table.rows]
    assert sum(spans) == len(table.rows) == 13
    at = 0
    for span in [s for s in spans if s]:
        names = {row[0].lines for row in table.rows[at : at + span]}
        assert len(names) == 1 and spans[at] == span and not any(spans[at + 1 : at + span])
        at += span


def test_a_manual_of_many_areas_has_a_chapter_for_each(veracruz: Pack) -> None:
    copies = {}
    units = [u.key for u in veracruz.institution.units][:3]
    for number in range(MANY):
        one = list(veracruz.procedures.values())[number % 11]
        copies[f"copia-{number}"] = replace(one, key=f"copia-{number}", code=f"PR-{number}", unit=units[number % 3])
    titles = [s.title for s in book_of(replace(veracruz, procedures=copies), PARTS).sections]
    names = [u.name for u in veracruz.institution.units[:3]]
    assert titles[:2] == ["I. Introducción", "II. Presentación de los procedimientos"]
    assert titles[2:5] == [f"{number}. {name}" for number, name in zip(("III", "IV", "V"), names, strict=True)]
    assert titles[5] == "VI. Glosario de términos"


def test_one_procedure_alone_brings_its_own_formats(veracruz: Pack) -> None:
    procedure = veracruz.procedures["orden-de-pago"]
    leaflet = leaflet_of(veracruz, procedure, PARTS)
    assert not leaflet.cover and len(leaflet.sections) == 1
    forms = [b.sheet.key for s in leaflet.walk() for b in s.blocks if isinstance(b, Form)]
    assert {"factura", "orden-de-pago"} <= set(forms) and len(set(forms)) == len(forms)


def test_drawings_say_the_same_in_words(book: Book) -> None:
    pictures = [b for s in book.walk() for b in s.blocks if isinstance(b, Picture)]
    assert all(len(p.told) > 60 and p.caption for p in pictures)
    first = section(book, "orden-de-pago-diagrama").blocks
    assert [b.caption.rpartition(", ")[2] for b in first if isinstance(b, Picture)] == [
        f"hoja {n} de {len(first)}" for n in range(1, len(first) + 1)
    ]


def test_a_blank_sheet_has_room_for_everything_and_a_filled_one_says_it(veracruz: Pack) -> None:
    form: FormatDef = veracruz.formats["orden-de-pago"]
    blank = form_sheet(form, PARTS)
    labels = [box.label for _t, _h, boxes in blank.sections for box in boxes]
    assert labels == [f.label for f in form.fields]
    table = next(box for _t, _h, boxes in blank.sections for box in boxes if box.kind == "table")
    assert len(table.rows) >= 4 and not any(any(row) for row in table.rows)
    values = {
        "proveedor": "Ejemplo, S.A.",
        "importe": "1234.50",
        "partidas": [{"partida": "31401", "importe": "10.00"}],
    }
    filled = form_sheet(form, PARTS, values, number="OP/1")
    boxes = {box.label: box for _t, _h, some in filled.sections for box in some}
    assert boxes["Proveedor"].text == "Ejemplo, S.A." and boxes["Importe por pagar"].text == "$1,234.50"
    assert boxes["Partidas"].rows == (("31401", "", "", "$10.00"),)
    assert "¿Esa partida es de ampliación automática?" not in boxes  # its condition did not hold: it was not asked
    assert filled.filled and not any(box.required for box in boxes.values())


def test_units_stand_below_the_one_they_belong_to(veracruz: Pack) -> None:
    placed = [(unit.key, depth) for unit, depth in tree(veracruz.institution.units)]
    assert placed[0] == ("cabildo", 0) and len(placed) == len(veracruz.institution.units)
    assert dict(placed)["desarrollo-aplicaciones"] == dict(placed)["subdireccion-tecnologias"] + 1


def test_chapters_are_numbered_as_romans_did() -> None:
    assert [roman(n) for n in (1, 4, 9, 14, 39)] == ["I", "IV", "IX", "XIV", "XXXIX"]
