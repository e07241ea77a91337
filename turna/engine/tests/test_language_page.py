"""`docs/lenguaje.md` says what the code does: its example is a sound pack, and it names every code and key."""

from __future__ import annotations

import re
from pathlib import Path

from turna.engine.checking import check_reading, coverage
from turna.engine.expressions import CALENDAR_FUNCTIONS, FUNCTIONS
from turna.engine.reading import activities, formats, institution, manual, printed, procedures, read_sources, terms

ROOT = Path(__file__).resolve().parents[3]
PAGE = (ROOT / "docs" / "lenguaje.md").read_text(encoding="utf-8")
ENGINE = ROOT / "turna" / "engine"
_EXAMPLE = re.compile(r"^```(?:yaml|typst) (\S+)\n(.*?)^```$", re.M | re.S)


def test_the_examples_are_one_sound_pack() -> None:
    sources = dict(_EXAMPLE.findall(PAGE))
    assert len(sources) == 5
    pack, findings = check_reading(read_sources("ejemplo", sources), ())
    assert [str(f) for f in findings] == []
    assert pack is not None and list(pack.procedures) == ["pago"]


def test_every_code_is_on_the_page() -> None:
    texts = [p.read_text(encoding="utf-8") for room in ("reading", "checking") for p in (ENGINE / room).glob("*.py")]
    codes = {code for text in texts for code in re.findall(r'"([a-z0-9]+(?:-[a-z0-9]+)+)"', text)}
    codes -= {"servidor-publico", "utf-8-sig", "utf-8"}
    assert len(codes) > 50
    assert {c for c in codes if f"`{c}`" not in PAGE} == set()


def test_every_key_type_and_function_is_on_the_page() -> None:
    keys = {*institution.KEYS, *manual.KEYS, *formats.KEYS, *formats.FIELD_KEYS, *formats.FIELD_TYPES}
    keys |= {*procedures.KEYS, *procedures.START_KEYS, *activities.KEYS, *activities.ANSWER_KEYS, *terms.TERM_KEYS}
    keys |= {*activities.ATTACHMENT_KEYS, *FUNCTIONS, *CALENDAR_FUNCTIONS, *coverage.MECHANISMS, *coverage.ROOMS}
    keys |= {*institution.ACCOUNT_KEYS, *institution.NAME_PARTS, *printed.PRINTED_KEYS}
    assert {k for k in keys if not re.search(rf"\b{k}\b", PAGE)} == set()
