"""Every template there is: those of the manuals with their samples, and the examples of docs/plantillas.md."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from turna.core.documents import Attachment, render

ROOT = Path(__file__).parents[2]
MOMENT = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
_EXAMPLE = re.compile(r"^```(?:typst|json) (\S+)\n(.*?)^```$", re.M | re.S)
_TITLE = re.compile(r"^// Título: (.+)$", re.M)

Data = dict[str, Any]


@dataclass(frozen=True)
class Template:
    """`files`: what lies beside it, itself included; `sample`: invented data with which it is shown."""

    label: str
    name: str
    files: dict[str, bytes]
    sample: Data

    def make(self, data: Data, attachments: Sequence[Attachment] = ()) -> bytes:
        return render(self.name, self.files, data, at=MOMENT, attachments=attachments)


def templates() -> list[Template]:
    """In the manuals a file that begins with `_` is a piece of others."""
    found = sorted(p for p in ROOT.glob("manuales/*/plantillas/*.typ") if not p.name.startswith("_"))
    return [*map(_of_a_manual, found), *examples()]


def samples() -> set[Path]:
    return set(ROOT.glob("manuales/*/plantillas/muestras/*.json"))


def sample_of(template: Path) -> Path:
    return template.parent / "muestras" / f"{template.stem}.json"


def _of_a_manual(template: Path) -> Template:
    folder, sample = template.parent, sample_of(template)
    files = {p.name: p.read_bytes() for p in folder.iterdir() if p.suffix in (".typ", ".svg")}
    told = json.loads(sample.read_text("utf-8")) if sample.exists() else {}
    return Template(f"{folder.parent.name}/{template.stem}", template.name, files, told)


def examples() -> list[Template]:
    """The templates that the page for authors shows, with its sample."""
    parts = dict(_EXAMPLE.findall((ROOT / "docs" / "plantillas.md").read_text("utf-8")))
    sample: Data = json.loads(parts.pop("muestra.json"))
    return [_example(name, text, sample) for name, text in parts.items()]


def _example(name: str, text: str, sample: Data) -> Template:
    title = _TITLE.search(text)
    assert title, f"{name}: un ejemplo dice su título"
    told = {**sample, "documento": {**sample["documento"], "titulo": title[1]}}
    return Template(f"ejemplo/{name.removesuffix('.typ')}", name, {name: text.encode()}, told)


# --- Data as they hardly ever come -------------------------------------------------

_WORD = "HMX07-SERIE-00000000000000000000000000-ABCD"  # 43 letters that no hyphenation divides
_LONG = "desafortunadamente institucionalización de las telecomunicaciones intergubernamentales "


def sparse(template: Template) -> Data:
    """Hardly anything."""
    title = template.sample["documento"]["titulo"]
    return {"institucion": {"nombre": "X"}, "caso": {"folio": "F/1"}, "documento": {"titulo": title}}


def hostile(template: Template) -> Data:
    """Text that looks like Typst."""
    text = '#panic("x") $1/0$ \\ * _ <script> @a'
    told = {form: dict.fromkeys(fields, text) for form, fields in template.sample["datos"].items()}
    return {**template.sample, "datos": told}


def worst(template: Template, rows: int = 8) -> Data:
    """Names of two lines, words longer than a column, tables of many rows, nine who sign."""
    told = dict(template.sample)
    told["datos"] = _swollen(told["datos"], rows)
    told["crudo"] = _swollen(told.get("crudo", {}), rows)
    told["leidos"] = _swollen(told.get("leidos", {}), rows)
    told["caso"] = _swollen(told["caso"], rows)
    told["documento"] = {**told["documento"], "numero": "SECATI/DGE/COORDINACION/000042/2026"}
    name = "Dirección General de " + _LONG * 2
    told["institucion"] = {**told["institucion"], "nombre": "H. Ayuntamiento Constitucional del Municipio de " + _LONG}
    told["institucion"]["contacto"] = _swollen(told["institucion"].get("contacto", {}), rows)
    told["firmantes"] = [{"puesto": f"{name} {n}", "nombre": "María de los Ángeles Guadalupe " * 2} for n in range(9)]
    return told


def _swollen(value: Any, rows: int) -> Any:
    if isinstance(value, dict):
        return {key: _swollen(inner, rows) for key, inner in value.items()}
    if isinstance(value, list):
        grown = [_swollen(inner, rows) for inner in value] or [""]
        return [grown[n % len(grown)] for n in range(rows)]
    if not isinstance(value, str) or re.fullmatch(r"[-\d.,/: $]*", value):
        return value
    return f"{value} {_WORD} {_LONG}" + (f"\n\n{_LONG * 10}" if len(value) > 80 else "")
