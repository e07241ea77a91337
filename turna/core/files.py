"""Private files: taken in after every check, kept once by their sha256 outside the web root, given out by guards.

Not here: what a file is (`core.file_types`), viruses (`core.antivirus`), the download page (`web.files`).
"""

from __future__ import annotations

import os
import re
import unicodedata
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from io import BytesIO
from pathlib import Path, PurePath
from tempfile import NamedTemporaryFile
from typing import BinaryIO, Protocol, cast, runtime_checkable

from django.conf import settings
from django.utils.translation import gettext as _

from turna.core import antivirus
from turna.core.calendar import now
from turna.core.file_types import ENDINGS, Detected, detect, ending_of, kind_by_ending
from turna.core.models import Blob, StoredFile
from turna.core.refusals import Refused
from turna.core.registry import Registry
from turna.core.rights import Standing
from turna.core.wording import file_size, listing

Guard = Callable[[StoredFile, Standing | None], bool]
GUARDS: Registry[Guard] = Registry("guardas de archivos")
"""By `owner_kind`: whether this standing (None: nobody logged in) may read the file."""
CHUNK = 256 * 1024
ORPHAN_AGE = timedelta(hours=24)
"""A blob without a row younger than this may belong to a transaction that still runs."""
MAX_NAME = 200
# Besides control characters: marks that reverse the reading direction and so disguise an ending.
_UNSEEN = re.compile(r"[\x00-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2066-\u2069\ufeff]")


class FileRefused(Refused):
    """A file that is not taken; nothing of it is kept. `code`: empty, too_large, unknown_type, wrong_ending,
    not_accepted, macros, infected, scanner_down."""


class Source(Protocol):
    """What an upload must offer."""

    def read(self, size: int = -1, /) -> bytes: ...


@runtime_checkable
class _Seekable(Protocol):
    def seek(self, offset: int, /) -> object: ...


@dataclass(frozen=True, slots=True)
class _Received:
    """An upload that lies in a temporary file of ours."""

    file: BinaryIO
    path: Path
    digest: str
    size: int


def store(
    upload: Source,
    *,
    institution_id: int,
    name: str,
    owner_kind: str,
    owner_id: int,
    by: Standing | None,
    max_mb: int | None = None,
    accept: Collection[str] = (),
) -> StoredFile:
    """Take a file in: size, type by content, ending of the name and viruses are checked before anything is kept.

    `accept`: endings ("pdf") or media types; empty: every kind we know. The row stands in the caller's transaction;
    if that is rolled back the bytes stay behind and `sweep_orphans` takes them away. Raises FileRefused.
    """
    clean = clean_name(name)
    with _received(upload, (max_mb or settings.MAX_UPLOAD_MB) * 1024 * 1024) as received:
        kind = _checked_kind(detect(received.file), ending_of(clean), accept)
        _refuse_infected(received.file)
        blob = _keep(received, kind)
    return _name_it(blob, clean, institution_id, owner_kind, owner_id, by)


def store_bytes(
    data: bytes,
    *,
    institution_id: int,
    name: str,
    owner_kind: str,
    owner_id: int,
    by: Standing | None = None,
    media_type: str = "application/pdf",
) -> StoredFile:
    """Keep a document that we have made ourselves: trusted, so neither its type nor viruses are checked."""
    with _received(BytesIO(data), len(data)) as received:
        blob = _keep(received, media_type)
    return _name_it(blob, clean_name(name), institution_id, owner_kind, owner_id, by)


def open_file(stored: StoredFile) -> BinaryIO:
    """The bytes, to read; close it. Raises FileNotFoundError when the storage has lost them."""
    return path_of(stored.blob_id).open("rb")


def may_read(stored: StoredFile, standing: Standing | None) -> bool:
    """What the guard of its owner says; a file whose owner nobody guards is read by nobody."""
    guard = GUARDS.find(stored.owner_kind)
    return guard is not None and guard(stored, standing)


def media_type_of(stored: StoredFile) -> str:
    """What the file is served as. Text is the one kind whose bytes do not tell: there the ending decides."""
    by_name = kind_by_ending(ending_of(stored.name))
    if stored.blob.media_type == "text/plain" and by_name in ("text/csv", "text/plain"):
        return by_name
    return stored.blob.media_type


def path_of(digest: str) -> Path:
    """Where the bytes with this sha256 lie."""
    return Path(settings.FILES_DIR) / digest[:2] / digest[2:4] / digest


def clean_name(name: str) -> str:
    """A name that is safe to show and to send: no path, no unseen characters, at most 200 long, its ending kept."""
    base = _UNSEEN.sub("", unicodedata.normalize("NFC", name)).replace("\\", "/").rsplit("/", 1)[-1]
    base = " ".join(base.replace('"', "'").split()).lstrip(". ")
    stem, suffix = PurePath(base).stem, PurePath(base).suffix
    return f"{stem[: MAX_NAME - len(suffix)]}{suffix}"[:MAX_NAME] or "archivo"


def _checked_kind(found: Detected, ending: str, accept: Collection[str]) -> str:
    if found.has_macros:
        raise FileRefused("macros", _("El documento contiene macros. Guárdelo sin macros y vuelva a intentarlo."))
    if not found.kinds:
        raise FileRefused("unknown_type", _("No se admite este tipo de archivo. Se admiten: %s.") % _endings(accept))
    kind = next((kind for kind in found.kinds if ending in ENDINGS[kind]), None)
    if kind is None:
        if not ending:
            raise FileRefused("wrong_ending", _("El nombre del archivo no tiene terminación, como «.pdf»."))
        told = _("El contenido no corresponde a la terminación «.%(given)s»: parece un archivo %(real)s.") % {
            "given": ending,
            "real": listing([f".{ENDINGS[kind][0]}" for kind in found.kinds[:1]]),
        }
        raise FileRefused("wrong_ending", told)
    if accept and not (kind in accept or any(ending in accept for ending in ENDINGS[kind])):
        raise FileRefused("not_accepted", _("Aquí solo se admiten archivos %s.") % _endings(accept))
    return "text/plain" if kind == "text/csv" else kind


def _endings(accept: Collection[str]) -> str:
    if accept:
        return listing([ENDINGS[word][0] if word in ENDINGS else word for word in accept])
    return listing([endings[0] for endings in ENDINGS.values()])


def _refuse_infected(file: BinaryIO) -> None:
    if not antivirus.is_configured():
        return
    try:
        verdict = antivirus.scan(file)
    except antivirus.ScannerUnavailable:
        told = _("En este momento no se pueden revisar archivos contra virus. Inténtelo de nuevo en unos minutos.")
        raise FileRefused("scanner_down", told) from None
    if not verdict.clean:
        told = _("El antivirus encontró una amenaza en el archivo (%s). No se guardó nada.") % verdict.threat
        raise FileRefused("infected", told)


@contextmanager
def _received(upload: Source, limit: int) -> Iterator[_Received]:
    """The upload in a temporary file beside the storage, hashed; gone afterwards unless it was kept."""
    waiting = Path(settings.FILES_DIR) / "incoming"
    waiting.mkdir(mode=0o700, parents=True, exist_ok=True)
    with NamedTemporaryFile(dir=waiting, prefix="turna-", delete=False) as file:
        path = Path(file.name)
        try:
            # A form may already have looked into the upload.
            if isinstance(upload, _Seekable):
                upload.seek(0)
            digest, size = sha256(), 0
            while chunk := upload.read(CHUNK):
                size += len(chunk)
                if size > limit:
                    told = _("El archivo es demasiado grande: se admiten hasta %s.") % file_size(limit)
                    raise FileRefused("too_large", told)
                digest.update(chunk)
                file.write(chunk)
            if not size:
                raise FileRefused("empty", _("El archivo está vacío."))
            file.flush()
            yield _Received(cast(BinaryIO, file), path, digest.hexdigest(), size)
        finally:
            with suppress(FileNotFoundError):
                path.unlink()


def _keep(received: _Received, kind: str) -> Blob:
    """Bytes first, durably, then the row: a crash in between leaves bytes that nobody names, never the reverse.
    Two who bring the same bytes at once put the same file in the same place, and one row wins."""
    received.file.flush()
    os.fsync(received.file.fileno())
    place = path_of(received.digest)
    place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    received.path.replace(place)
    for folder in (place.parent, place.parent.parent, Path(settings.FILES_DIR)):
        _sync_folder(folder)
    row = Blob(sha256=received.digest, size=received.size, media_type=kind, stored_at=now())
    Blob.objects.bulk_create([row], ignore_conflicts=True)
    return Blob.objects.get(pk=received.digest)


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _name_it(
    blob: Blob, name: str, institution_id: int, owner_kind: str, owner_id: int, by: Standing | None
) -> StoredFile:
    return StoredFile.objects.create(
        institution_id=institution_id,
        blob=blob,
        name=name,
        owner_kind=owner_kind,
        owner_id=owner_id,
        uploaded_by_id=by.actor_id if by else None,
        uploaded_at=now(),
    )


def sweep_orphans(at: datetime | None = None) -> int:
    """Delete bytes without a row, and uploads cut off, once they are a day old. Returns how many files went."""
    before = ((at or now()) - ORPHAN_AGE).timestamp()
    old = [path for path in Path(settings.FILES_DIR).rglob("*") if path.is_file() and path.stat().st_mtime < before]
    gone = 0
    for start in range(0, len(old), 500):
        batch = old[start : start + 500]
        named = set(Blob.objects.filter(pk__in=[path.name for path in batch]).values_list("pk", flat=True))
        for path in batch:
            if path.name not in named:
                path.unlink(missing_ok=True)
                gone += 1
    return gone
