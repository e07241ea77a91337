"""The rules of the house that no linter knows: sizes, names, words. Run by `make lint` and with the suite."""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path

import pytest
from django.apps import apps

pytestmark = pytest.mark.house

ROOT = Path(__file__).resolve().parent.parent
LONGEST_FILE, LONGEST_TEST, LONGEST_FUNCTION = 500, 800, 50
FORBIDDEN_NAMES = {"utils", "helpers", "common", "managers", "signals", "misc"}


@cache
def sources() -> tuple[Path, ...]:
    folders = ("turna", "tests", "bench", "docs", "frontend")
    found = (path for folder in folders for path in (ROOT / folder).rglob("*.py"))
    return tuple(sorted(path for path in found if "migrations" not in path.parts and "node_modules" not in path.parts))


def is_test(path: Path) -> bool:
    return "tests" in path.parts


def relative(path: Path) -> str:
    return str(path.relative_to(ROOT))


def test_no_file_grows_into_a_hall() -> None:
    too_long = {
        relative(path): lines
        for path in sources()
        if (lines := len(path.read_text().splitlines())) > (LONGEST_TEST if is_test(path) else LONGEST_FILE)
    }

    assert too_long == {}


def test_no_function_grows_into_a_hall() -> None:
    too_long = {}
    for path in sources():
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.end_lineno:
                lines = node.end_lineno - node.lineno + 1
                if lines > LONGEST_FUNCTION:
                    too_long[f"{relative(path)}:{node.name}"] = lines

    assert too_long == {}


def test_every_module_says_what_lives_in_it() -> None:
    silent = [
        relative(path)
        for path in sources()
        if not is_test(path)
        and path.name not in {"__init__.py", "apps.py"}
        and "management" not in path.parts
        and not ast.get_docstring(ast.parse(path.read_text()))
    ]

    assert silent == []


def test_names_say_what_a_thing_is() -> None:
    vague = [relative(p) for p in sources() if p.stem in FORBIDDEN_NAMES or p.parent.name in FORBIDDEN_NAMES]

    assert vague == []


def test_every_model_says_its_meaning_and_its_personal_data() -> None:
    silent = [
        model.__name__
        for model in apps.get_models()
        if model.__module__.startswith("turna.") and "Personal data" not in (model.__doc__ or "")
    ]

    assert silent == []


def test_rows_of_an_institution_are_constrained_to_it() -> None:
    """Every model of ours belongs to an institution, but for those that are above or below all of them."""
    above = {"Institution", "Person", "Blob", "AuditCheckpoint", "NoticePreference", "Attempt", "Beat"}
    adrift = [
        model.__name__
        for model in apps.get_models()
        if model.__module__.startswith("turna.")
        and model.__name__ not in above
        and "institution" not in {field.name for field in model._meta.fields}
    ]

    assert adrift == []


def test_no_word_about_a_machine_in_what_is_published() -> None:
    """No absolute path of a developer's machine, no registry host."""
    pattern = re.compile(r"/work/main|/root/|pypi\.org|npmjs\.org|files\.pythonhosted")
    kept = [
        p for p in ROOT.rglob("*") if p.is_file() and p.suffix in {".py", ".md", ".toml", ".yaml", ".lock", ".json"}
    ]
    guilty = [
        relative(path)
        for path in kept
        if not {"node_modules", ".venv", "var", "vendor", "out"} & set(path.relative_to(ROOT).parts)
        and path != Path(__file__)
        and pattern.search(path.read_text(errors="ignore"))
    ]

    assert guilty == []


def test_no_inline_style_or_script_in_templates() -> None:
    """The content security policy forbids both; a page that carries one is broken."""
    pattern = re.compile(r"\sstyle=|<style|\son(click|submit|change|load|input)=|<script(?![^>]*\bsrc=)", re.I)
    guilty = [relative(path) for path in (ROOT / "turna").rglob("*.html") if pattern.search(path.read_text())]

    assert guilty == []
