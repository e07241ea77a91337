"""What a file is, read from its bytes, and which endings a name may then carry. Nothing is ever expanded.

Not here: storing (`core.files`), viruses (`core.antivirus`).
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import PurePath
from types import MappingProxyType
from typing import BinaryIO
from zipfile import BadZipFile, ZipFile

import puremagic

HEAD = 64 * 1024
"""How many bytes from the beginning are looked at."""
_MAX_ENTRIES = 10_000
_OPEN_DOCUMENT = "application/vnd.oasis.opendocument."
_OFFICE = "application/vnd.openxmlformats-officedocument."

ENDINGS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "application/pdf": ("pdf",),
        _OFFICE + "wordprocessingml.document": ("docx",),
        _OFFICE + "spreadsheetml.sheet": ("xlsx",),
        _OFFICE + "presentationml.presentation": ("pptx",),
        _OPEN_DOCUMENT + "text": ("odt",),
        _OPEN_DOCUMENT + "spreadsheet": ("ods",),
        _OPEN_DOCUMENT + "presentation": ("odp",),
        "application/msword": ("doc",),
        "application/vnd.ms-excel": ("xls",),
        "application/vnd.ms-powerpoint": ("ppt",),
        "application/zip": ("zip",),
        "application/xml": ("xml",),
        "text/csv": ("csv",),
        "text/plain": ("txt",),
        "image/png": ("png",),
        "image/jpeg": ("jpg", "jpeg"),
        "image/webp": ("webp",),
        "image/gif": ("gif",),
        "image/heic": ("heic", "heif"),
        "image/tiff": ("tif", "tiff"),
        "video/mp4": ("mp4",),
        "audio/mpeg": ("mp3",),
    }
)
"""Every kind of file that is taken, with the endings its name may have."""
OLD_OFFICE = ("application/msword", "application/vnd.ms-excel", "application/vnd.ms-powerpoint")
INLINE = frozenset({"application/pdf", "image/png", "image/jpeg", "image/webp"})
"""What a browser may show by itself; everything else is downloaded."""

_BY_ENDING = {ending: kind for kind, endings in ENDINGS.items() for ending in endings}
_HEIC_BRANDS = (b"heic", b"heix", b"heim", b"heis", b"mif1", b"msf1", b"hevc")
_MARKUP = re.compile(rb"\s*<(!doctype\s+html|html|script|svg|body|iframe)\b", re.IGNORECASE)
_XML_ROOT = re.compile(r"\s*(<\?xml\b|<[A-Za-z_][\w.:-]*[\s/>])")
_SVG_ROOT = re.compile(r"<(svg|html)[\s>]|<\w+:svg[\s>]", re.IGNORECASE)
_CONTROL = re.compile(rb"[\x00-\x08\x0e-\x1a\x1c-\x1f\x7f]")


@dataclass(frozen=True, slots=True)
class Detected:
    """`kinds`: what the bytes may be, most likely first (text may be txt or csv); empty: nothing we know."""

    kinds: tuple[str, ...]
    has_macros: bool = False


def ending_of(name: str) -> str:
    """The ending of a name, lower case, without its dot."""
    return PurePath(name).suffix.lower().removeprefix(".")


def kind_by_ending(ending: str) -> str | None:
    """The kind of file that carries this ending."""
    return _BY_ENDING.get(ending)


def detect(file: BinaryIO) -> Detected:
    """What the bytes are. Reads the beginning, of a zip its directory too; leaves the file at its start."""
    file.seek(0)
    head = file.read(HEAD)
    try:
        if head.startswith(b"PK\x03\x04"):
            return _zip(file)
        return Detected(_binary(head) or _text(head, whole=len(head) < HEAD))
    finally:
        file.seek(0)


def _binary(head: bytes) -> tuple[str, ...]:
    for kind, found in (
        ("application/pdf", b"%PDF-" in head[:1024]),
        ("image/png", head.startswith(b"\x89PNG\r\n\x1a\n")),
        ("image/jpeg", head.startswith(b"\xff\xd8\xff")),
        ("image/gif", head[:6] in (b"GIF87a", b"GIF89a")),
        ("image/webp", head[:4] == b"RIFF" and head[8:12] == b"WEBP"),
        ("image/heic", head[4:8] == b"ftyp" and head[8:12] in _HEIC_BRANDS),
    ):
        if found:
            return (kind,)
    if head.startswith(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"):
        return OLD_OFFICE
    return _by_magic(head)


def _by_magic(head: bytes) -> tuple[str, ...]:
    """The rarer kinds, as the signatures' collection knows them."""
    try:
        found = {match.mime_type for match in puremagic.magic_string(head)}
    except (puremagic.PureError, ValueError):
        return ()
    return tuple(kind for kind in ("image/tiff", "video/mp4", "audio/mpeg") if kind in found)


def _zip(file: BinaryIO) -> Detected:
    """An office document is a zip whose directory says so; only names are read, and one short stored entry."""
    try:
        with ZipFile(file) as archive:
            entries = archive.infolist()
            if len(entries) > _MAX_ENTRIES:
                return Detected(())
            names = {entry.filename for entry in entries}
            macros = any(name.lower().endswith("vbaproject.bin") for name in names)
            return Detected((_office(names) or _open_document(archive, names) or "application/zip",), macros)
    except (BadZipFile, OSError, ValueError, NotImplementedError, RuntimeError):
        return Detected(())


def _office(names: set[str]) -> str:
    if "[Content_Types].xml" not in names:
        return ""
    for entry, kind in (
        ("word/document.xml", "wordprocessingml.document"),
        ("xl/workbook.xml", "spreadsheetml.sheet"),
        ("ppt/presentation.xml", "presentationml.presentation"),
    ):
        if entry in names:
            return _OFFICE + kind
    return ""


def _open_document(archive: ZipFile, names: set[str]) -> str:
    if "mimetype" not in names:
        return ""
    with archive.open("mimetype") as entry:
        kind = entry.read(100).decode("ascii", "replace").strip()
    return kind if kind in ENDINGS and kind.startswith(_OPEN_DOCUMENT) else ""


def _text(head: bytes, *, whole: bool) -> tuple[str, ...]:
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        text = head.decode("utf-16", "replace")
    elif _CONTROL.search(head) or _MARKUP.match(head.removeprefix(codecs.BOM_UTF8)):
        return ()
    else:
        text = _decoded(head, whole=whole)
    if _XML_ROOT.match(text):
        return () if _SVG_ROOT.search(text[:4096]) else ("application/xml", "text/plain")
    return ("text/plain", "text/csv")


def _decoded(head: bytes, *, whole: bool) -> str:
    """UTF-8 if it is (the cut may fall within a character), else the Windows code page that offices still use."""
    try:
        return codecs.getincrementaldecoder("utf-8-sig")().decode(head, final=whole)
    except UnicodeDecodeError:
        return head.decode("cp1252", "replace")
