"""Time limits (`plazo`) and targets (`sigue`, `al_vencer`, answers), as packs spell them."""

from __future__ import annotations

import re

from ..definitions import END, OnExpiry, Target, Term, TermUnit
from ..suggest import plain
from .nodes import Mapping, Node, Scalar
from .tables import Report, Table

TERM_KEYS = ("maximo", "fundamento", "desde", "al_vencer")
_AMOUNT = re.compile(r"(\d{1,5}|un|una|dos|tres|cuatro|cinco|diez|quince)\s+([a-z ]+)")
_WORDS = {"un": 1, "una": 1, "dos": 2, "tres": 3, "cuatro": 4, "cinco": 5, "diez": 10, "quince": 15}
_UNITS: dict[str, TermUnit] = {
    "dia habil": "working_days",
    "dias habiles": "working_days",
    "dia natural": "calendar_days",
    "dias naturales": "calendar_days",
    "hora": "hours",
    "horas": "hours",
    "minuto": "minutes",
    "minutos": "minutes",
}
_EXPIRY: dict[str, OnExpiry] = {"avisar": "warn", "escalar": "escalate", "acepta": "accept", "niega": "deny"}
EXPIRED = "vencido"
"""The outcome of a case that its own term closes (`al_vencer: cerrar`)."""


def parse_amount(text: str) -> tuple[int, TermUnit] | None:
    """`3 días hábiles` as (3, "working_days"); None when it says no amount that can be counted."""
    match = _AMOUNT.fullmatch(" ".join(plain(text).split()))
    if match is None or match[2] not in _UNITS:
        return None
    amount = _WORDS.get(match[1]) or int(match[1])
    return (amount, _UNITS[match[2]]) if amount > 0 else None


def read_span(text: str, table: Table, key: str) -> Term | None:
    """An amount of time alone, as `espera` takes it; None when the text says something else."""
    parsed = parse_amount(text)
    return Term(parsed[0], parsed[1], table.place_of(key), text=text) if parsed else None


def read_term(table: Table, key: str) -> Term | None:
    """The term under `key`: a text, or a block with its legal ground, its start and what happens then."""
    node = table.get(key)
    if node is None:
        return None
    if isinstance(node, Scalar):
        return _term(node.text.strip(), table, key, None)
    if not isinstance(node, Mapping):
        table.wrong(key, "un plazo, como `3 días hábiles`")
        return None
    block = Table(node, f"«{key}» de {table.what}", table.report, TERM_KEYS)
    text = block.text("maximo", required=True)
    return _term(text, table, key, block) if text else None


def _term(text: str, table: Table, key: str, block: Table | None) -> Term | None:
    line = block.line("maximo") if block else table.line(key)
    parsed = parse_amount(text)
    if parsed is None:
        told = f"El plazo «{text}» no se entiende en {table.what}."
        mend = "Escriba cantidad y unidad: días hábiles, días naturales, horas o minutos."
        table.report.error(line, "bad-term", told, mend)
        return None
    expiry, target = _expiry(block) if block else ("warn", None)
    return Term(
        amount=parsed[0],
        unit=parsed[1],
        place=table.place_of(key),
        legal_ground=block.optional("fundamento") if block else None,
        since=block.optional("desde") if block else None,
        on_expiry=expiry,
        target=target,
        text=text,
    )


def _expiry(block: Table) -> tuple[OnExpiry, Target | None]:
    node = block.get("al_vencer")
    if node is None:
        return "warn", None
    if isinstance(node, Scalar) and node.text in _EXPIRY:
        return _EXPIRY[node.text], None
    if isinstance(node, Scalar) and node.text == "cerrar":
        return "close", Target(None, EXPIRED)
    target = read_target(node, block.report, block.what)
    if target is None:
        return "warn", None
    return ("close" if target.is_end else "go"), target


def read_target(node: Node, report: Report, what: str) -> Target | None:
    """A step, `fin`, or `{fin: outcome}`."""
    if isinstance(node, Scalar) and not node.empty:
        word = node.text.strip()
        return Target(None) if word == END else Target(word)
    if isinstance(node, Mapping) and END in node.entries:
        return end_target(Table(node, f"el final de {what}", report, (END,)))
    told = f"El destino no se entiende en {what}."
    report.error(node.line, "bad-target", told, "Escriba el número de una actividad, `fin` o `{fin: resultado}`.")
    return None


def end_target(table: Table) -> Target | None:
    """`fin: outcome`, or `fin: {resultado: outcome}`."""
    node = table.get(END)
    if isinstance(node, Mapping):
        return Target(None, Table(node, table.what, table.report, ("resultado",)).optional("resultado"))
    return Target(None, table.optional(END))
