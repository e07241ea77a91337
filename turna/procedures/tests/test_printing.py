"""The manual as files: every activity stands in each of them, and the pages that hand them out ask for the right."""

from __future__ import annotations

import io
import re
import zipfile
from dataclasses import replace
from datetime import UTC, datetime
from html import unescape
from pathlib import Path

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.test import Client
from django.urls import reverse
from docx import Document
from pypdf import PdfReader

from turna.engine.book import Form, Picture, Section, book_of
from turna.engine.definitions import Pack
from turna.engine.reading import read_files, read_pack_sources
from turna.procedures.models import Filing
from turna.procedures.printing.exporting import WRITERS, format_file, manual_file, procedure_file
from turna.procedures.tests.factories import TEN_STEPS, install, make_world, pack_sources

AT = datetime(2026, 11, 20, 18, tzinfo=UTC)
PACKS = sorted(p.parent for p in (Path(__file__).parents[3] / "manuales").glob("*/institucion.yaml"))
NAMES = [p.name for p in PACKS]


def pack_of(folder: Path) -> Pack:
    pack = read_files(folder).pack
    assert pack is not None
    return pack


@pytest.fixture(scope="module")
def veracruz() -> Pack:
    return pack_of(next(p for p in PACKS if p.name == "veracruz-dmiga"))


def squeezed(text: str) -> str:
    """Without blanks, hyphens and what Markdown escapes: lines break where they like."""
    return re.sub(r"[\s\u00ad\u200b\\-]+", "", text)


def pdf_text(data: bytes) -> str:
    return "".join(page.extract_text() for page in PdfReader(io.BytesIO(data)).pages)


def docx_text(data: bytes) -> str:
    body = Document(io.BytesIO(data)).element.body
    return "".join(node.text or "" for node in body.iter() if node.tag.endswith("}t"))


READ = {
    "pdf": pdf_text,
    "docx": docx_text,
    "html": lambda data: unescape(re.sub(r"<[^>]+>", "", data.decode())),
    "md": lambda data: unescape(data.decode()),
}


def only_texts(section: Section) -> Section:
    """Without drawings and forms, which take long to read back."""
    blocks = tuple(b for b in section.blocks if not isinstance(b, Picture | Form))
    return replace(section, blocks=blocks, parts=tuple(only_texts(p) for p in section.parts))


@pytest.mark.parametrize("kind", list(READ))
@pytest.mark.parametrize("folder", PACKS, ids=NAMES)
def test_every_activity_of_every_manual_stands_in_the_file(folder: Path, kind: str) -> None:
    pack = pack_of(folder)
    book = book_of(pack, {})
    book = replace(book, sections=tuple(only_texts(s) for s in book.sections))
    text = squeezed(READ[kind](WRITERS[kind](book, AT)))
    for procedure in pack.procedures.values():
        for activity in procedure.activities:
            assert squeezed(activity.text.rstrip(".")) in text, (procedure.key, activity.step)
            assert activity.question is None or squeezed(activity.question) in text, (procedure.key, activity.step)


def test_the_pdf_has_an_index_bookmarks_a_title_and_a_language(veracruz: Pack) -> None:
    reader = PdfReader(io.BytesIO(manual_file(veracruz, "pdf", AT)))
    assert reader.metadata is not None and reader.metadata.title == veracruz.manual["titulo"]
    assert str(reader.root_object["/Lang"]).startswith("es")
    assert "/StructTreeRoot" in reader.root_object
    titles = [item.title for item in reader.outline if not isinstance(item, list)]
    assert "I. Introducción" in titles and "VII. Procedimientos" in titles
    index = reader.pages[1].extract_text()
    assert "Índice" in index and "Elaboración y trámite de orden de pago" in index
    last = len(reader.pages)
    assert f"Página {last} de {last}" in " ".join(reader.pages[-1].extract_text().split())


def test_the_same_manual_gives_the_same_bytes(veracruz: Pack) -> None:
    assert manual_file(veracruz, "pdf", AT) == manual_file(veracruz, "pdf", AT)


def test_word_has_headings_repeated_header_rows_an_index_and_drawings_with_words(veracruz: Pack) -> None:
    data = procedure_file(veracruz, veracruz.procedures["orden-de-pago"], "docx", AT)
    document = Document(io.BytesIO(data))
    styles = [p.style.name for p in document.paragraphs if p.style is not None and p.text]
    assert "Heading 1" in styles and "Heading 2" in styles
    xml = zipfile.ZipFile(io.BytesIO(data)).read("word/document.xml").decode()
    assert xml.count("w:tblHeader") >= 2 and "w:vMerge" in xml
    words = re.findall(r'<wp:docPr [^>]*descr="([^"]+)"', xml)
    assert words and all("Actividad" in w for w in words)
    whole = manual_file(veracruz, "docx", AT)
    assert "TOC \\o" in zipfile.ZipFile(io.BytesIO(whole)).read("word/document.xml").decode()


def test_the_page_fetches_nothing_and_runs_nothing(veracruz: Pack) -> None:
    page = manual_file(veracruz, "html", AT).decode()
    assert "<script" not in page and "http-equiv" not in page
    assert not re.search(r'(?:src|href)="(?!#)', page)
    ids = re.findall(r' id="([^"]+)"', page)
    assert len(ids) == len(set(ids))
    assert page.count("<h1") == 1 and '<html lang="es' in page


def test_names_that_are_markup_are_only_names() -> None:
    sources = pack_sources({"pasos": TEN_STEPS.replace("Archiva", "'Archiva <b>todo</b> | *ya* #set page'")})
    pack, _findings = read_pack_sources("prueba", sources)
    assert pack is not None
    assert "Archiva &lt;b&gt;todo&lt;/b&gt;" in manual_file(pack, "html", AT).decode()
    assert "Archiva &lt;b>todo&lt;/b> \\| \\*ya\\*" in manual_file(pack, "md", AT).decode()
    assert squeezed("Archiva <b>todo</b> | *ya* #set page") in squeezed(pdf_text(manual_file(pack, "pdf", AT)))


def test_a_format_is_printed_blank_and_filled(veracruz: Pack) -> None:
    form = veracruz.formats["orden-de-pago"]
    blank = squeezed(pdf_text(format_file(veracruz, form, AT)))
    for field in form.fields:
        assert squeezed(field.label) in blank, field.key
    assert all(squeezed(place) in blank for place in form.signatures)
    values = {"proveedor": "Ejemplo, S.A. de C.V.", "importe": "1234.50"}
    filled = pdf_text(format_file(veracruz, form, AT, values=values, number="OP/7", folio="DMIGA/2026/00007"))
    for text in ("Ejemplo, S.A. de C.V.", "$1,234.50", "OP/7", "DMIGA/2026/00007"):
        assert squeezed(text) in squeezed(filled), text


# --- Commands and pages ----------------------------------------------------------------


@pytest.mark.django_db
def test_commands_write_files_and_say_what_is_not_there(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    call_command("manual", "export", "veracruz-dmiga", "--format", "md", "--out", str(tmp_path / "m.md"))
    assert "Orden de pago" in (tmp_path / "m.md").read_text(encoding="utf-8")
    call_command("manual", "format", "veracruz-dmiga/orden-de-pago", "--out", str(tmp_path / "f.pdf"))
    call_command(
        "procedure", "export", "veracruz-dmiga/orden-de-pago", "--format", "pdf", "--out", str(tmp_path / "p.pdf")
    )
    assert all((tmp_path / name).read_bytes().startswith(b"%PDF-") for name in ("f.pdf", "p.pdf"))
    for wrong in (("export", "veracruz"), ("format", "veracruz-dmiga/orden-de-pag"), ("format", "orden")):
        with pytest.raises(CommandError) as told:
            call_command("manual", *wrong)
        assert "»" in str(told.value)


@pytest.mark.django_db
def test_an_installed_manual_is_downloaded_and_tells_its_editions(client: Client) -> None:
    make_world()
    address = reverse("manual_download", args=["prueba", "pdf"])
    first = client.get(address)
    assert first["Content-Type"] == "application/pdf" and first.content.startswith(b"%PDF-")
    install(pack_sources({"pasos": TEN_STEPS.replace("Archiva", "Guarda")}), note="Se guarda, no se archiva")
    text = squeezed(pdf_text(client.get(address).content))
    assert squeezed("Guarda.") in text and squeezed("Edición 2") in text
    assert squeezed("Se guarda, no se archiva") in text
    assert client.get(reverse("format_blank", args=["prueba", "otro"])).status_code == 404


@pytest.mark.django_db
def test_a_filled_sheet_says_what_was_filled_to_those_of_the_case_only(client: Client) -> None:
    world = make_world()
    case = world.start(typed={"cosa": "sillas azules", "importe": "1200"})
    filing = Filing.objects.get(case=case)
    address = reverse("filing_sheet", args=[case.folio, filing.pk])
    client.force_login(world.people["secretaria"])
    assert address in client.get(reverse("case", args=[case.folio])).content.decode()
    response = client.get(address)
    assert "sillasazules" in squeezed(pdf_text(response.content)) and "no-store" in response["Cache-Control"]
    other = world.start(typed={"cosa": "mesas"})
    assert client.get(reverse("filing_sheet", args=[other.folio, filing.pk])).status_code == 404
    client.force_login(world.people["cajero"])
    assert client.get(address).status_code == 404
