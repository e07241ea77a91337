"""A pack's files to its definitions, and everything that is wrong with how they are written.

Every fault is a finding with file, line and mend; all of them at once, never an exception for bad input. Whether
names exist and the flow makes sense is for `checking`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from ..definitions import Finding, FormatDef, InstitutionDef, Pack, Place, Procedure
from ..suggest import nearest
from .formats import read_format
from .institution import read_institution
from .manual import read_manual
from .nodes import MAX_BYTES, Node, parse
from .procedures import Context, read_procedure
from .tables import Report

INSTITUTION, MANUAL, SAMPLE_ANSWERS = "institucion.yaml", "manual.yaml", "demostracion"
FORMATS, TEMPLATES, PROCEDURES = "formatos", "plantillas", "procedimientos"
SAMPLES = f"{TEMPLATES}/muestras"
MAX_FILES = 2_000
_BLIND = frozenset({".png", ".jpg", ".jpeg", ".md", ".txt", ".ttf", ".otf", ".pdf", ".csv"})

__all__ = ["Reading", "read_files", "read_pack", "read_pack_sources", "read_sources"]


@dataclass(frozen=True)
class Reading:
    """What could be read: `pack` although something is wrong (None: nothing to check), and the findings."""

    pack: Pack | None
    findings: list[Finding]


def read_pack(folder: Path) -> tuple[Pack | None, list[Finding]]:
    """The pack in `folder`, or None when anything in its files is wrong, with every finding."""
    return _whole(read_files(folder))


def read_pack_sources(key: str, sources: Mapping[str, str]) -> tuple[Pack | None, list[Finding]]:
    """The same from texts by relative path, such as an installed pack keeps them. No I/O."""
    return _whole(read_sources(key, sources))


def _whole(reading: Reading) -> tuple[Pack | None, list[Finding]]:
    wrong = any(f.severity == "error" for f in reading.findings)
    return (None if wrong else reading.pack), reading.findings


# --- Files -------------------------------------------------------------------------


def read_files(folder: Path) -> Reading:
    """Reads the folder's files and what they say. Never raises for what is in them."""
    if not folder.is_dir():
        told = f"No existe la carpeta «{folder.name}»."
        return Reading(None, [Finding(Place(folder.name, 1), "missing-file", told, "Revise la ruta.")])
    sources: dict[str, str] = {}
    findings: list[Finding] = []
    paths = sorted(p for p in folder.rglob("*") if _counts(p.relative_to(folder)) and p.is_file())
    for path in paths[:MAX_FILES]:
        name = path.relative_to(folder).as_posix()
        wrong = _load(path, name, sources)
        if wrong is not None:
            findings.append(wrong)
    if len(paths) > MAX_FILES:
        told = f"El manual tiene más de {MAX_FILES} archivos."
        findings.append(Finding(Place(".", 1), "too-large", told, "Quite lo que no es del manual."))
    return read_sources(folder.resolve().name, sources, findings)


def _counts(path: Path) -> bool:
    return not any(part.startswith(".") for part in path.parts) and path.suffix.lower() not in _BLIND


def _load(path: Path, name: str, sources: dict[str, str]) -> Finding | None:
    """Puts the file's text among `sources`; the fault when it cannot be read as text."""
    place = Place(name, 1)
    try:
        if path.stat().st_size > MAX_BYTES:
            return Finding(place, "too-large", "El archivo es demasiado grande.", "Divídalo en varios.")
        data = path.read_bytes()
        sources[name] = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        return Finding(Place(name, line), "not-utf8", "El archivo no está en UTF-8.", "Guárdelo en UTF-8.")
    except OSError:
        return Finding(place, "unreadable", "El archivo no se puede abrir.", "Revise sus permisos.")
    return None


# --- Texts -------------------------------------------------------------------------


@dataclass
class _Desk:
    """Where the parts of a pack are gathered."""

    key: str
    sources: Mapping[str, str]
    findings: list[Finding] = field(default_factory=list)

    def node(self, name: str) -> tuple[Node | None, Report]:
        node, findings = parse(self.sources[name], name)
        return node, Report(name, findings)

    def close(self, report: Report) -> None:
        self.findings += report.findings

    def under(self, folder: str, ending: str) -> list[tuple[str, str]]:
        """(key, path) of the files of a folder, in order."""
        paths = (PurePosixPath(name) for name in sorted(self.sources))
        return [(p.stem, str(p)) for p in paths if str(p.parent) == folder and p.suffix == ending]


def read_sources(key: str, sources: Mapping[str, str], findings: list[Finding] | None = None) -> Reading:
    """What the texts say; `findings` are those already made of the files."""
    desk = _Desk(key, sources, list(findings or ()))
    _check_names(desk)
    institution = _institution(desk)
    formats = _formats(desk)
    procedures = _procedures(desk, institution)
    manual = {}
    if MANUAL in sources:
        node, report = desk.node(MANUAL)
        manual = read_manual(node, report) if node is not None else {}
        desk.close(report)
    ordered = sorted(desk.findings, key=lambda f: (f.place.file, f.place.line, f.code))
    if institution is None:
        return Reading(None, ordered)
    templates = frozenset(stem for stem, _ in desk.under(TEMPLATES, ".typ"))
    return Reading(Pack(key, institution, formats, templates, procedures, manual, dict(sources)), ordered)


def _institution(desk: _Desk) -> InstitutionDef | None:
    if INSTITUTION not in desk.sources:
        if not any(f.place.file == INSTITUTION for f in desk.findings):
            told = f"Falta el archivo {INSTITUTION}."
            mend = "Créelo con nombre, unidades y puestos."
            desk.findings.append(Finding(Place(INSTITUTION, 1), "missing-file", told, mend))
        return None
    node, report = desk.node(INSTITUTION)
    institution = read_institution(desk.key, node, report) if node is not None else None
    desk.close(report)
    return institution


def _formats(desk: _Desk) -> dict[str, FormatDef]:
    found = {}
    for key, name in desk.under(FORMATS, ".yaml"):
        node, report = desk.node(name)
        read = read_format(key, node, report) if node is not None else None
        if read is not None:
            found[key] = read
        desk.close(report)
    return found


def _procedures(desk: _Desk, institution: InstitutionDef | None) -> dict[str, Procedure]:
    context = Context.of(desk.key, institution)
    found = {}
    for key, name in desk.under(PROCEDURES, ".yaml"):
        node, report = desk.node(name)
        read = read_procedure(key, node, report, context) if node is not None else None
        if read is not None:
            found[key] = read
        desk.close(report)
    return found


def _check_names(desk: _Desk) -> None:
    """A file in the wrong place or with the wrong ending would be silently ignored: say so."""
    endings = {FORMATS: (".yaml",), PROCEDURES: (".yaml",), TEMPLATES: (".typ", ".svg"), SAMPLES: (".json",)}
    endings |= {SAMPLE_ANSWERS: (".yaml",)}
    for name in sorted(desk.sources):
        path = PurePosixPath(name)
        folder = str(path.parent)
        if name in (INSTITUTION, MANUAL, f"{SAMPLE_ANSWERS}.yaml") or path.suffix in endings.get(folder, ()):
            continue
        usual = {f: e for f, e in endings.items() if f not in (SAMPLES, SAMPLE_ANSWERS)}
        known = [INSTITUTION, MANUAL, *(f"{f}/{path.stem}{e[0]}" for f, e in usual.items())]
        near = nearest(name, known)
        mend = f"¿Quiso decir «{near}»?" if near else "Póngalo en formatos, plantillas o procedimientos."
        desk.findings.append(Finding(Place(name, 1), "unknown-file", "El archivo no es parte de un manual.", mend))
