"""`manual.yaml`: the frame of the printed manual, as plain values under its own Spanish keys."""

from __future__ import annotations

from typing import Any

from .nodes import Mapping, Node
from .tables import Report, Table

TEXTS = ("titulo", "introduccion", "objetivo", "alcance")
ROWS: dict[str, tuple[str, ...]] = {
    "definiciones": ("termino", "definicion"),
    "control_de_cambios": ("version", "fecha", "cambio"),
    "aprobaciones": ("accion", "puesto"),
}
KEYS = (*TEXTS, *ROWS, "marco_juridico", "politicas")


def read_manual(node: Node, report: Report) -> dict[str, Any]:
    """Texts as words, `politicas` as a list, the rest as lists of small dictionaries of words."""
    if not isinstance(node, Mapping):
        report.error(node.line, "wrong-type", "El archivo debe ser un bloque de claves.", "Empiece con `titulo: …`.")
        return {}
    table = Table(node, "el manual", report, KEYS)
    manual: dict[str, Any] = {key: table.text(key, required=key == "titulo") for key in TEXTS}
    for key, keys in ROWS.items():
        rows = table.tables(key, f"«{key}»", keys)
        manual[key] = [{k: row.text(k, required=True) for k in keys} for row in rows]
    laws = table.tables("marco_juridico", "el marco jurídico", ("ambito", "normas"))
    manual["marco_juridico"] = [
        {"ambito": row.text("ambito", required=True), "normas": list(row.texts("normas", required=True))}
        for row in laws
    ]
    manual["politicas"] = list(table.texts("politicas"))
    return manual
