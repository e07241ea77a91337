"""YAML text to a tree of nodes, each with its line: YAML 1.2 in which every plain value is a word.

The tree is built from the parser's events in one pass, without recursion, and refuses what packs never need:
anchors, several documents, deep nesting, huge files. Nothing here knows what a pack says (see `tables`).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import yaml

from ..definitions import Finding, Place

MAX_BYTES = 1_000_000
MAX_DEPTH = 40
MAX_NODES = 100_000

_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_PROBLEMS = (
    ("cannot start any token", "hay un carácter que no puede empezar un valor", "Escriba el valor entre comillas."),
    ("mapping values are not allowed", "hay dos puntos (:) donde no caben", "Escriba el texto entre comillas."),
    ("could not find expected ':'", "falta el signo de dos puntos (:)", "Escriba `clave: valor` en cada renglón."),
    ("did not find expected key", "la sangría no coincide", "Alinee la clave con las demás de su bloque."),
    ("did not find expected '-'", "la sangría de la lista no coincide", "Alinee los guiones de la lista."),
    ("did not find expected ',' or", "una lista o llave no se cierra", "Cierre con ] o con } lo que se abrió."),
    ("unexpected end of stream", "unas comillas no se cierran", "Cierre las comillas."),
    ("undefined alias", "un asterisco (*) al principio del valor", "Escriba el valor entre comillas."),
    ("special characters", "hay caracteres de control en el texto", "Borre los caracteres invisibles."),
)


class BadText(Exception):
    """The text cannot become a tree: `line` from 1."""

    def __init__(self, code: str, message: str, mend: str, line: int) -> None:
        super().__init__(message)
        self.code, self.message, self.mend, self.line = code, message, mend, line


@dataclass(slots=True)
class Scalar:
    """A word or a text. `plain`: written without quotes, so an empty one means that nothing was written."""

    text: str
    line: int
    plain: bool = True

    @property
    def empty(self) -> bool:
        return self.plain and self.text in ("", "~", "null")


@dataclass(slots=True)
class Mapping:
    line: int
    entries: dict[str, Node] = field(default_factory=dict)
    lines: dict[str, int] = field(default_factory=dict)
    pending: str | None = None


@dataclass(slots=True)
class Sequence:
    line: int
    items: list[Node] = field(default_factory=list)


Node = Scalar | Mapping | Sequence


class _Builder:
    """Takes events, keeps the open collections on a stack, and the repeated keys for the report."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.root: Node | None = None
        self.stack: list[Mapping | Sequence] = []
        self.count = 0
        self.documents = 0
        self.findings: list[Finding] = []

    def take(self, event: yaml.Event) -> None:
        line = event.start_mark.line + 1 if event.start_mark else 1
        if isinstance(event, yaml.ScalarEvent):
            self.put(Scalar(event.value, line, event.style in (None, "")))
        elif isinstance(event, yaml.MappingStartEvent):
            self.open(Mapping(line), event)
        elif isinstance(event, yaml.SequenceStartEvent):
            self.open(Sequence(line), event)
        elif isinstance(event, yaml.CollectionEndEvent):
            self.stack.pop()
        elif isinstance(event, yaml.AliasEvent):
            raise BadText("anchor", "se usa un ancla (*)", "Repita el valor o póngalo entre comillas.", line)
        elif isinstance(event, yaml.DocumentStartEvent):
            self.start_document(line)

    def start_document(self, line: int) -> None:
        self.documents += 1
        if self.documents > 1:
            raise BadText("several-documents", "hay más de un documento (---)", "Deje uno por archivo.", line)

    def open(self, node: Mapping | Sequence, event: Any) -> None:
        if event.anchor:
            raise BadText("anchor", "se usa un ancla (&)", "Escriba el valor sin ancla o entre comillas.", node.line)
        if len(self.stack) >= MAX_DEPTH:
            raise BadText("too-deep", "hay demasiados niveles de sangría", "Revise la sangría.", node.line)
        self.put(node)
        self.stack.append(node)

    def put(self, node: Node) -> None:
        self.count += 1
        if self.count > MAX_NODES:
            raise BadText("too-large", "el archivo tiene demasiados valores", "Divídalo en varios.", node.line)
        if not self.stack:
            self.root = node
            return
        top = self.stack[-1]
        if isinstance(top, Sequence):
            top.items.append(node)
        elif top.pending is None:
            self.key(top, node)
        else:
            top.entries.setdefault(top.pending, node)
            top.pending = None

    def key(self, top: Mapping, node: Node) -> None:
        if not isinstance(node, Scalar):
            raise BadText("broken-yaml", "una clave no es una palabra", "Escriba el texto entre comillas.", node.line)
        name = node.text
        if name in top.lines:
            place = Place(self.file, node.line)
            told = f"La clave «{name}» está repetida (ya aparece en el renglón {top.lines[name]})."
            self.findings.append(Finding(place, "duplicate-key", told, "Deje una sola."))
        top.lines.setdefault(name, node.line)
        top.pending = name


def parse(text: str, file: str) -> tuple[Node | None, list[Finding]]:
    """The tree of `text`, or None, with everything that is wrong with it as YAML. Never raises."""
    findings = list(_tabs(text, file))
    builder = _Builder(file)
    try:
        if len(text) > MAX_BYTES:
            raise BadText("too-large", "el archivo es demasiado grande", "Divídalo en varios.", 1)
        for event in yaml.parse(text, Loader=_LOADER):
            builder.take(event)
    except BadText as bad:
        findings.append(Finding(Place(file, bad.line), bad.code, f"No se puede leer: {bad.message}.", bad.mend))
        return None, findings + builder.findings
    except (yaml.YAMLError, ValueError) as error:
        if not findings:
            findings.append(_explain(error, file, text))
        return None, findings + builder.findings
    if builder.root is None or (isinstance(builder.root, Scalar) and builder.root.empty):
        findings.append(Finding(Place(file, 1), "empty-file", "El archivo está vacío.", "Escriba su contenido."))
        return None, findings
    return builder.root, findings + builder.findings


def _tabs(text: str, file: str) -> Iterator[Finding]:
    if "\t" not in text:
        return
    for number, line in enumerate(text.split("\n"), start=1):
        if "\t" in line[: len(line) - len(line.lstrip())] and line.strip():
            yield Finding(Place(file, number), "tab", "La sangría usa tabulador.", "Use espacios.")


def _explain(error: Exception, file: str, text: str) -> Finding:
    said = str(getattr(error, "problem", None) or error)
    mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
    line = mark.line + 1 if mark else 1
    if isinstance(error, yaml.reader.ReaderError):
        line = text.count("\n", 0, error.position) + 1
    line = max(1, min(line, text.count("\n") + 1))
    for part, problem, mend in _PROBLEMS:
        if part in said:
            return Finding(Place(file, line), "broken-yaml", f"No se puede leer: {problem}.", mend)
    told = "No se puede leer como YAML."
    return Finding(Place(file, line), "broken-yaml", told, "Revise la sangría, los dos puntos y las comillas.")
