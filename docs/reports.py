"""What `docs/generate.py` writes about the manuals themselves: `cobertura.md` and `hallazgos.md`.

Both come from the packs' own words: `reglas` with what meets them, `impreso` and `defectos` with what was found.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from turna.engine.checking.coverage import MECHANISMS, ROOMS
from turna.engine.defects import KINDS, count_kinds, report
from turna.engine.definitions import Activity, Pack, Procedure, Rule
from turna.engine.reading import read_files
from turna.engine.wording import span, who

MANUALS = Path(__file__).parents[1] / "manuales"
AWAITED: Mapping[str, int] = {"cero-papel": 4, "mesas": 5, "ventanilla": 6, "pagos": 6}
"""The number of the issue in which a room is built, where it is known."""

_OF_ACTIVITY: Mapping[str, Callable[[Activity], str]] = {
    "plazo": lambda a: f"plazo de {span(a.term)}" if a.term else "",
    "pregunta": lambda a: f"pregunta «{a.question}»",
    "firma": lambda a: "firma",
    "aviso": lambda a: "aviso a quien solicita",
    "adjunta": lambda a: "archivos que se exigen: " + ", ".join(x.kind for x in a.attachments),
    "llama": lambda a: f"procedimiento «{a.call.procedure}»" if a.call else "",
    "espera": lambda a: f"espera {a.waits_for}",
    "por_cada": lambda a: "se hace por cada elemento",
    "modo": lambda a: f"intervienen {', '.join(who(r) for r in a.responsibles)}",
    "documento": lambda a: "documento que emite o usa",
    "accion": lambda a: f"acción `{a.action}`",
    "actividad": lambda a: a.text.rstrip("."),
}


def packs() -> list[Pack]:
    """Every manual of the repository, by key."""
    found = [read_files(path.parent).pack for path in sorted(MANUALS.glob("*/institucion.yaml"))]
    return [pack for pack in found if pack is not None]


def coverage() -> str:
    """`cobertura.md`: one row per rule of the manuals, what meets it, and what it waits for."""
    parts = [
        "# Cobertura de las reglas de los manuales",
        "Esta página se genera de los manuales con `make docs`: no la edite. Cada regla dice qué la hace cumplir; si "
        "falta construir algo, qué espera.",
        _summary(),
    ]
    for pack in packs():
        parts.append(f"## {pack.manual.get('titulo') or pack.institution.name}")
        parts += [_of_procedure(pack, procedure) for procedure in pack.procedures.values() if procedure.rules]
    return "\n\n".join(parts) + "\n"


def _summary() -> str:
    rows = []
    for pack in packs():
        rules = [rule for p in pack.procedures.values() for rule in p.rules]
        waiting = sum(rule.waits_for is not None for rule in rules)
        told = sum(rule.met_by == ("politica",) for rule in rules)
        rows.append(f"| {pack.key} | {len(rules)} | {len(rules) - waiting - told} | {told} | {waiting} |")
    head = "| Manual | Reglas | Se hacen cumplir | Solo informan | Esperan algo |\n| --- | --- | --- | --- | --- |"
    return "\n".join([head, *rows])


def _of_procedure(pack: Pack, procedure: Procedure) -> str:
    lines = [f"### {procedure.name}", "", "| No. | Regla | Se cumple con | Espera |", "| --- | --- | --- | --- |"]
    lines += [_row(pack, procedure, number, rule) for number, rule in enumerate(procedure.rules, 1)]
    return "\n".join(lines)


def _row(pack: Pack, procedure: Procedure, number: int, rule: Rule) -> str:
    met = "; ".join(_means(pack, procedure, means) for means in rule.met_by)
    return f"| {number} | {_cell(rule.text)} | {_cell(met)} | {_awaited(rule)} |"


def _awaited(rule: Rule) -> str:
    if rule.waits_for is None:
        return ""
    issue = AWAITED.get(rule.waits_for)
    return ROOMS[rule.waits_for] + (f" (asunto {issue})" if issue else " (asunto posterior)")


def _means(pack: Pack, procedure: Procedure, means: str) -> str:
    """One means in words."""
    kind, _, name = means.partition(" ")
    activity = procedure.by_step.get(name)
    if activity is not None and kind in _OF_ACTIVITY:
        return f"actividad {name}: {_OF_ACTIVITY[kind](activity)}"
    key, _, field = name.partition(".")
    form = pack.formats.get(key)
    if kind in ("formato", "validacion") and form is not None:
        asked = form.field(field)
        return f"formato «{form.name}»" + (f", «{asked.label}»" if asked else "") + _checked(kind)
    if kind == "mecanismo":
        return MECHANISMS[name].lower()
    if kind == "plazo" and procedure.term is not None:
        return f"plazo del procedimiento: {span(procedure.term)}"
    return {"politica": "se imprime en las políticas", "inicio": "quién puede iniciarlo"}.get(means, means)


def _checked(kind: str) -> str:
    return " (se valida al llenarlo)" if kind == "validacion" else ""


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


def findings() -> str:
    """`hallazgos.md`: what was found in the published manuals, and how it is mended here."""
    totals: dict[str, int] = {}
    for pack in packs():
        for kind, count in count_kinds(pack).items():
            totals[kind] = totals.get(kind, 0) + count
    rows = [f"| {KINDS.get(kind, 'Del procedimiento en general')} | {totals[kind]} |" for kind in sorted(totals)]
    parts = [
        "# Hallazgos en los manuales publicados",
        "Esta página se genera de los manuales con `make docs` (`turna pack defects MANUAL` da lo de uno solo): no la "
        "edite. Turna leyó cada manual como está impreso y lo recorrió; aquí está lo que no cuadra y cómo se lee para "
        "que el procedimiento corra.",
        "\n".join(["| Qué se encontró | Cuántas veces |", "| --- | --- |", *rows]),
        *(report(pack, level=2).rstrip() for pack in packs()),
    ]
    return "\n\n".join(parts) + "\n"


PAGES: Mapping[str, Callable[[], str]] = {"cobertura.md": coverage, "hallazgos.md": findings}
"""Pages of `docs/` by file name, and who writes them."""
