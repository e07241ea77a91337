"""Gives out private files: whoever has no right to one is told that it does not exist."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import BinaryIO
from urllib.parse import quote

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.urls import path
from django.views.decorators.http import require_safe

from turna.core.file_types import INLINE
from turna.core.files import CHUNK, may_read, media_type_of, open_file
from turna.core.models import StoredFile

_RANGE = re.compile(r"bytes=(\d*)-(\d*)\Z")
# A served file may never run in our origin's name; browsers of today still show a PDF so.
_POLICY = "default-src 'none'; sandbox; frame-ancestors 'self'"


@require_safe
def download(request: HttpRequest, file_id: int, name: str) -> HttpResponseBase:
    """The bytes of a file: whole, or one range of them. `name` only makes the address readable."""
    stored = StoredFile.objects.select_related("blob").filter(pk=file_id).first()
    if stored is None or not may_read(stored, getattr(request, "standing", None) or None):
        raise Http404
    return serve(request, stored)


def serve(request: HttpRequest, stored: StoredFile) -> HttpResponseBase:
    """The bytes of a file that the caller has found this reader may have."""
    etag = f'"{stored.blob_id}"'
    if etag in (word.strip() for word in request.headers.get("If-None-Match", "").split(",")):
        return _dressed(HttpResponse(status=304), stored, etag)
    span = _asked_span(request, stored.blob.size, etag)
    if span is None:
        refusal = HttpResponse(status=416, headers={"Content-Range": f"bytes */{stored.blob.size}"})
        return _dressed(refusal, stored, etag)
    return _dressed(_answer(request, stored, *span), stored, etag)


def _asked_span(request: HttpRequest, size: int, etag: str) -> tuple[int, int] | None:
    """First and last byte to send; None when none of what is asked for exists.

    Several ranges, another unit or a file that has become another one: the whole file, as HTTP allows.
    """
    whole = (0, size - 1)
    match = _RANGE.match(request.headers.get("Range", "").strip())
    if match is None or match.groups() == ("", "") or request.headers.get("If-Range", etag) != etag:
        return whole
    first, last = match.groups()
    if not first:
        return (max(size - int(last), 0), size - 1) if int(last) else None
    if int(first) >= size or (last and int(last) < int(first)):
        return None if int(first) >= size else whole
    return int(first), min(int(last), size - 1) if last else size - 1


def _answer(request: HttpRequest, stored: StoredFile, first: int, last: int) -> HttpResponseBase:
    answer: HttpResponseBase
    if request.method == "HEAD":
        answer = HttpResponse()
    else:
        try:
            answer = StreamingHttpResponse(_slice(open_file(stored), first, last - first + 1))
        except FileNotFoundError:
            raise Http404 from None
    answer["Content-Length"] = str(last - first + 1)
    if last - first + 1 < stored.blob.size:
        answer.status_code = 206
        answer["Content-Range"] = f"bytes {first}-{last}/{stored.blob.size}"
    return answer


def _slice(file: BinaryIO, first: int, length: int) -> Iterator[bytes]:
    with file:
        file.seek(first)
        while length and (chunk := file.read(min(CHUNK, length))):
            length -= len(chunk)
            yield chunk


def _dressed(answer: HttpResponseBase, stored: StoredFile, etag: str) -> HttpResponseBase:
    kind = media_type_of(stored)
    answer["Content-Type"] = f"{kind}; charset=utf-8" if kind.startswith("text/") else kind
    how = "inline" if kind in INLINE else "attachment"
    answer["Content-Disposition"] = f"{how}; filename*=UTF-8''{quote(stored.name, safe='')}"
    answer["ETag"] = etag
    answer["Accept-Ranges"] = "bytes"
    answer["Cache-Control"] = "private, no-cache"
    answer["X-Content-Type-Options"] = "nosniff"
    answer["X-Frame-Options"] = "SAMEORIGIN"
    answer["Content-Security-Policy"] = _POLICY
    return answer


urlpatterns = [path("archivos/<int:file_id>/<str:name>", download, name="file")]
