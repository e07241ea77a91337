"""Writes `docs/referencia/`: what administrators look up, straight from the code; and the reports on the manuals
(`docs/cobertura.md`, `docs/hallazgos.md`). `python -m docs.generate`.

With `--check` nothing is written: exit 1 and the names of the pages that are stale.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import django

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "turna.config.settings")
    os.environ.setdefault("TURNA_MODE", "test")
    django.setup()

from django.utils.translation import override

from docs import meanings, reports, sources
from turna.core.audit.sealing import CHAINS
from turna.core.files import GUARDS
from turna.core.notices import KINDS
from turna.core.rights import RIGHTS
from turna.procedures.actions import ACTIONS
from turna.procedures.definitions import MESSAGES
from turna.procedures.pages import history
from turna.procedures.worker import JOBS
from turna.web.administration.wording import ACTS

FOLDER = sources.ROOT / "docs" / "referencia"
_NOTE = "Esta página se genera del código con `make docs`: no la edite."


def pages() -> dict[str, str]:
    """Every page of the reference by file name."""
    with override("es-mx"):
        return {
            "README.md": _index(),
            "entorno.md": _environment(),
            "comandos.md": _commands(),
            "registros.md": _registries(),
            "auditoria.md": _audit(),
            "direcciones.md": _addresses(),
        }


def stale() -> list[str]:
    """Names of the pages that do not say what the code says."""
    wanted = pages()
    kept = {path.name: path.read_text(encoding="utf-8") for path in FOLDER.glob("*.md")}
    told = {name: write() for name, write in reports.PAGES.items()}
    old = [name for name, text in told.items() if not _says(FOLDER.parent / name, text)]
    return sorted([*(name for name in {*wanted, *kept} if wanted.get(name) != kept.get(name)), *old])


def _says(path: Path, text: str) -> bool:
    return path.is_file() and path.read_text(encoding="utf-8") == text


def missing() -> list[str]:
    """Names without words, and words without a name."""
    pairs: list[tuple[str, Iterable[str], Iterable[str]]] = [
        ("ENVIRONMENT", (v.name for v in sources.variables()), meanings.ENVIRONMENT),
        ("ACTIONS", ACTIONS, meanings.ACTIONS),
        ("EVENTS", sources.events(), meanings.EVENTS),
        ("JOBS", JOBS, meanings.JOBS),
        ("KINDS", {*sources.notice_kinds(), *KINDS} - {""}, meanings.KINDS),
        ("CHAINS", {*CHAINS, "institution"}, meanings.CHAINS),
        ("GUARDS", GUARDS, meanings.GUARDS),
        ("PATHS", (_first(a) for a in sources.addresses()), meanings.PATHS),
        ("AUDIT", _acts(), {*meanings.AUDIT, *ACTS, *history.ACTIONS}),
    ]
    return [f"{table}: {name}" for table, real, told in pairs for name in sorted(set(real) ^ set(told))]


def _acts() -> list[str]:
    """Every audit action, by name."""
    return sorted({*sources.audit_actions(), *ACTS, *history.ACTIONS})


def table(header: tuple[str, ...], rows: Iterable[tuple[Any, ...]]) -> str:
    """A Markdown table."""
    lines = ["| " + " | ".join(header) + " |", "|" + "---|" * len(header)]
    lines += ["| " + " | ".join(_cell(value) for value in row) + " |" for row in rows]
    return "\n".join(lines)


def _cell(value: object) -> str:
    return " ".join(str(value).replace("|", "\\|").split())


def _page(title: str, *parts: str) -> str:
    return "\n\n".join([f"# {title}", _NOTE, *(part.strip() for part in parts)]) + "\n"


def _index() -> str:
    listed = [
        ("entorno.md", "Variables de entorno"),
        ("comandos.md", "Comandos `turna`"),
        ("registros.md", "Derechos, acciones, mensajes, eventos, avisos y trabajos en segundo plano"),
        ("auditoria.md", "Actos que guarda la auditoría"),
        ("direcciones.md", "Direcciones de las páginas"),
    ]
    return _page("Referencia", "\n".join(f"- [{title}]({name})" for name, title in listed))


def _environment() -> str:
    lead = (
        "Todo se configura con variables de entorno. Cualquiera puede venir de un archivo, como piden los gestores de "
        "secretos: `TURNA_SECRET_KEY_FILE=/run/secrets/clave` toma su contenido. Sí o no se escribe `1` o `0`."
    )
    rows = [(f"`{v.name}`", _value(v), meanings.ENVIRONMENT.get(v.name, "")) for v in sources.variables()]
    return _page("Variables de entorno", lead, table(("variable", "de omisión", "para qué"), rows))


def _value(variable: sources.Variable) -> str:
    if variable.name in meanings.DEFAULTS:
        return meanings.DEFAULTS[variable.name]
    return f"`{variable.default}`" if variable.default else "vacía"


def _commands() -> str:
    lead = (
        "Además de los de Django que se usan al instalar: `turna migrate` pone al día la base y "
        "`turna collectstatic --noinput` junta los archivos estáticos."
    )
    parts = []
    for verb in sources.commands():
        parts.append(f"## {verb.words}\n\n{_sentence(verb.about)}")
        if verb.arguments:
            parts.append(
                table(("argumento", "qué dice"), [(f"`{typed}`", _sentence(said)) for typed, said in verb.arguments])
            )
    return _page("Comandos", lead, *parts)


def _sentence(text: str) -> str:
    words = " ".join(text.split())
    return words[:1].upper() + words[1:]


def _registries() -> str:
    seconds = [(f"`{name}`", f"cada {job.seconds:g} s", meanings.JOBS.get(name, "")) for name, job in JOBS.items()]
    events = [
        (f"`{name}`", ", ".join(f"`{field}`" for field in fields), meanings.EVENTS.get(name, ""))
        for name, fields in sources.events().items()
    ]
    kinds = {name: meanings.KINDS.get(name, "") for name in sources.notice_kinds()}
    kinds |= {name: str(label) for name, label in KINDS.items() if name}
    messages = [(f"`{name}`", told) for name, told in MESSAGES.items()]
    return _page(
        "Registros",
        "Lo que está enchufado en esta instalación. Cómo se agrega más: [extender.md](../extender.md).",
        "## Derechos\n\nSe dan a un puesto, en su página del organigrama. Quien encabeza una unidad ve y reasigna "
        "el trabajo de ella sin derecho alguno.",
        table(("derecho", "permite"), [(f"`{name}`", label) for name, label in RIGHTS.items()]),
        "## Acciones\n\nLas que una actividad puede nombrar en `accion`.",
        table(("acción", "qué hace"), [(f"`{name}`", meanings.ACTIONS.get(name, "")) for name in ACTIONS]),
        "## Mensajes\n\nLos que una actividad puede esperar en `espera`; un manual puede nombrar otros.",
        table(("mensaje", "qué anuncia"), messages) if messages else "Ninguno registrado todavía.",
        "## Eventos\n\nSe publican cuando lo hecho ya quedó guardado.",
        table(("evento", "datos", "cuándo"), events),
        "## Clases de avisos",
        table(("clase", "qué avisa"), [(f"`{name}`", told) for name, told in sorted(kinds.items())]),
        "## Trabajos en segundo plano\n\nLos hace `turna worker`; `turna serve` inicia uno.",
        table(("trabajo", "frecuencia", "qué hace"), seconds),
        "## Guardas de archivos",
        table(("dueño", "quién lo ve"), [(f"`{name}`", meanings.GUARDS.get(name, "")) for name in GUARDS]),
    )


class _Unknown:
    """Stands for the case when the words of the history are asked without one."""

    positions: dict[int, str] = {}
    comments: dict[int, str] = {}
    tasks: dict[int, Any] = {}

    def step(self, data: Any, name: str = "step") -> str:
        return "la actividad"

    def steps(self, numbers: Any) -> str:
        return "las actividades"


def _audit() -> str:
    chains = [(f"`{name}`", meanings.CHAINS.get(name, "")) for name in sorted({*CHAINS, "institution"})]
    told = {name: _told(name) for name in _acts()}
    return _page(
        "Auditoría",
        "Cada acto es un registro sellado con el anterior de su cadena; ninguno se cambia ni se borra. "
        "`turna audit verify` los comprueba todos.",
        table(("cadena", "qué guarda"), chains),
        "## Actos",
        table(("acto", "qué es"), [(f"`{name}`", words) for name, words in told.items()]),
    )


def _told(action: str) -> str:
    if action in ACTS:
        return str(ACTS[action])
    if action in history.ACTIONS:
        unknown: Any = _Unknown()
        return history.ACTIONS[action][0]({}, unknown)[0].replace("«»", "un documento").replace(" .", ".").rstrip(".: ")
    return meanings.AUDIT.get(action, "")


def _addresses() -> str:
    grouped: dict[str, list[tuple[str, str]]] = {}
    for address in sources.addresses():
        grouped.setdefault(_first(address), []).append((f"`{address.path}`", f"`{address.name}`"))
    parts = []
    for first in sorted(grouped, key=lambda word: meanings.PATHS.get(word, word)):
        parts += [f"## {meanings.PATHS.get(first, first)}", table(("dirección", "nombre en el código"), grouped[first])]
    lead = "Lo que va entre `<` y `>` cambia. Las páginas para entrar y para la contraseña están bajo `/cuenta/`."
    return _page("Direcciones", lead, *parts)


def _first(address: sources.Address) -> str:
    return address.path.split("/")[1]


def main(arguments: list[str]) -> int:
    if "--check" in arguments:
        found = stale()
        sys.stdout.write("".join(f"docs/referencia/{name}\n" for name in found))
        return int(bool(found))
    write(FOLDER)
    for name, made in reports.PAGES.items():
        (FOLDER.parent / name).write_text(made(), encoding="utf-8")
    return 0


def write(folder: Path) -> None:
    """Writes every page and takes away what is no page any more."""
    folder.mkdir(parents=True, exist_ok=True)
    wanted = pages()
    for path in folder.glob("*.md"):
        if path.name not in wanted:
            path.unlink()
    for name, text in wanted.items():
        (folder / name).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
