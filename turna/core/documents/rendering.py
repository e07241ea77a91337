"""A template and its data to a PDF, in this process.

Typst starts threads of its own: a process that has rendered must not fork and render in the child, which would wait for
threads that are not there. `render` refuses that instead.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path
from typing import Any

import typst
from django.utils.translation import gettext as _

from turna.core.refusals import Refused

from .codes import qr_svg

LIBRARY = Path(__file__).parent / "typst"
_LOGO = "logo.svg"

_ARCHIVE = ["a-2a", "ua-1"]
_ARCHIVE_WITH_FILES = ["a-3a", "ua-1"]
_REMOTE = re.compile(r'@preview|@local|"@')
_DRAWS_CODES = re.compile(rb"\b(qr|etiquetas?)\s*\(")
_PLACE = re.compile(r"┌─ (\S+?):(\d+):\d+")

# What a PDF must say of itself, also when its template does not.
_MAIN = """#import "turna.typ": d
#set document(title: d.at("documento", default: (:)).at("titulo", default: "Documento"))
#set text(lang: "es", region: "mx")
#include "{template}"
"""


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file that travels inside the PDF. `mime`: `application/xml`; `description`: what a reader is told of it."""

    name: str
    content: bytes
    mime: str
    description: str


class _Process:
    """Whether this process has rendered, and whether it was forked from one that had."""

    has_rendered = False
    is_lame = False


def _after_fork() -> None:
    _Process.is_lame = _Process.has_rendered


os.register_at_fork(after_in_child=_after_fork)


def render(
    template: str,
    files: Mapping[str, bytes],
    data: Mapping[str, Any] | str,
    *,
    at: datetime,
    attachments: Sequence[Attachment] = (),
) -> bytes:
    """The PDF of `template` (a name in `files`, with its ending): PDF/A-2a and PDF/UA-1, or PDF/A-3a and PDF/UA-1 when
    files travel inside. The same files, data and moment give the same bytes. `data`: what the template reads, or that
    as JSON.

    Raises: Refused("not_allowed"): it cannot be made of these data; says why and on which line of the template.
    RuntimeError: in a process forked from one that had rendered.
    """
    _start()
    named = [{"nombre": a.name, "tipo": a.mime, "descripcion": a.description} for a in attachments]
    inputs = {
        "data": data if isinstance(data, str) else json.dumps(data, ensure_ascii=False, default=str),
        "adjuntos": json.dumps(named, ensure_ascii=False),
        "logo": _LOGO if _LOGO in files else "",
    }
    sources = {**files, **library(), **{f"adjuntos/{n}": a.content for n, a in enumerate(attachments)}}
    try:
        _refuse_remote(files)
        if template not in files:
            raise RuntimeError(_("el manual no la trae"))
        sources["main"] = _MAIN.format(template=template).encode()
        inputs["qr"] = json.dumps(_codes(sources, inputs))
        return _compile(sources, inputs, _ARCHIVE_WITH_FILES if attachments else _ARCHIVE, at)
    except (typst.TypstError, RuntimeError, ValueError) as error:
        raise Refused("not_allowed", _why(template, error)) from error


def _start() -> None:
    """Before anything is rendered. Raises: RuntimeError: in a process forked from one that had rendered."""
    if _Process.is_lame:
        raise RuntimeError("This process was forked from one that had rendered; rendering here would never end.")
    _Process.has_rendered = True


def _codes(sources: Any, inputs: dict[str, str]) -> dict[str, str]:
    """Text to picture of every QR code in the document. Typst does not draw them: it says first which ones it wants."""
    known = json.loads(inputs["data"]).get("verificacion")
    wanted = [known] if known else []
    if any(
        _DRAWS_CODES.search(text) for name, text in sources.items() if name.endswith(".typ") and name not in library()
    ):
        told = typst.query(sources, "<qr>", field="value", root=str(LIBRARY), font_paths=_fonts(), sys_inputs=inputs)
        wanted += json.loads(told)
    return {text: qr_svg(text) for text in wanted}


def _compile(sources: Any, inputs: dict[str, str], standards: Any, at: datetime) -> bytes:
    # A file that is not among the sources would be sought on the disk, under `root`, where there is nothing else.
    made = typst.compile(
        sources,
        root=str(LIBRARY),
        font_paths=_fonts(),
        sys_inputs=inputs,
        pdf_standards=standards,
        timestamp=int(at.timestamp()),
    )
    assert isinstance(made, bytes)
    return made


@cache
def library() -> Mapping[str, bytes]:
    """The platform's Typst files, by the name under which templates import them."""
    return {p.relative_to(LIBRARY).as_posix(): p.read_bytes() for p in sorted(LIBRARY.rglob("*.typ"))}


@cache
def maker() -> str:
    """What makes the bytes besides files and data: the version of Typst and the library's fingerprint."""
    digest = sha256(b"".join(name.encode() + text for name, text in library().items())).hexdigest()
    return f"typst {version('typst')}, turna.typ {digest[:16]}"


@cache
def _fonts() -> typst.Fonts:
    """The fonts of the packages and none of the machine's: read once, and the same everywhere."""
    return typst.Fonts(include_system_fonts=False)


def _refuse_remote(files: Mapping[str, bytes]) -> None:
    for name, text in files.items():
        if name.endswith(".typ") and _REMOTE.search(text.decode(errors="replace")):
            raise RuntimeError(_("%(file)s trae un paquete de la red, y eso no se permite") % {"file": name})


def _why(template: str, error: Exception) -> str:
    """One sentence for whoever mends the template: file, line, and what Typst says."""
    where = template
    place = _PLACE.search(getattr(error, "diagnostic", "") or "")
    if place:
        where = _("%(file)s, renglón %(line)s") % {"file": place[1], "line": place[2]}
    said = str(error).splitlines()[0] if str(error) else type(error).__name__
    told = _("No se pudo elaborar el documento. Avise a quien administra: %(where)s: %(error)s")
    return told % {"where": where, "error": said}
