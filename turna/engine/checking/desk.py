"""Where the parts of the checker put what they find, and what they all look names up in."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from pathlib import PurePosixPath

from ..definitions import Finding, Pack, Place
from ..suggest import mend_name


@dataclass
class Desk:
    """The pack being checked. `actions`: the registered ones, None when nobody knows. `read`: what the reader
    said of it: of a torn file only what is there is judged, not what is missing."""

    pack: Pack
    actions: Collection[str] | None = None
    read: Sequence[Finding] = ()
    findings: list[Finding] = field(default_factory=list)

    def __post_init__(self) -> None:
        institution = self.pack.institution
        self.units = {u.key for u in institution.units}
        self.positions = {p.key for p in institution.positions}
        self.parties = {p.key for p in institution.parties}
        self.series = {s.key for s in institution.series}
        self.formats = self.named("formatos") | set(self.pack.formats)
        self.procedures = self.named("procedimientos") | set(self.pack.procedures)

    def torn(self, file: str, since: int = 0) -> bool:
        """Whether something of the file, from a line on, could not be read at all."""
        return any(f.place.file == file and f.place.line >= since and f.code in _TEARS for f in self.read)

    def named(self, folder: str) -> set[str]:
        """The keys of the files of a folder: one that cannot be read is not also unknown."""
        paths = (PurePosixPath(name) for name in self.pack.sources)
        return {p.stem for p in paths if str(p.parent) == folder and p.suffix == ".yaml"}

    def error(self, place: Place, code: str, message: str, mend: str) -> None:
        self.findings.append(Finding(place, code, message, mend))

    def warn(self, place: Place, code: str, message: str, mend: str) -> None:
        self.findings.append(Finding(place, code, message, mend, "warning"))

    def known(self, place: Place, kind: str, name: str, names: Collection[str]) -> None:
        """An error when `name` is not among `names`. `kind` picks the code and the words."""
        if name in names:
            return
        code, told, file = _KINDS[kind]
        if self.torn(file):
            return
        otherwise = f"Agréguelo en {file} o corrija la clave." if file else "Corrija la clave."
        self.error(place, code, f"{told} «{name}».", mend_name(name, names, otherwise))


_TEARS = frozenset(
    {
        "missing-key", "wrong-type", "unknown-key", "duplicate-key", "bad-target", "broken-yaml", "empty-file", "tab",
        "anchor", "too-large", "too-deep", "several-documents", "not-utf8", "unreadable", "bad-key",
    }
)  # fmt: skip
"""Faults after which something that was meant may be missing from what was read."""

_KINDS = {
    "unit": ("unknown-unit", "No existe la unidad", "institucion.yaml"),
    "position": ("unknown-position", "No existe el puesto", "institucion.yaml"),
    "party": ("unknown-party", "No existe el externo", "institucion.yaml"),
    "series": ("unknown-series", "No existe la serie de folios", "institucion.yaml"),
    "format": ("unknown-format", "No existe el formato", "formatos/"),
    "template": ("unknown-template", "No existe la plantilla", "plantillas/"),
    "procedure": ("unknown-procedure", "No existe el procedimiento", "procedimientos/"),
    "action": ("unknown-action", "No existe la acción", ""),
    "field": ("unknown-field", "No existe el campo", ""),
    "step": ("unknown-step", "No existe la actividad", ""),
    "target": ("unknown-target", "No existe la actividad de destino", ""),
}
