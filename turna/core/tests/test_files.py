"""Files: what is taken in and what is not, what stays behind, and who gets them out again."""

from __future__ import annotations

import os
import zipfile
from datetime import timedelta
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from threading import Barrier, Thread

import pytest
from django.db import connection

from turna.core.calendar import now
from turna.core.files import (
    FileRefused,
    clean_name,
    open_file,
    path_of,
    store,
    sweep_orphans,
)
from turna.core.models import Blob, Institution, StoredFile
from turna.core.tests.clamd_stub import EICAR, clamd

PDF = b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\n%%EOF\n"
PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 60
JPEG = b"\xff\xd8\xff\xe0\x00\x10JFIF" + b"\0" * 60
WEBP = b"RIFF\x24\x00\x00\x00WEBPVP8 " + b"\0" * 40
HEIC = b"\x00\x00\x00\x18ftypheic" + b"\0" * 60
GIF = b"GIF89a" + b"\0" * 40
TIFF = b"II*\0" + b"\0" * 600
MP4 = b"\0\0\0\x20ftypisom" + b"\0" * 600
OLD_WORD = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600


def zipped(entries: dict[str, bytes]) -> bytes:
    out = BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, data in entries.items():
            archive.writestr(name, data)
    return out.getvalue()


DOCX = zipped({"[Content_Types].xml": b"<a/>", "word/document.xml": b"<a/>"})
DOCM = zipped({"[Content_Types].xml": b"<a/>", "word/document.xml": b"<a/>", "word/vbaProject.bin": b"x"})
XLSX = zipped({"[Content_Types].xml": b"<a/>", "xl/workbook.xml": b"<a/>"})
ODT = zipped({"mimetype": b"application/vnd.oasis.opendocument.text", "content.xml": b"<a/>"})
CFDI = b'<?xml version="1.0" encoding="UTF-8"?>\n<cfdi:Comprobante Total="1.00"/>'


@pytest.fixture(autouse=True)
def storage(settings, tmp_path) -> Path:
    settings.FILES_DIR = tmp_path / "files"
    settings.CLAMD = ""
    return settings.FILES_DIR


@pytest.fixture
def institution(db) -> Institution:
    return Institution.objects.create(key="veracruz", name="Ayuntamiento de prueba")


def take(institution: Institution, data: bytes, name: str, **more: object) -> StoredFile:
    where = {"institution_id": institution.pk, "owner_kind": "test", "owner_id": 7, "by": None}
    return store(BytesIO(data), name=name, **where, **more)


def kept(storage: Path) -> list[str]:
    return [path.name for path in storage.rglob("*") if path.is_file()]


@pytest.mark.parametrize(
    ("data", "name", "kind"),
    [
        (PDF, "Oficio.PDF", "application/pdf"),
        (DOCX, "a.docx", "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
        (XLSX, "a.xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
        (ODT, "a.odt", "application/vnd.oasis.opendocument.text"),
        (zipped({"a.txt": b"x"}), "a.zip", "application/zip"),
        (CFDI, "factura.xml", "application/xml"),
        (b"\xef\xbb\xbf" + CFDI, "factura.xml", "application/xml"),
        ("a;b\nñandú;2\n".encode(), "lista.csv", "text/plain"),
        ("Cañón, versión de oficina".encode("cp1252"), "nota.txt", "text/plain"),
        (("x" + "ñ" * 40_000).encode(), "larga.txt", "text/plain"),
        (PNG, "foto.png", "image/png"),
        (JPEG, "foto.jpeg", "image/jpeg"),
        (WEBP, "foto.webp", "image/webp"),
        (HEIC, "foto.heic", "image/heic"),
        (GIF, "foto.gif", "image/gif"),
        (TIFF, "plano.tif", "image/tiff"),
        (MP4, "video.mp4", "video/mp4"),
        (OLD_WORD, "viejo.doc", "application/msword"),
    ],
)
def test_takes_what_it_says_it_is(institution, storage, data: bytes, name: str, kind: str) -> None:
    stored = take(institution, data, name)
    assert stored.blob.media_type == kind
    assert stored.blob_id == sha256(data).hexdigest() and stored.blob.size == len(data)
    with open_file(stored) as file:
        assert file.read() == data
    assert path_of(stored.blob_id).stat().st_mode & 0o777 == 0o600
    assert kept(storage) == [stored.blob_id]


@pytest.mark.parametrize(
    ("data", "name", "code"),
    [
        (b"", "a.pdf", "empty"),
        (PNG, "a.pdf", "wrong_ending"),
        (PDF, "a.jpg", "wrong_ending"),
        (PDF, "factura.pdf.exe", "wrong_ending"),
        (PDF, "sin terminacion", "wrong_ending"),
        (DOCX, "a.zip", "wrong_ending"),
        (zipped({"a": b"x"}), "a.docx", "wrong_ending"),
        (DOCM, "a.docx", "macros"),
        (b"PK\x03\x04" + b"broken" * 20, "a.zip", "unknown_type"),
        (b"MZ\x90\x00" + b"\0" * 300, "a.pdf", "unknown_type"),
        (b"\x7fELF" + b"\0" * 300, "a.txt", "unknown_type"),
        (b"<!DOCTYPE html><html><script>x</script>", "a.txt", "unknown_type"),
        (b'<svg xmlns="http://www.w3.org/2000/svg" onload="x"/>', "a.xml", "unknown_type"),
        (b'<?xml version="1.0"?><svg onload="x"/>', "a.xml", "unknown_type"),
        (b"x" * (2 * 1024 * 1024 + 1), "a.txt", "too_large"),
        (GIF, "a.gif", "not_accepted"),
    ],
)
def test_refuses_and_keeps_nothing(institution, storage, data: bytes, name: str, code: str) -> None:
    accept = ("pdf", "xml") if code == "not_accepted" else ()
    with pytest.raises(FileRefused) as refused:
        take(institution, data, name, max_mb=2, accept=accept)
    assert refused.value.code == code and refused.value.message.endswith(".")
    assert kept(storage) == []
    assert not Blob.objects.exists() and not StoredFile.objects.exists()


def test_an_upload_that_was_looked_into_is_taken_whole(institution) -> None:
    upload = BytesIO(PDF)
    upload.read(10)
    stored = store(upload, name="a.pdf", institution_id=institution.pk, owner_kind="test", owner_id=7, by=None)
    assert stored.blob.size == len(PDF)


def test_accepts_by_ending_or_by_media_type(institution) -> None:
    assert take(institution, PDF, "a.pdf", accept=("xml", "pdf")).pk
    assert take(institution, PDF, "b.pdf", accept=("application/pdf",)).pk
    assert take(institution, JPEG, "c.jpg", accept=("jpeg",)).pk


def test_a_zip_bomb_is_not_expanded(institution) -> None:
    out = BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("mimetype", b"application/vnd.oasis.opendocument.text" + b" " * 200_000_000)
    assert len(out.getvalue()) < 1_000_000
    with pytest.raises(FileRefused) as refused:
        take(institution, out.getvalue(), "bomba.docx")
    assert refused.value.code == "wrong_ending"


def test_the_test_virus_is_refused_and_nothing_is_kept(institution, storage, settings) -> None:
    with clamd() as server:
        settings.CLAMD = server.address
        with pytest.raises(FileRefused) as refused:
            take(institution, EICAR, "inofensivo.txt")
        assert refused.value.code == "infected" and "Eicar-Signature" in refused.value.message
        assert kept(storage) == [] and not Blob.objects.exists() and not StoredFile.objects.exists()
        assert take(institution, PDF, "limpio.pdf").pk


def test_without_the_configured_scanner_nothing_is_taken(institution, storage, settings) -> None:
    settings.CLAMD = "127.0.0.1:1"
    with pytest.raises(FileRefused) as refused:
        take(institution, PDF, "a.pdf")
    assert refused.value.code == "scanner_down"
    assert kept(storage) == [] and not Blob.objects.exists()


@pytest.mark.parametrize(
    ("given", "clean"),
    [
        ("../../etc/passwd.txt", "passwd.txt"),
        ("C:\\Users\\x\\Oficio  1.pdf", "Oficio 1.pdf"),
        ("a\x00b\r\nc.pdf", "abc.pdf"),
        ("factura\u202efdp.exe", "facturafdp.exe"),
        (".htaccess", "htaccess"),
        ('di"go.pdf', "di'go.pdf"),
        ("", "archivo"),
        ("n\u0303.pdf", "ñ.pdf"),
        ("x" * 300 + ".pdf", "x" * 196 + ".pdf"),
    ],
)
def test_names_are_made_safe(given: str, clean: str) -> None:
    assert clean_name(given) == clean


def test_the_same_bytes_are_kept_once_and_never_lost(institution, storage) -> None:
    first, second = take(institution, PDF, "a.pdf"), take(institution, PDF, "b.pdf")
    assert first.blob_id == second.blob_id and Blob.objects.count() == 1
    assert kept(storage) == [first.blob_id]


@pytest.mark.django_db(transaction=True)
def test_two_may_bring_the_same_bytes_at_once(storage) -> None:
    institution = Institution.objects.create(key="veracruz", name="Ayuntamiento de prueba")
    gate, done = Barrier(4), []

    def bring(name: str) -> None:
        gate.wait()
        done.append(take(institution, PDF * 5000, name).pk)
        connection.close()

    threads = [Thread(target=bring, args=(f"{n}.pdf",)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(done)) == 4
    assert Blob.objects.count() == 1 and len(kept(storage)) == 1


def test_sweeps_old_bytes_that_no_row_names(institution, storage) -> None:
    stored = take(institution, PDF, "a.pdf")
    orphan = path_of("ab" * 32)
    orphan.parent.mkdir(parents=True)
    orphan.write_bytes(b"left by a crash")
    cut_off = storage / "incoming" / "turna-cut"
    cut_off.write_bytes(b"half an upload")
    assert sweep_orphans() == 0
    old = (now() - timedelta(days=2)).timestamp()
    for path in (orphan, cut_off, path_of(stored.blob_id)):
        os.utime(path, (old, old))
    assert sweep_orphans() == 2
    assert kept(storage) == [stored.blob_id]
