"""Templates stand whatever a case holds: nothing at all, and text that looks like Typst."""

from __future__ import annotations

from pathlib import Path

import pytest

from .packs import label, make, sample, templates

each = pytest.mark.parametrize("template", templates(), ids=label)

HOSTILE = '#panic("x") $1/0$ \\ * _ <script> @a'


def test_every_template_has_a_sample_and_every_sample_a_template() -> None:
    there = {p.parent / "muestras" / f"{p.stem}.json" for p in templates()}
    assert there == {sample for p in templates() for sample in (p.parent / "muestras").glob("*.json")}


@each
def test_a_sample_becomes_a_document(template: Path) -> None:
    assert make(template, sample(template)).startswith(b"%PDF")


@each
def test_what_is_missing_leaves_its_place(template: Path) -> None:
    sparse = {"institucion": {"nombre": "X"}, "caso": {"folio": "F/1"}, "documento": {"titulo": "Prueba"}}
    assert make(template, sparse).startswith(b"%PDF")


@each
def test_what_people_write_is_text_and_nothing_else(template: Path) -> None:
    told = sample(template)
    told["datos"] = {form: dict.fromkeys(fields, HOSTILE) for form, fields in told["datos"].items()}
    assert make(template, told).startswith(b"%PDF")
