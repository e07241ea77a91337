"""The download page: who gets a file out again, whole or a range of it, and with what guards around it."""

from __future__ import annotations

from io import BytesIO

import pytest
from django.http import Http404
from django.test import RequestFactory
from django.urls import reverse

from turna.core.files import GUARDS, path_of, store, store_bytes
from turna.core.models import Institution, StoredFile
from turna.web.files import download

PDF = b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\n%%EOF\n"


@pytest.fixture
def institution(db, settings, tmp_path) -> Institution:
    settings.FILES_DIR, settings.CLAMD = tmp_path, ""
    return Institution.objects.create(key="veracruz", name="Ayuntamiento de prueba")


@pytest.fixture
def pdf(institution) -> StoredFile:
    return store_bytes(PDF, institution_id=institution.pk, name='Oficio "ñ".pdf', owner_kind="test", owner_id=7)


def get(stored: StoredFile, method: str = "get", allow: bool = True, **headers: str):
    request = getattr(RequestFactory(), method)("/archivos/", headers=headers)
    with GUARDS.temporarily("test", lambda file, standing: allow):
        return download(request, stored.pk, "x")


def body(answer) -> bytes:
    return answer.getvalue() if answer.streaming else answer.content


def test_gives_the_file_with_every_guard_a_browser_knows(pdf) -> None:
    answer = get(pdf)
    assert (answer.status_code, body(answer)) == (200, PDF)
    assert answer["Content-Type"] == "application/pdf" and answer["Content-Length"] == str(len(PDF))
    assert answer["Content-Disposition"] == "inline; filename*=UTF-8''Oficio%20%27%C3%B1%27.pdf"
    assert answer["X-Content-Type-Options"] == "nosniff" and answer["Accept-Ranges"] == "bytes"
    assert answer["Content-Security-Policy"].startswith("default-src 'none'; sandbox")
    assert answer["Cache-Control"] == "private, no-cache"


def test_what_a_browser_might_run_is_downloaded_and_sandboxed(institution) -> None:
    where = {"institution_id": institution.pk, "owner_kind": "test", "owner_id": 7, "by": None}
    answer = get(store(BytesIO(b"a,b\n1,2\n"), name="datos.csv", **where))
    assert answer["Content-Type"] == "text/csv; charset=utf-8"
    assert answer["Content-Disposition"].startswith("attachment;")
    assert "sandbox" in answer["Content-Security-Policy"]


@pytest.mark.parametrize(
    ("asked", "status", "span"),
    [
        ("bytes=0-3", 206, slice(0, 4)),
        ("bytes=5-", 206, slice(5, None)),
        ("bytes=-4", 206, slice(-4, None)),
        ("bytes=0-99999", 200, slice(None)),
        ("bytes=0-1,4-5", 200, slice(None)),
        ("bytes=4-2", 200, slice(None)),
        ("lines=1-2", 200, slice(None)),
        ("bytes=-", 200, slice(None)),
        ("bytes=99999-", 416, None),
        ("bytes=-0", 416, None),
    ],
)
def test_ranges(pdf, asked: str, status: int, span: slice | None) -> None:
    answer = get(pdf, Range=asked)
    assert answer.status_code == status
    if span is None:
        assert answer["Content-Range"] == f"bytes */{len(PDF)}"
        return
    assert body(answer) == PDF[span] and answer["Content-Length"] == str(len(PDF[span]))
    if status == 206:
        first = PDF.index(PDF[span])
        assert answer["Content-Range"] == f"bytes {first}-{first + len(PDF[span]) - 1}/{len(PDF)}"


def test_head_and_etag(pdf) -> None:
    head = get(pdf, "head")
    assert head.status_code == 200 and not body(head) and head["Content-Length"] == str(len(PDF))
    assert get(pdf, **{"If-None-Match": head["ETag"]}).status_code == 304
    assert get(pdf, **{"Range": "bytes=0-3", "If-Range": '"another"'}).status_code == 200
    assert get(pdf, **{"Range": "bytes=0-3", "If-Range": head["ETag"]}).status_code == 206
    assert get(pdf, "post").status_code == 405


def test_whoever_has_no_right_hears_that_there_is_nothing(pdf, institution) -> None:
    for given in (pdf, StoredFile(pk=pdf.pk + 1)):
        with pytest.raises(Http404):
            get(given, allow=False)
    unguarded = store_bytes(PDF, institution_id=institution.pk, name="a.pdf", owner_kind="nobody", owner_id=1)
    with pytest.raises(Http404):
        get(unguarded)


def test_lost_bytes_are_not_an_error_page(pdf) -> None:
    path_of(pdf.blob_id).unlink()
    with pytest.raises(Http404):
        get(pdf)


def test_the_address_passes_every_middleware(pdf, client) -> None:
    with GUARDS.temporarily("test", lambda file, standing: standing is None):
        answer = client.get(reverse("file", args=[pdf.pk, pdf.name]))
    assert answer.status_code == 200 and answer.getvalue() == PDF
    assert answer["Content-Security-Policy"].startswith("default-src 'none'; sandbox")
    with GUARDS.temporarily("test", lambda file, standing: standing is not None):
        assert client.get(reverse("file", args=[pdf.pk, pdf.name])).status_code == 404
