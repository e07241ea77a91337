"""The activities of a procedure: who, what, with what, and where it goes next."""

from __future__ import annotations

from dataclasses import dataclass, field

from ..definitions import (
    Activity,
    Answer,
    Attachment,
    Call,
    DocumentUse,
    Issue,
    Mode,
    NumberAt,
    Pause,
    Responsible,
    Target,
)  # fmt: skip
from ..seats import seat
from .nodes import Mapping, Node, Scalar, Sequence
from .printed import read_printed
from .tables import Table
from .terms import end_target, read_span, read_target, read_term

KEYS = (
    "paso", "responsable", "registra", "modo", "por_cada", "actividad", "documentos", "captura", "genera", "firma",
    "adjunta", "pregunta", "respuestas", "sigue", "reune", "plazo", "accion", "llama", "espera", "aviso", "ayuda",
    "impreso",
)  # fmt: skip
MODES: dict[str, Mode] = {"todos": "all", "cualquiera": "any"}
ANSWER_KEYS = ("va", "fin", "decide", "automatica")
NUMBER_AT: dict[str, NumberAt] = {"emitir": "issue", "firmar": "signature"}
ATTACHMENT_KEYS = ("tipo", "obligatorio", "max_mb", "acepta")


@dataclass(frozen=True)
class Names:
    """What people call the positions and the external parties, by key."""

    positions: dict[str, str] = field(default_factory=dict)
    parties: dict[str, str] = field(default_factory=dict)


def read_activities(table: Table, names: Names) -> tuple[Activity, ...]:
    rows = table.tables("actividades", "una actividad", KEYS, required=True)
    steps = [row.text("paso", required=True) for row in rows]
    following = [*(Target(step) for step in steps[1:]), Target(None)][: len(steps)]
    found = []
    for row, step, after in zip(rows, steps, following, strict=True):
        row.what = f"la actividad {step}" if step else "una actividad"
        found.append(_activity(row, step, after, names))
    return tuple(found)


def _activity(row: Table, step: str, after: Target, names: Names) -> Activity:
    answers = _answers(row)
    action, automatic, told = _action(row)
    waits_for, pause = _wait(row)
    return Activity(
        step=step,
        responsibles=_responsibles(row, names),
        mode=row.choice("modo", MODES, "all"),
        text=row.text("actividad", required=True),
        place=row.place,
        documents=_documents(row),
        form=row.optional("captura"),
        issues=_issues(row),
        signers=row.texts("firma"),
        attachments=_attachments(row),
        question=row.optional("pregunta"),
        answers=answers,
        targets=_targets(row, after, asks=row.get("respuestas") is not None),
        joins=row.texts("reune"),
        term=read_term(row, "plazo"),
        action=action,
        action_automatic=automatic,
        action_with=told,
        call=_call(row),
        waits_for=waits_for,
        pause=pause,
        for_each=row.optional("por_cada"),
        notice=row.optional("aviso"),
        hint=row.text("ayuda"),
        printed=read_printed(row),
        lines=row.node.lines,
    )


def _targets(row: Table, after: Target, *, asks: bool) -> tuple[Target, ...]:
    node = row.get("sigue")
    if asks:
        if node is not None:
            told = f"{row.what.capitalize()} tiene «respuestas» y también «sigue»."
            row.report.error(row.line("sigue"), "unfit-key", told, "Deje que cada respuesta diga a dónde va.")
        return ()
    if node is None:
        return (after,)
    nodes = node.items if isinstance(node, Sequence) else [node]
    if not nodes:
        row.wrong("sigue", "el número de una actividad, `fin` o una lista de actividades")
    return tuple(t for t in (read_target(n, row.report, row.what) for n in nodes) if t is not None)


def _answers(row: Table) -> tuple[Answer, ...]:
    node = row.get("respuestas")
    if node is None:
        return ()
    if not isinstance(node, Mapping):
        row.wrong("respuestas", "un bloque como `{sí: 2, no: 1}`")
        return ()
    found = (_answer(row, node, label, value) for label, value in node.entries.items())
    return tuple(answer for answer in found if answer is not None)


def _answer(row: Table, node: Mapping, label: str, value: Node) -> Answer | None:
    place = row.report.place(node.lines[label])
    what = f"la respuesta «{label}» de {row.what}"
    if not isinstance(value, Mapping):
        target = read_target(value, row.report, what)
        return Answer(label.strip(), target, place) if target else None
    block = Table(value, what, row.report, ANSWER_KEYS)
    if block.get("fin") is not None:
        target = end_target(block)
    else:
        going = block.get("va", required=True)
        target = read_target(going, row.report, what) if going else None
    if target is None:
        return None
    return Answer(label.strip(), target, place, block.optional("decide"), block.flag("automatica"))


# --- Who ---------------------------------------------------------------------------


def _responsibles(row: Table, names: Names) -> tuple[Responsible, ...]:
    recorder = row.optional("registra")
    words = row.texts("responsable", required=True)
    return tuple(seat(word, names.positions, names.parties, recorder) for word in words)


# --- With what ---------------------------------------------------------------------


def _documents(row: Table) -> tuple[DocumentUse, ...]:
    found = []
    for item in row.items("documentos"):
        if isinstance(item, Scalar):
            found.append(DocumentUse(item.text.strip()))
        elif isinstance(item, Mapping):
            block = Table(item, f"un documento de {row.what}", row.report, ("nombre", "tantos"))
            found.append(DocumentUse(block.text("nombre", required=True), block.text("tantos")))
        else:
            row.wrong("documentos", "una lista de nombres o de `{nombre: …, tantos: …}`")
    return tuple(found)


def _attachments(row: Table) -> tuple[Attachment, ...]:
    found = []
    for item in row.items("adjunta"):
        if isinstance(item, Scalar):
            found.append(Attachment(item.text.strip()))
        elif isinstance(item, Mapping):
            block = Table(item, f"un adjunto de {row.what}", row.report, ATTACHMENT_KEYS)
            found.append(_attachment(block))
        else:
            row.wrong("adjunta", "una lista de nombres o de `{tipo: …, obligatorio: …}`")
    return tuple(found)


def _attachment(block: Table) -> Attachment:
    return Attachment(
        kind=block.text("tipo", required=True),
        required=block.flag("obligatorio", default=True),
        max_mb=block.number("max_mb", 20),
        accept=tuple(a.lower().lstrip(".") for a in block.texts("acepta")),
    )


def _issues(row: Table) -> tuple[Issue, ...]:
    """`genera`: a template, a block, or a list of either."""
    node = row.get("genera")
    items = node.items if isinstance(node, Sequence) else [node] if node is not None else []
    found = []
    for item in items:
        if isinstance(item, Scalar):
            found.append(Issue(item.text.strip()))
        elif isinstance(item, Mapping):
            block = Table(item, f"un documento que genera {row.what}", row.report, ("plantilla", "serie", "numera"))
            name, series = block.text("plantilla", required=True), block.optional("serie")
            found.append(Issue(name, series, block.choice("numera", NUMBER_AT, "issue")))
        else:
            row.wrong("genera", "una plantilla, `{plantilla: …, serie: …}` o una lista de ellas")
    return tuple(found)


def _action(row: Table) -> tuple[str | None, bool, dict[str, str]]:
    if not isinstance(row.get("accion"), Mapping):
        return row.optional("accion"), False, {}
    block = row.table("accion", f"la acción de {row.what}", ("nombre", "automatica", "con"))
    if block is None:
        return None, False, {}
    return block.optional("nombre"), block.flag("automatica"), block.words("con")


def _call(row: Table) -> Call | None:
    if not isinstance(row.get("llama"), Mapping):
        name = row.text("llama")
        return Call(name) if name else None
    block = row.table("llama", f"«llama» de {row.what}", ("procedimiento", "espera"))
    name = block.text("procedimiento", required=True) if block else ""
    return Call(name, block.flag("espera", default=True)) if block and name else None


def _wait(row: Table) -> tuple[str | None, Pause | None]:
    """`espera`: a message, an amount of time, or `{hasta: formato.campo}`."""
    if not isinstance(row.get("espera"), Mapping):
        words = row.optional("espera")
        term = read_span(words, row, "espera") if words else None
        return words, Pause(term) if term else None
    block = row.table("espera", f"«espera» de {row.what}", ("hasta",))
    until = block.optional("hasta") if block else None
    if until is None:
        row.wrong("espera", "un mensaje, un tiempo o `{hasta: formato.campo}`")
        return None, None
    return until, Pause(until=until)
