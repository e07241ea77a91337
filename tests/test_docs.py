"""The documentation says what is so: links lead somewhere, commands run, examples check, names and labels exist."""

from __future__ import annotations

import ast
import importlib
import os
import re
import struct
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import get_commands
from django.urls import Resolver404, resolve, reverse

from docs import generate, sources
from turna.core.accounts import FAILURES_PER_ACCOUNT
from turna.core.documents import render
from turna.core.people import INVITATION_LASTS
from turna.core.rights import RIGHTS

ROOT = Path(__file__).resolve().parent.parent
DOCS = ROOT / "docs"
PAGES = sorted([*DOCS.rglob("*.md"), *ROOT.glob("*.md")])
GUIDES = sorted((DOCS / "guias").glob("*.md"))
IDS = [str(page.relative_to(ROOT)) for page in PAGES]
_BLOCK = re.compile(r"^```([^\n]*)\n(.*?)^```$", re.M | re.S)
WIDE, HEAVY = 1280, 250 * 1024


def text_of(page: Path) -> str:
    return page.read_text(encoding="utf-8")


def prose_of(page: Path) -> str:
    """The page without its blocks of code."""
    return _BLOCK.sub("", text_of(page))


def blocks(page: Path) -> list[tuple[str, str]]:
    """(what stands after the fence, body) of every block, in order."""
    return [(info.strip(), body) for info, body in _BLOCK.findall(text_of(page))]


# --- Links and pictures -----------------------------------------------------------------


def anchors(page: Path) -> set[str]:
    titles = re.findall(r"^#+ (.+)$", prose_of(page), re.M)
    return {re.sub(r"[^\w\- ]", "", title.lower()).strip().replace(" ", "-") for title in titles}


@pytest.mark.parametrize("page", PAGES, ids=IDS)
def test_every_link_and_picture_is_there(page: Path) -> None:
    broken = []
    for target in re.findall(r"\]\(([^)\s]+)\)", prose_of(page)):
        if re.match(r"[a-z]+:", target):
            continue
        path, _, anchor = target.partition("#")
        found = (page.parent / path).resolve() if path else page
        if not found.exists() or (anchor and anchor not in anchors(found)):
            broken.append(target)

    assert broken == []


def test_every_page_is_reached_from_the_index() -> None:
    index = text_of(DOCS / "README.md") + text_of(DOCS / "referencia" / "README.md") + text_of(ROOT / "README.md")
    lost = [page.name for page in PAGES if page.name != "README.md" and page.name not in index]

    assert lost == []


def test_pictures_are_used_wide_enough_and_light() -> None:
    told = "".join(text_of(page) for page in PAGES)
    for picture in sorted((DOCS / "imagenes").glob("*.png")):
        data = picture.read_bytes()
        assert struct.unpack(">I", data[16:20])[0] == WIDE, picture.name
        assert len(data) < HEAVY, picture.name
        assert picture.name in told, f"{picture.name}: no page shows it"


# --- Names ------------------------------------------------------------------------------


def test_the_reference_is_what_the_code_says() -> None:
    assert generate.missing() == []
    assert generate.stale() == [], "run `make docs`"


def test_the_reference_would_notice_a_change() -> None:
    with RIGHTS.temporarily("kites.fly", "Volar papalotes"):
        assert generate.stale() == ["registros.md"]


def test_every_command_and_argument_says_what_it_does() -> None:
    verbs = sources.commands()
    silent = [f"{verb.words} {typed}" for verb in verbs for typed, said in verb.arguments if not said]

    assert silent + [verb.words for verb in verbs if not verb.about] == []


def test_every_registry_right_and_event_is_told_to_developers() -> None:
    page = text_of(DOCS / "extender.md")
    registries = {
        node.target.id
        for _path, tree in sources.trees()
        for node in ast.walk(tree)
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name) and node.value is not None
        if ast.unparse(node.value).startswith("Registry(")
    }
    names = {*registries, *RIGHTS, *sources.events()}

    assert len(registries) >= 7
    assert {name for name in names if f"`{name}" not in page} == set()


def test_events_are_told_with_their_fields() -> None:
    page = text_of(DOCS / "extender.md")
    told = {name: fields.split(", ") for name, fields in re.findall(r"^\| `([A-Z]\w+)\(([\w, ]+)\)`", page, re.M)}

    assert told == sources.events()


def test_what_developers_are_told_to_import_is_there() -> None:
    lost = []
    for dotted in sorted(set(re.findall(r"\bturna(?:\.[a-z_]+)+", text_of(DOCS / "extender.md")))):
        if not dotted.startswith("turna.apps.parks") and not _importable(dotted):
            lost.append(dotted)

    assert lost == []


def _importable(dotted: str) -> bool:
    module, _, name = dotted.rpartition(".")
    try:
        return hasattr(importlib.import_module(module), name) or bool(importlib.import_module(dotted))
    except ImportError:
        return False


@cache
def variables_of_tests() -> frozenset[str]:
    """What the tests themselves read from the environment: told to developers only."""
    texts = [path.read_text(encoding="utf-8") for path in [ROOT / "conftest.py", *(ROOT / "tests").rglob("*.py")]]
    return frozenset(re.findall(r"environ(?:\.get\(|\[)\"(TURNA_[A-Z_]+)\"", "".join(texts)))


@pytest.mark.parametrize("page", PAGES, ids=IDS)
def test_every_variable_is_one_that_is_read(page: Path) -> None:
    known = {variable.name for variable in sources.variables()} | variables_of_tests()
    named = {name.removesuffix("_FILE") for name in re.findall(r"\b(?:TURNA|DATABASE)_[A-Z_]+[A-Z]\b", text_of(page))}

    assert named - known == set()


@pytest.mark.parametrize("page", PAGES, ids=IDS)
def test_every_command_is_one_that_runs(page: Path) -> None:
    known = {verb.words for verb in sources.commands()} | {f"turna {name}" for name in get_commands()}
    known |= {" ".join(words.split()[:2]) for words in known}
    named = set(re.findall(r"`(?:\.venv/bin/)?(turna [a-z]+(?: [a-z]+)?)", prose_of(page)))
    for _info, body in blocks(page):
        named |= set(re.findall(r"^(?:\.venv/bin/)?(turna [a-z]+(?: [a-z]+)?)(?= |$)", body, re.M))

    assert {words for words in named if words not in known and words.rsplit(" ", 1)[0] not in known} == set()


@pytest.mark.parametrize("page", PAGES, ids=IDS)
def test_every_option_is_one_that_is_taken(page: Path) -> None:
    """Options after a command of ours, wherever it is shown."""
    options: dict[str, set[str]] = {}
    for verb in sources.commands():
        options[verb.words] = {typed.split()[0] for typed, _said in verb.arguments}
    wrong = []
    for line in re.findall(r"\bturna [^\n`»]*", text_of(page)):
        verb = next((words for words in sorted(options, key=len, reverse=True) if line.startswith(words)), None)
        given = set(re.findall(r"(?<=\s)--[a-z0-9-]+", line))
        wrong += [f"{verb}: {option}" for option in given if verb and option not in options[verb]]

    assert wrong == []


@pytest.mark.parametrize("page", PAGES, ids=IDS)
def test_every_make_target_is_in_the_makefile(page: Path) -> None:
    targets = set(re.findall(r"^([a-z][\w.-]*):", text_of(ROOT / "Makefile"), re.M))
    named = set(re.findall(r"`make ([a-z0-9]+)`", prose_of(page)))
    for _info, body in blocks(page):
        named |= set(re.findall(r"^make ([a-z0-9]+)", body, re.M))

    assert named - targets == set()


# --- Pages and labels -------------------------------------------------------------------


@pytest.mark.parametrize("page", [*GUIDES, ROOT / "README.md"], ids=lambda page: page.name)
def test_every_address_leads_to_a_page(page: Path) -> None:
    wrong = []
    for path in re.findall(r"`(/[\w/-]*/)`", prose_of(page)):
        try:
            resolve(path)
        except Resolver404:
            wrong.append(path)

    assert wrong == []


@cache
def labels() -> frozenset[str]:
    """Every text that some page of ours may show, whole."""
    found: set[str] = set()
    for _path, tree in sources.trees():
        found |= {
            node.value for node in ast.walk(tree) if isinstance(node, ast.Constant) and isinstance(node.value, str)
        }
    for template in (ROOT / "turna").rglob("*.html"):
        body = template.read_text(encoding="utf-8")
        found |= set(re.findall(r'translate "([^"]+)"', body)) | set(re.findall(r'_\("([^"]+)"\)', body))
    return frozenset(_plain(text) for text in found)


def _plain(text: str) -> str:
    return " ".join(text.split()).rstrip(":.").lower()


@pytest.mark.parametrize("page", GUIDES, ids=lambda page: page.name)
def test_every_label_stands_on_some_page(page: Path) -> None:
    """What guides print in bold is what people read on the screen, word for word."""
    bold = {" ".join(text.split()) for text in re.findall(r"\*\*(.+?)\*\*", prose_of(page), re.S)}

    assert {label for label in bold if _plain(label) not in labels()} == set()


def test_numbers_in_the_guides_are_those_of_the_code() -> None:
    officials, keepers = (text_of(DOCS / "guias" / name) for name in ("funcionario.md", "administracion.md"))
    shortest = [v["OPTIONS"]["min_length"] for v in settings.AUTH_PASSWORD_VALIDATORS if "OPTIONS" in v]

    assert "siete días" in officials and INVITATION_LASTS.days == 7
    assert "diez caracteres" in officials and shortest == [10]
    assert "ocho contraseñas equivocadas en diez minutos" in keepers
    assert FAILURES_PER_ACCOUNT == {"limit": 8, "seconds": 600}
    assert reverse("openid_connect_callback", args=["oidc"]) in keepers


# --- What can be run --------------------------------------------------------------------


@pytest.fixture
def scratch(tmp_path: Path) -> Path:
    """A folder in which commands run as in an install: the manuals beside, the data of its own."""
    (tmp_path / "manuales").mkdir()
    (tmp_path / "manuales" / "veracruz-dmiga").symlink_to(ROOT / "manuales" / "veracruz-dmiga")
    return tmp_path


def environment(scratch: Path, **more: str) -> dict[str, str]:
    """Of a production install on SQLite. Nothing of the tests' own."""
    own = {name: value for name, value in os.environ.items() if not name.startswith(("TURNA_", "DATABASE_", "DJANGO_"))}
    return {
        **own,
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "PYTHONPATH": str(ROOT),
        "TURNA_SECRET_KEY": "clave-de-prueba-que-no-sirve-para-nada-mas",
        "TURNA_HOSTS": "tramites.ejemplo.gob.mx",
        "TURNA_DATA_DIR": str(scratch / "var"),
        **more,
    }


def shell(script: str, scratch: Path, **more: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["bash", "-euo", "pipefail", "-c", script],
        cwd=scratch,
        env=environment(scratch, **more),
        capture_output=True,
        text=True,
        timeout=240,
    )


def run(script: str, scratch: Path, **more: str) -> str:
    done = shell(script, scratch, **more)
    assert done.returncode == 0, f"{script}\n{done.stdout}\n{done.stderr}"
    return done.stdout


once = pytest.mark.skipif(bool(os.environ.get("DATABASE_URL")), reason="the guides install on SQLite: once is enough")


def test_what_the_front_page_runs_runs(scratch: Path) -> None:
    lines = [line for info, body in blocks(ROOT / "README.md") if info == "sh" for line in body.splitlines()]
    commands = [line.removeprefix(".venv/bin/") for line in lines if line.startswith(".venv/bin/turna ")]

    assert len(commands) >= 3
    run("\n".join(commands), scratch, TURNA_MANUALS_DIR=str(ROOT / "manuales"))


@once
def test_the_installation_guide_installs(scratch: Path) -> None:
    (scratch / "var").mkdir()
    told = [run(body, scratch) for info, body in blocks(DOCS / "guias" / "administracion.md") if info == "sh runnable"]
    everything = "".join(told)

    assert "Edición 1 instalada; 11 procedimientos" in everything
    assert everything.count("/cuenta/invitacion/") == 2
    assert "La auditoría está íntegra" in everything
    assert (scratch / "respaldos" / "turna.sqlite3").stat().st_size > 100_000


def parts_of_the_manual() -> Iterator[tuple[str, str, str]]:
    """(kind, name, body) of each block of the guide: file, change, mistake, told, run."""
    for info, body in blocks(DOCS / "guias" / "manual.md"):
        language, _, rest = info.partition(" ")
        name = rest.split(" ")[0]
        kinds = {"yaml": "file", "typst": "file", "text": "told", "sh": "run"}
        kind = "mistake" if rest.endswith("equivocado") else kinds.get(language, "change")
        yield kind, name, body


def changed(text: str, diff: str) -> str:
    """The text with a block of `-` and `+` lines done to it, at the first place where it fits."""
    removed = "\n".join(line[1:] for line in diff.splitlines() if line.startswith("-"))
    added = "\n".join(line[1:] for line in diff.splitlines() if line.startswith("+"))
    assert removed in text, f"nothing to change: {removed}"
    return text.replace(removed, added, 1)


@once
def test_the_manual_of_the_guide_is_checked_installed_and_changed(scratch: Path) -> None:
    folder = scratch / "manuales" / "valle-claro"
    (scratch / "var").mkdir()
    run("turna migrate", scratch)
    said, mistaken = "", ""
    for kind, name, body in parts_of_the_manual():
        path = folder / name
        if kind == "file":
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(body, encoding="utf-8")
        elif kind == "mistake":
            kept = path.read_text(encoding="utf-8")
            path.write_text(changed(kept, body), encoding="utf-8")
            done = shell("turna pack check manuales/valle-claro", scratch)
            mistaken = done.stdout
            assert done.returncode == 1
            path.write_text(kept, encoding="utf-8")
        elif kind == "told":
            assert body.strip() in mistaken
        elif kind == "change":
            path.write_text(changed(path.read_text(encoding="utf-8"), body), encoding="utf-8")
        else:
            said += run(body, scratch)

    assert "valle-claro: sin errores" in said and "warning" not in said
    assert "prestamo-de-auditorio: versión 1" in said and "prestamo-de-auditorio: versión 2" in said
    assert "Procedimientos que cambian: prestamo-de-auditorio" in said
    assert "resultado: improcedente" in said
    assert (scratch / "auditorio.svg").read_text(encoding="utf-8").startswith("<svg")


def write_manual(folder: Path) -> None:
    for kind, name, body in parts_of_the_manual():
        if kind == "file":
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(body, encoding="utf-8")


def test_the_manual_of_the_guide_is_sound(scratch: Path) -> None:
    write_manual(scratch / "manuales" / "valle-claro")

    said = run("turna pack check manuales/valle-claro", scratch)

    assert "sin errores; 1 procedimientos, 1 formatos" in said and "warning" not in said


def test_the_template_of_the_guide_makes_a_document(tmp_path: Path) -> None:
    write_manual(tmp_path)
    data = {"institucion": {"nombre": "Valle Claro"}, "datos": {"solicitud-de-espacio": {"acto": "un concierto"}}}
    files = {path.name: path.read_bytes() for path in (tmp_path / "plantillas").glob("*.typ")}

    assert render("autorizacion.typ", files, data, at=datetime(2026, 11, 20, tzinfo=UTC)).startswith(b"%PDF")


# --- A domain plugged in ----------------------------------------------------------------

PLUGGED = """
import sys
from datetime import UTC, datetime
import turna.apps
turna.apps.__path__.append(sys.argv[1])
from django.core.management import call_command, execute_from_command_line
import os
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "turna.config.settings")
import django
django.setup()
call_command("check")
from django.urls import reverse
from turna.core.files import GUARDS
from turna.core.notices import KINDS
from turna.core.accounts import FAILURES_PER_ACCOUNT
from turna.core.documents import render
from turna.core.people import INVITATION_LASTS
from turna.core.rights import RIGHTS
from turna.procedures.actions import ACTIONS, ActionFailed, Context
from turna.procedures.definitions import MESSAGES
from turna.procedures.worker import JOBS
assert reverse("parks") == "/parques/"
for registry, name in ((RIGHTS, "parks.manage"), (KINDS, "parks.reminder"), (MESSAGES, "parques.deposito"),
                       (GUARDS, "parks.map"), (JOBS, "parks.reminders")):
    assert name in registry, name
action = ACTIONS.get("parques.tarifa")
def context(hours):
    return Context(1, 1, "1", datetime.now(UTC), None, "solicitud", {"horas": hours}, {})
assert action(context(3)).values == {"tarifa": "450.00"}
try:
    action(context(13))
except ActionFailed:
    pass
else:
    raise SystemExit("a kiosk was lent for 13 hours")
assert JOBS.get("parks.reminders").run() == 0
print("plugged in")
"""


def write_domain(scratch: Path) -> None:
    for info, body in blocks(DOCS / "extender.md"):
        language, _, name = info.partition(" ")
        folder = scratch / "apps" if language == "python" else scratch / "manuales" / "quioscos"
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(body, encoding="utf-8")


def test_the_domain_of_the_guide_plugs_in(scratch: Path) -> None:
    write_domain(scratch)
    (scratch / "plugged.py").write_text(PLUGGED, encoding="utf-8")

    assert "plugged in" in run("python plugged.py apps", scratch, TURNA_APPS="parks", TURNA_MODE="test")


def test_its_manual_needs_it(scratch: Path) -> None:
    write_domain(scratch)
    check = (
        "import sys, turna.apps; turna.apps.__path__.append('apps');"
        "from turna.config.cli import main; sys.argv = ['turna', 'pack', 'check', 'manuales/quioscos']; main()"
    )

    assert "sin errores" in run(f'python -c "{check}"', scratch, TURNA_APPS="parks")
    refused = shell(f'python -c "{check}"', scratch)
    assert refused.returncode == 1 and "parques.tarifa" in refused.stdout
