"""Plausible answers to any format: what the demo and the walks of every procedure type into the forms.

A pack may bring better ones in `demostracion.yaml`, or in several files of a folder `demostracion`
(`formatos: {FORMATO: [{campo: valor}, …]}`); what those leave open follows from each field's type and name. In a
sample's text `{campo}` is what a field above it holds, `{mes}` the month that has passed, `{hoy}` today, `{n}` a small
number, `{nombres}`, `{apellido1}` and `{apellido2}` somebody invented; its key `_de` names the unit that would ask for
it, `_en` the procedures it belongs to. The file's `motivos` are reasons for going back or refusing, by procedure and
activity; its `areas` say how a unit numbers its oficios and where it sits.
Nothing here is a real person, number or account.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from datetime import date, timedelta
from pathlib import Path
from random import Random
from typing import Any

import yaml

from turna.engine.definitions import FieldDef, FormatDef

from .files import name_for
from .people import invented

_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # the same safe loader, ten times as fast
# Field keys that ask for a known kind of text, by a part of their name.
PHRASES: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("oficio", ("CAT/OF/0123/2026", "DOP/OF/0456/2026", "COM/OF/0078/2026", "DDS/OF/0211/2026")),
    ("numero", ("2026-1184", "2026-0937", "2026-2210")),
    ("inventario", ("VER-EC-04412", "VER-EC-01987", "VER-TEL-00321")),
    ("ubicacion", ("Edificio Trigueros, piso 3", "Palacio Municipal, planta baja", "Anexo B, oficina 12")),
    ("banco", ("Banco de ejemplo",)),
    ("folio_fiscal", ("6F1A3B52-0C4D-4E8B-9A77-2D5C8E901234", "0B9C7D11-5A2E-4F3C-8D66-19E4A7B30F55")),
    ("motivo", ("No coincide lo solicitado con lo autorizado.", "Falta soporte documental.")),
    ("url", ("https://pruebas.ejemplo.gob.mx",)),
)
MONTHS = (
    "enero", "febrero", "marzo", "abril", "mayo", "junio", "julio", "agosto", "septiembre", "octubre", "noviembre",
    "diciembre",
)  # fmt: skip
SENTENCES = (
    "Se atendió conforme a lo solicitado y quedó funcionando.",
    "Se revisó con el área y se tomó nota de los pendientes.",
    "Sin observaciones.",
    "Se documentó en el reporte correspondiente.",
)


@dataclasses.dataclass(frozen=True, slots=True)
class SampleBook:
    """What a pack brings for its demo. `formats`: format to a list of partial answers. `reasons`: procedure to activity
    to a list of texts. `areas`: how the units that ask number their oficios and where they sit."""

    formats: Mapping[str, list[dict[str, Any]]] = dataclasses.field(default_factory=dict)
    reasons: Mapping[str, Mapping[str, list[str]]] = dataclasses.field(default_factory=dict)
    areas: Mapping[str, Mapping[str, str]] = dataclasses.field(default_factory=dict)


def read_samples(folder: Path) -> SampleBook:
    """The samples of the pack in `folder`: `demostracion.yaml` and `demostracion/*.yaml` together."""
    paths = [folder / "demostracion.yaml", *sorted((folder / "demostracion").glob("*.yaml"))]
    told = [yaml.load(path.read_text(encoding="utf-8"), _LOADER) or {} for path in paths if path.is_file()]  # noqa: S506
    merged: dict[str, dict[str, Any]] = {"formatos": {}, "motivos": {}, "areas": {}}
    for page in told:
        for form, answers in (page.get("formatos") or {}).items():  # several files may bring answers to one format
            merged["formatos"][form] = [*merged["formatos"].get(form, ()), *answers]
        for key in ("motivos", "areas"):
            merged[key].update(page.get(key) or {})
    return SampleBook(merged["formatos"], merged["motivos"], merged["areas"])


class Sampler:
    """Answers formats; the same seed gives the same answers. `today` bounds dates."""

    def __init__(self, random: Random, today: date, samples: Mapping[str, Sequence[Mapping[str, Any]]] | None = None):
        self.random, self.today, self.samples = random, today, samples or {}
        self._person = invented(0)

    def answer(
        self,
        format: FormatDef,
        prefilled: Mapping[str, Any] | None = None,
        *,
        sample: Mapping[str, Any] | None = None,
        daring: float = 0.0,
    ) -> dict[str, Any]:
        """What somebody might type: what is prefilled stays, then a sample of the pack (`sample`, or one drawn), then
        by type. `daring`: how often a choice, a number or a yes is something else than the sample says."""
        chosen = dict(self.draw(format.key) if sample is None else sample)
        self._person = invented(self.random.randrange(700))
        typed: dict[str, Any] = {}
        for field in format.fields:
            if prefilled and prefilled.get(field.key) not in (None, "", []):
                typed[field.key] = self._completed(field, prefilled[field.key], chosen.get(field.key))
            elif field.key in chosen:
                typed[field.key] = self._completed(field, self._linked(chosen[field.key], typed), None)
            elif field.required or (field.type not in ("text", "long_text") and self.random.random() < 0.3):
                typed[field.key] = self.value(field)
            if field.key in typed and daring and self.random.random() < daring:
                typed[field.key] = self._otherwise(field, typed[field.key])
        return {key: value for key, value in typed.items() if value is not None}

    def _completed(self, field: FieldDef, given: Any, sample: Any) -> Any:
        """Rows of another format or of a sample, with what this format asks of them besides: as the rows of `sample`
        say it, or by type."""
        if field.type != "table" or not isinstance(given, list):
            return given
        said = [row for row in sample if isinstance(row, Mapping)] if isinstance(sample, list) else []
        rows = []
        for number, before in enumerate(given):
            row = {key: value for key, value in before.items() if value not in (None, "")}
            example = said[number % len(said)] if said else {}
            for column in field.columns:
                if column.key not in row and column.key in example:
                    row[column.key] = self._linked(example[column.key], {})
                elif column.key not in row and column.required:
                    row[column.key] = self.value(column)
            rows.append(row)
        return rows

    def draw(self, key: str, procedure: str = "") -> dict[str, Any]:
        """One of the pack's samples of a format that fits the procedure; empty when it has none."""
        listed = self.samples.get(key) or []
        own = [sample for sample in listed if procedure in sample.get("_en", ())]
        fitting = own or [sample for sample in listed if "_en" not in sample] or listed
        return dict(self.random.choice(fitting)) if fitting else {}

    def _otherwise(self, field: FieldDef, typed: Any) -> Any:
        """Another answer where answers differ: choices, numbers, yes or no, one cell of a table. Texts stay."""
        if field.type == "table" and isinstance(typed, list) and typed:
            rows = [dict(row) for row in typed]
            column = self.random.choice(field.columns)
            row = self.random.choice(rows)
            row[column.key] = self._otherwise(column, row.get(column.key))
            return rows
        if field.type == "yes_no":
            return self.random.choice(("sí", "no"))
        if field.type in ("choice", "money", "integer", "decimal"):
            return self.value(field)
        return typed

    def _linked(self, value: Any, typed: Mapping[str, Any]) -> Any:
        """A sample's value with what its braces stand for."""
        if isinstance(value, list):
            return [self._linked(each, typed) for each in value]
        if isinstance(value, dict):
            return {key: self._linked(each, typed) for key, each in value.items()}
        if not isinstance(value, str) or "{" not in value:
            return value
        if value[1:-1] in typed and value[0] == "{":
            return typed[value[1:-1]]
        last = self.today.replace(day=1) - timedelta(days=1)
        person = self._person
        words = {
            "mes": f"{MONTHS[last.month - 1]} de {last.year}",
            "hoy": self.today.isoformat(),
            "n": str(self.random.randint(2, 9)),
            "nombres": person["given_names"],
            "apellido1": person["surname1"],
            "apellido2": person["surname2"],
        }
        for name, word in words.items():
            value = value.replace("{" + name + "}", word)
        return value

    def value(self, field: FieldDef) -> Any:
        """A value for one field; None where a person would have to choose a place or a colleague. A file
        is told by its name: whoever sends the sheet sends it."""
        if field.options and field.type == "several":
            return [key for key, _ in self.random.sample(field.options, k=min(2, len(field.options)))]
        if field.options:
            return self.random.choice(field.options)[0]
        if field.type == "table":
            return [{column.key: self.value(column) for column in field.columns}]
        maker = BY_TYPE.get(field.type)
        return maker(self, field) if maker else None

    def text(self, field: FieldDef) -> str:
        for part, phrases in PHRASES:
            if part in field.key:
                return self.random.choice(phrases)
        if any(part in field.key for part in ("nombre", "contacto", "recibe", "entrega", "responsable", "quien")):
            person = invented(self.random.randrange(400))
            return f"{person['given_names']} {person['surname1']} {person['surname2']}"
        sentence = self.random.choice(SENTENCES)
        most = field.maximum if isinstance(field.maximum, int) else len(sentence)
        return sentence[: max(int(most), 1)].ljust(int(field.minimum or 0), ".")

    def signature(self) -> str:
        """The name of who signs."""
        person = self._person
        return f"{person['given_names']} {person['surname1']} {person['surname2']}"

    def number(self, field: FieldDef) -> str:
        low = int(float(field.minimum)) if _plain(field.minimum) else 1
        high = int(float(field.maximum)) if _plain(field.maximum) else low + 9
        return str(self.random.randint(low, max(low, high)))

    def money(self, field: FieldDef) -> str:
        return f"{self.random.randint(12, 480) * 100 + self.random.randint(0, 99)}.{self.random.randint(0, 99):02}"

    def day(self, field: FieldDef) -> str:
        ahead = field.minimum == "hoy" or "vencimiento" in field.key
        days = self.random.randint(1, 12)
        return (self.today + timedelta(days=days if ahead else -days)).isoformat()

    def period(self, field: FieldDef) -> dict[str, str]:
        last = self.today.replace(day=1) - timedelta(days=1)
        return {"desde": last.replace(day=1).isoformat(), "hasta": last.isoformat()}

    def phone(self, field: FieldDef) -> str:
        return f"229{self.random.randint(2000000, 2009999)}"

    def email(self, field: FieldDef) -> str:
        return f"persona{self.random.randrange(400)}@turna.example"

    def clabe(self, field: FieldDef) -> str:
        digits = "0021800" + "".join(str(self.random.randrange(10)) for _ in range(10))
        total = sum(int(digit) * weight % 10 for digit, weight in zip(digits, (3, 7, 1) * 6, strict=False))
        return digits + str(-total % 10)


def _plain(limit: Any) -> bool:
    return limit is not None and str(limit).replace(".", "", 1).lstrip("-").isdigit()


BY_TYPE: dict[str, Callable[[Sampler, FieldDef], Any]] = {
    "text": Sampler.text,
    "long_text": Sampler.text,
    "integer": Sampler.number,
    "decimal": Sampler.number,
    "money": Sampler.money,
    "date": Sampler.day,
    "period": Sampler.period,
    "time": lambda sampler, field: f"{sampler.random.randint(8, 14):02}:{sampler.random.choice((0, 15, 30, 45)):02}",
    "phone": Sampler.phone,
    "email": Sampler.email,
    "clabe": Sampler.clabe,
    "rfc": lambda sampler, field: "XAXX010101000",
    "curp": lambda sampler, field: "XEXX010101HNEXXXA4",
    "yes_no": lambda sampler, field: "sí",
    "signature": lambda sampler, field: sampler.signature(),
    "file": lambda sampler, field: name_for(field),
    "image": lambda sampler, field: name_for(field),
}
