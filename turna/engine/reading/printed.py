"""`reglas`, `defectos` and `impreso`: what a procedure's file tells of the published manual."""

from __future__ import annotations

from ..definitions import Defect, Printed, Rule
from .nodes import Mapping, Scalar, Sequence
from .tables import Table

PRINTED_KEYS = ("paso", "responsable", "actividad", "pregunta", "respuestas", "sigue", "falta", "porque")


def read_printed(row: Table) -> Printed | None:
    block = row.table("impreso", f"«impreso» de {row.what}", PRINTED_KEYS)
    if block is None:
        return None
    return Printed(
        why=block.text("porque", required=True),
        place=block.place,
        step=_said(block, "paso"),
        responsible=_said(block, "responsable"),
        text=_said(block, "actividad"),
        question=_said(block, "pregunta"),
        answers=_answers(block),
        targets=_targets(block),
        missing=block.flag("falta"),
    )


def _said(block: Table, key: str) -> str | None:
    """A text; "" when the manual leaves the cell empty; None when it prints what runs."""
    return block.text(key) if key in block.node.entries else None


def _answers(block: Table) -> dict[str, str] | None:
    node = block.get("respuestas")
    if node is None:
        return None
    if not isinstance(node, Mapping):
        block.wrong("respuestas", "un bloque como `{sí: 8, no: nada}`")
        return None
    return {label: value.text.strip() for label, value in node.entries.items() if isinstance(value, Scalar)}


def _targets(block: Table) -> tuple[str, ...] | None:
    return block.texts("sigue") if "sigue" in block.node.entries else None


def read_rules(table: Table) -> tuple[Rule, ...]:
    rows = table.tables("reglas", "una regla", ("regla", "cumple", "espera"))
    return tuple(
        Rule(row.text("regla", required=True), row.texts("cumple"), row.place, row.optional("espera")) for row in rows
    )


def read_defects(table: Table) -> tuple[Defect, ...]:
    """A list of `{que, arreglo}`; a text alone is a defect without more to say."""
    node = table.get("defectos")
    items = node.items if isinstance(node, Sequence) else [node] if node is not None else []
    found = []
    for item in items:
        if isinstance(item, Scalar):
            found.append(Defect(item.text.strip(), "", table.report.place(item.line)))
        elif isinstance(item, Mapping):
            block = Table(item, "un defecto", table.report, ("que", "arreglo"))
            found.append(Defect(block.text("que", required=True), block.text("arreglo"), block.place))
        else:
            table.wrong("defectos", "una lista de textos o de `{que: …, arreglo: …}`")
    return tuple(found)
