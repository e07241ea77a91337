"""PDFs: the same bytes for the same data, nothing from disk or network, clear words when a template is wrong."""

from __future__ import annotations

import io
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from hashlib import sha256

import pytest
from pypdf import PdfReader

from turna.core.documents import Attachment, new_code, qr_svg, read_code, render, shown_code
from turna.core.refusals import Refused

AT = datetime(2026, 11, 20, 18, 0, tzinfo=UTC)
DATA = {
    "institucion": {"nombre": "Ayuntamiento de Prueba", "siglas": "AP"},
    "caso": {"folio": "AP/2026/00001"},
    "documento": {"titulo": "Constancia", "numero": "C/1", "fecha_larga": "20 de noviembre de 2026"},
    "datos": {"solicitud": {"cosa": "sillas"}},
    "codigo": "7K3M-9PXT-2WQF",
    "verificacion": "https://turna.mx/verificar/7K3M-9PXT-2WQF/",
}
SHEET = b'#import "turna.typ": *\n#show: documento\nSe entregan #campo("solicitud", "cosa").\n#qr("AP-0001")\n'

SCRIPT = f"""
import os, sys
os.environ["DJANGO_SETTINGS_MODULE"] = "turna.config.settings"
import django
django.setup()
from datetime import UTC, datetime
from hashlib import sha256
from turna.core.documents import render
def make():
    return render("hoja.typ", {{"hoja.typ": {SHEET!r}}}, {DATA!r}, at=datetime(2026, 11, 20, 18, 0, tzinfo=UTC))
"""


def make(text: bytes = SHEET, **more: object) -> bytes:
    files = {"hoja.typ": text}
    return render("hoja.typ", files, {**DATA, **more}, at=AT)


def read(pdf: bytes) -> PdfReader:
    return PdfReader(io.BytesIO(pdf))


def elsewhere(code: str) -> subprocess.CompletedProcess[str]:
    """Runs the code after SCRIPT in a process of its own."""
    environment = {**os.environ, "TURNA_MODE": "test"}
    command = [sys.executable, "-c", SCRIPT + code]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, env=environment)


def test_another_process_makes_the_same_bytes() -> None:
    told = elsewhere("print(sha256(make()).hexdigest())")
    assert told.stdout.strip() == sha256(make()).hexdigest(), told.stderr


def test_threads_make_the_same_bytes_at_once() -> None:
    with ThreadPoolExecutor(8) as pool:
        assert len(set(pool.map(lambda _n: make(), range(24)))) == 1


def test_other_data_or_another_moment_make_other_bytes() -> None:
    later = render("hoja.typ", {"hoja.typ": SHEET}, DATA, at=datetime(2026, 11, 21, tzinfo=UTC))
    assert len({make(), make(datos={"solicitud": {"cosa": "mesas"}}), later}) == 3


def test_a_forked_process_is_told_instead_of_waiting_for_ever() -> None:
    told = elsewhere(
        """
make()
child = os.fork()
if child == 0:
    try:
        make()
    except RuntimeError as error:
        print(error, flush=True)
        os._exit(7)
    os._exit(0)
print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
"""
    )
    assert "forked from one that had rendered" in told.stdout and told.stdout.split()[-1] == "7", told.stderr


def test_a_process_may_fork_before_it_renders() -> None:
    told = elsewhere(
        """
child = os.fork()
if child == 0:
    os._exit(0 if make().startswith(b"%PDF") else 1)
print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), len(make()) > 1000)
"""
    )
    assert told.stdout.split() == ["0", "True"], told.stderr


def test_a_document_says_what_it_is_and_where_to_check_it() -> None:
    pdf = read(make())
    assert pdf.metadata is not None and pdf.metadata.title == "Constancia C/1"
    assert pdf.trailer["/Root"]["/Lang"] == "es-MX"
    words = pdf.pages[0].extract_text()
    for told in ("Se entregan sillas.", "7K3M-9PXT-2WQF", "turna.mx/verificar", "Página 1 de 1", "AP/2026/00001"):
        assert told in words
    links = [a.get_object()["/A"]["/URI"] for a in pdf.pages[0]["/Annots"]]
    assert links == [DATA["verificacion"]]


def test_a_document_without_a_code_promises_no_verification() -> None:
    words = read(make(codigo="", verificacion="")).pages[0].extract_text()
    assert "verificar" not in words and "Código" not in words


def test_a_bare_template_still_has_title_and_language() -> None:
    pdf = read(make(b"= Hola"))
    assert pdf.metadata is not None and pdf.metadata.title == "Constancia"
    assert pdf.trailer["/Root"]["/Lang"] == "es-MX"


def test_files_travel_inside() -> None:
    invoice = Attachment("factura.xml", b"<cfdi/>", "application/xml", "La factura")
    pdf = read(render("hoja.typ", {"hoja.typ": SHEET}, DATA, at=AT, attachments=[invoice]))
    assert dict(pdf.attachments) == {"factura.xml": [b"<cfdi/>"]}


def test_a_long_table_repeats_its_heading_and_loses_no_row() -> None:
    rows = [{"n": f"R{n:03}", "que": "Equipo de cómputo de escritorio"} for n in range(300)]
    sheet = (
        b'#import "turna.typ": *\n#show: documento\n#tabla(renglones("f", "t"), (("n", "Clave"), ("que", "Bien", 1fr)))'
    )
    pages = [page.extract_text() for page in read(make(sheet, crudo={"f": {"t": rows}})).pages]
    assert len(pages) > 5
    assert all("Clave" in page and f"de {len(pages)}" in page for page in pages)
    assert [f"R{n:03}" for n in range(300) if not any(f"R{n:03}" in page for page in pages)] == []


def test_an_empty_table_says_so() -> None:
    sheet = b'#import "turna.typ": *\n#show: documento\n#tabla((), (("n", "Clave"),))'
    assert "Sin registros." in read(make(sheet)).pages[0].extract_text()


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (b"= Hola\n\n#let", "hoja.typ, renglón 3"),
        (b'#import "turna.typ": *\n\n\n#pesos(a)', "hoja.typ, renglón 4"),
        (b'#import "@preview/cetz:0.3.1": *', "paquete de la red"),
        (b'#import ("@" + "preview/cetz:0.3.1"): *', "paquete de la red"),
        (b'#read("/../rendering.py")', "hoja.typ, renglón 1"),
        (b'#read("/etc/passwd")', "hoja.typ, renglón 1"),
        (b'#image("logo.svg", alt: "x")', "hoja.typ, renglón 1"),
    ],
)
def test_what_a_template_gets_wrong_is_told_with_its_line(text: bytes, told: str) -> None:
    with pytest.raises(Refused) as refused:
        make(text)
    assert refused.value.code == "not_allowed" and told in refused.value.message


def test_a_template_that_is_not_there_is_told() -> None:
    with pytest.raises(Refused, match="el manual no la trae"):
        render("otra.typ", {}, DATA, at=AT)


def test_a_logo_of_the_manual_stands_in_the_letterhead() -> None:
    logo = b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"><circle cx="4" cy="4" r="4"/></svg>'
    with_logo = render("hoja.typ", {"hoja.typ": SHEET, "logo.svg": logo}, DATA, at=AT)
    assert len(with_logo) > len(make())


def test_codes_are_read_however_people_type_them() -> None:
    codes = {new_code() for _ in range(200)}
    assert len(codes) == 200
    assert all(read_code(shown_code(code).lower()) == code for code in codes)
    assert read_code(" 7k3m 9pxt-2wqf ") == read_code("7K3M-9PXT-2WQF") == "7K3M9PXT2WQF"
    assert read_code("OIL0-0000-0000") == "011000000000"
    assert [read_code(typed) for typed in ("", "7K3M", "7K3M-9PXT-2WQU", "7K3M-9PXT-2WQF-1")] == [None] * 4


def test_a_qr_code_is_always_the_same_picture() -> None:
    qr_svg.cache_clear()
    first = qr_svg("AP-0001")
    qr_svg.cache_clear()
    assert qr_svg("AP-0001") == first and first.startswith("<svg")
