"""Finding a manual by its name, or a procedure by its id, `pack/procedure`: on disk first, else among those installed.

For commands, which work straight from a checkout without a database, and without installing anything.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from django.conf import settings
from django.db import DatabaseError

from turna.engine.definitions import Finding, FormatDef, Pack, Procedure
from turna.engine.reading import read_files
from turna.engine.suggest import nearest

from .definitions import pack_of
from .models import PackRelease, ProcedureVersion

__all__ = ["Found", "NotFound", "find_format", "find_pack", "find_procedure", "packs_on_disk"]


class NotFound(LookupError):
    """No such procedure, or its pack cannot be read; the text says why, in Spanish."""

    def __init__(self, message: str, findings: tuple[Finding, ...] = ()) -> None:
        super().__init__(message)
        self.findings = findings


@dataclass(frozen=True, slots=True)
class Found:
    """A procedure, the version that was read (None when it comes from files), and the manual it belongs to."""

    procedure: Procedure
    version: int | None
    pack: Pack

    @property
    def names(self) -> dict[str, str]:
        """Positions by key, as the manual names them."""
        return {p.key: p.name for p in self.pack.institution.positions}

    @classmethod
    def of(cls, pack: Pack, procedure: Procedure) -> Found:
        """One that was read from files."""
        return cls(procedure, None, pack)


def find_procedure(identity: str) -> Found:
    """`pack/procedure`, or the path of a procedure's file or of a pack's folder followed by `/procedure`.

    Raises: NotFound.
    """
    folder, key = _split(identity)
    if folder is not None:
        return _on_disk(folder, key)
    installed = _installed(identity)
    if installed is None:
        raise NotFound(f"No se encontró el procedimiento «{identity}». Escriba MANUAL/PROCEDIMIENTO.")
    return installed


def find_pack(name: str) -> Pack:
    """A pack by its key or its folder: on disk first, else its last edition installed. Raises: NotFound."""
    for folder in (Path(settings.MANUALS_DIR) / name, Path(name)):
        if (folder / "institucion.yaml").is_file():
            return _read(folder)
    try:
        release = PackRelease.objects.filter(key=name).order_by("-number").first()
    except DatabaseError:
        release = None
    if release is None:
        raise NotFound(f"No se encontró el manual «{name}». Escriba su clave o su carpeta.")
    return pack_of(release)


def packs_on_disk() -> list[Pack]:
    """Every pack of the manuals' folder, by key. Raises: NotFound: one of them cannot be read."""
    folders = sorted(p.parent for p in Path(settings.MANUALS_DIR).glob("*/institucion.yaml"))
    return [_read(folder) for folder in folders]


def _read(folder: Path) -> Pack:
    reading = read_files(folder)
    wrong = tuple(f for f in reading.findings if f.severity == "error")
    if reading.pack is None or wrong:
        raise NotFound(f"No se pudo leer el manual «{folder.name}».", wrong)
    return reading.pack


def find_format(identity: str) -> tuple[Pack, FormatDef]:
    """`pack/format`: a format and its manual. Raises: NotFound."""
    name, _, key = identity.strip("/").rpartition("/")
    pack = find_pack(name)
    form = pack.formats.get(key)
    if form is None:
        near = nearest(key, list(pack.formats))
        hint = f" ¿Quiso decir «{near}»?" if near else ""
        raise NotFound(f"El manual {pack.key} no tiene el formato «{key}».{hint}")
    return pack, form


def _split(identity: str) -> tuple[Path | None, str]:
    """The pack's folder and the procedure's key; None: it is not on disk."""
    path = Path(identity)
    if path.suffix == ".yaml" and path.is_file():
        return path.resolve().parent.parent, path.stem
    pack, _, key = identity.strip("/").rpartition("/")
    for folder in (Path(settings.MANUALS_DIR) / pack, path.parent):
        if pack and folder.is_dir() and (folder / "institucion.yaml").is_file():
            return folder, key
    return None, key


def _on_disk(folder: Path, key: str) -> Found:
    reading = read_files(folder)
    pack: Pack | None = reading.pack
    procedure = pack.procedures.get(key) if pack is not None else None
    wrong = tuple(f for f in reading.findings if f.severity == "error")
    broken = any(f.place.file == f"procedimientos/{key}.yaml" for f in wrong)
    if pack is None or procedure is None or broken:
        near = nearest(key, list(pack.procedures)) if pack is not None else None
        hint = f" ¿Quiso decir «{near}»?" if near and not broken else ""
        raise NotFound(f"No se pudo leer «{key}» en {folder.name}.{hint}", wrong)
    return Found.of(pack, procedure)


def _installed(identity: str) -> Found | None:
    pack, _, key = identity.strip("/").rpartition("/")
    try:
        rows = ProcedureVersion.objects.filter(procedure__pack=pack, procedure__key=key)
        version = rows.select_related("release").order_by("-number").first()
        if version is None:
            return None
        found = pack_of(version.release)
    except DatabaseError:
        return None
    return Found(found.procedures[key], version.number, found)
