"""The templates of the manuals in `manuales/`, their samples, and the PDF that they make."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from turna.core.documents import render

MANUALS = Path(__file__).parents[2] / "manuales"
MOMENT = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)


def templates() -> list[Path]:
    """Every document that a manual issues; a file that begins with `_` is a piece of others."""
    return sorted(p for p in MANUALS.glob("*/plantillas/*.typ") if not p.name.startswith("_"))


def label(template: Path) -> str:
    return f"{template.parents[1].name}/{template.stem}"


def sample(template: Path) -> dict[str, Any]:
    """The invented data with which a template is shown."""
    told: dict[str, Any] = json.loads((template.parent / "muestras" / f"{template.stem}.json").read_text("utf-8"))
    return told


def make(template: Path, data: dict[str, Any]) -> bytes:
    folder = template.parent
    files = {p.relative_to(folder).as_posix(): p.read_bytes() for p in folder.iterdir() if p.suffix in (".typ", ".svg")}
    return render(template.name, files, data, at=MOMENT)
