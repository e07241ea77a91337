"""Reading a mapping by its keys: the right type or a finding with file, line and mend.

Knows words, lists and mappings; what the keys mean is in the sibling modules.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from typing import TypeVar

from ..definitions import Finding, Place
from ..suggest import mend_name, plain
from .nodes import Mapping, Node, Scalar, Sequence

T = TypeVar("T")

YES = frozenset({"si", "true", "verdadero", "yes"})
NO = frozenset({"no", "false", "falso"})


@dataclass
class Report:
    """The findings of one file, gathered while it is read."""

    file: str
    findings: list[Finding] = field(default_factory=list)

    def error(self, line: int, code: str, message: str, mend: str) -> None:
        self.findings.append(Finding(Place(self.file, line), code, message, mend))

    def place(self, line: int) -> Place:
        return Place(self.file, line)


class Table:
    """A mapping being read: `what` names it for people ("la actividad 3")."""

    def __init__(self, node: Mapping, what: str, report: Report, keys: Collection[str]) -> None:
        self.node, self.what, self.report = node, what, report
        for key in node.entries:
            if key not in keys:
                mend = mend_name(key, keys, "Bórrela o revise la referencia del lenguaje.")
                report.error(node.lines[key], "unknown-key", f"La clave «{key}» no existe en {what}.", mend)

    @property
    def place(self) -> Place:
        return self.report.place(self.node.line)

    def line(self, key: str) -> int:
        return self.node.lines.get(key, self.node.line)

    def place_of(self, key: str) -> Place:
        return self.report.place(self.line(key))

    def get(self, key: str, *, required: bool = False) -> Node | None:
        """The node of `key`, or None when nothing is written there."""
        node = self.node.entries.get(key)
        if node is not None and not (isinstance(node, Scalar) and node.empty):
            return node
        if required:
            told = f"Falta «{key}» en {self.what}."
            self.report.error(self.line(key), "missing-key", told, f"Agregue `{key}: …`.")
        return None

    def wrong(self, key: str, wanted: str) -> None:
        told = f"«{key}» de {self.what} debe ser {wanted}."
        self.report.error(self.line(key), "wrong-type", told, f"Escriba {wanted}.")

    def text(self, key: str, default: str = "", *, required: bool = False) -> str:
        node = self.get(key, required=required)
        if node is None:
            return default
        if isinstance(node, Scalar):
            return node.text.strip()
        self.wrong(key, "un texto")
        return default

    def optional(self, key: str) -> str | None:
        return self.text(key) or None

    def texts(self, key: str, *, required: bool = False) -> tuple[str, ...]:
        """A list of words; one word alone is a list of one."""
        node = self.get(key, required=required)
        if node is None:
            return ()
        items = node.items if isinstance(node, Sequence) else [node]
        if not all(isinstance(item, Scalar) for item in items):
            self.wrong(key, "una lista de textos")
        return tuple(i.text.strip() for i in items if isinstance(i, Scalar) and not i.empty)

    def flag(self, key: str, default: bool = False) -> bool:
        word = plain(self.text(key))
        if not word:
            return default
        if word not in YES | NO:
            told = f"«{key}» de {self.what} debe ser sí o no."
            self.report.error(self.line(key), "wrong-type", told, "Escriba sí o no.")
        return word in YES

    def number(self, key: str, default: int) -> int:
        word = self.text(key)
        if not word:
            return default
        if word.isascii() and word.isdigit() and len(word) <= 9:
            return int(word)
        self.wrong(key, "un número entero")
        return default

    def choice(self, key: str, options: dict[str, T], default: T) -> T:
        word = self.text(key)
        if not word:
            return default
        if word in options:
            return options[word]
        told = f"«{word}» no es un valor de «{key}» en {self.what}."
        self.report.error(self.line(key), "unknown-value", told, mend_name(word, options, "Elija uno de la lista."))
        return default

    def table(self, key: str, what: str, keys: Collection[str], *, required: bool = False) -> Table | None:
        node = self.get(key, required=required)
        if node is None:
            return None
        if isinstance(node, Mapping):
            return Table(node, what, self.report, keys)
        self.wrong(key, "un bloque de claves")
        return None

    def words(self, key: str) -> dict[str, str]:
        """A block of keys, each with one word or text."""
        node = self.get(key)
        if node is None:
            return {}
        if not isinstance(node, Mapping):
            self.wrong(key, "un bloque de claves")
            return {}
        return {k: v.text.strip() for k, v in node.entries.items() if isinstance(v, Scalar)}

    def items(self, key: str, *, required: bool = False) -> list[Node]:
        """The elements of a list; anything else that is written is wrong."""
        node = self.get(key, required=required)
        if node is None:
            return []
        if isinstance(node, Sequence):
            if required and not node.items:
                told = f"La lista «{key}» de {self.what} está vacía."
                self.report.error(self.line(key), "missing-key", told, "Agregue al menos un elemento.")
            return node.items
        self.wrong(key, "una lista")
        return []

    def tables(self, key: str, what: str, keys: Collection[str], *, required: bool = False) -> list[Table]:
        found = []
        for item in self.items(key, required=required):
            if isinstance(item, Mapping):
                found.append(Table(item, what, self.report, keys))
            else:
                told = f"Cada elemento de «{key}» en {self.what} debe ser un bloque de claves."
                self.report.error(item.line, "wrong-type", told, "Escriba `- {clave: …, …}`.")
        return found
