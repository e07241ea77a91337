"""Templates stand whatever a case holds: nothing at all, and text that looks like Typst."""

from __future__ import annotations

import pytest

from . import packs

each = pytest.mark.parametrize("template", packs.templates(), ids=lambda t: t.label)


def test_every_template_has_a_sample_and_every_sample_a_template() -> None:
    issued = [p for p in packs.ROOT.glob("manuales/*/plantillas/*.typ") if not p.name.startswith("_")]
    assert {packs.sample_of(p) for p in issued} == packs.samples()


@each
def test_a_sample_becomes_a_document(template: packs.Template) -> None:
    assert template.make(template.sample).startswith(b"%PDF")


@each
def test_what_is_missing_leaves_its_place(template: packs.Template) -> None:
    assert template.make(packs.sparse(template)).startswith(b"%PDF")


@each
def test_what_people_write_is_text_and_nothing_else(template: packs.Template) -> None:
    assert template.make(packs.hostile(template)).startswith(b"%PDF")
