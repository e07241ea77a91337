"""The table of activities as the manuals print it: what each row says, and whose rows belong together."""

from __future__ import annotations

from collections.abc import Mapping

from ..definitions import Activity, FormatDef, Procedure
from ..seats import seat_name
from ..wording import capital, follows_plainly, leading, listed, span, who
from .parts import Cell, Table

HEADS = ("Responsable", "No.", "Actividad", "Formato o documento", "Tantos")
WIDTHS = (2.4, 0.7, 5.6, 2.6, 1.4)
NONE = "N/A"

Names = Mapping[str, str]


def activity_table(procedure: Procedure, formats: Mapping[str, FormatDef], names: Names, calls: Names) -> Table:
    """`names`: positions by key; `calls`: procedures by key."""
    rows = activity_rows(procedure, formats, names, calls)
    return Table(f"Actividades del procedimiento {procedure.name}", HEADS, WIDTHS, rows, centred=(1, 4))


def activity_rows(
    procedure: Procedure, formats: Mapping[str, FormatDef], names: Names, calls: Names
) -> tuple[tuple[Cell, ...], ...]:
    """A row per activity; the first cell covers the following rows of the same responsable."""
    doers = [_doers(a) for a in procedure.activities]
    rows = []
    for index, activity in enumerate(procedure.activities):
        shared = index > 0 and doers[index] == doers[index - 1]
        run = next((n for n, d in enumerate(doers[index:]) if d != doers[index]), len(doers) - index)
        documents = _documents(activity, formats)
        rows.append(
            (
                Cell(doers[index], 0 if shared else run),
                Cell((activity.step,)),
                Cell(said(procedure, activity, names, calls)),
                Cell(tuple(name for name, _copies in documents) or (NONE,)),
                Cell(_copies(documents)),
            )
        )
    return tuple(rows)


def said(procedure: Procedure, activity: Activity, names: Names, calls: Names) -> tuple[str, ...]:
    """The sentences of an activity: what is done, with what, what it waits for, and where it leads."""
    lines = [f"Reúne las actividades {listed(activity.joins)}."] if activity.joins else []
    lines.append(activity.text.rstrip(".") + ".")
    if len(activity.responsibles) > 1:
        lines.append("Intervienen todos." if activity.mode == "all" else "Basta con uno de los responsables.")
    if activity.for_each:
        lines.append("Se hace una vez por cada elemento de la lista.")
    if activity.attachments:
        lines.append(f"Se adjunta: {listed([a.kind for a in activity.attachments])}.")
    if activity.signers:
        lines.append(f"Firma: {listed([seat_name(word, names) for word in activity.signers])}.")
    lines += _waits(activity, calls)
    if activity.term is not None:
        lines.append(f"Plazo: {span(activity.term)}.")
    if not follows_plainly(procedure, activity):
        lines.append(leading(procedure, activity))
    return tuple(lines)


def _waits(activity: Activity, calls: Names) -> list[str]:
    lines = []
    if activity.call is not None:
        key = activity.call.procedure
        name = calls.get(key.rpartition("/")[2]) or capital(key.replace("-", " "))
        waits = "y espera a que termine" if activity.call.waits else "sin esperar a que termine"
        lines.append(f"Inicia el procedimiento «{name}» {waits}.")
    if activity.pause is not None and activity.pause.until is not None:
        lines.append("Espera a que llegue la fecha señalada.")
    elif activity.pause is not None and activity.pause.term is not None:
        lines.append(f"Espera {span(activity.pause.term)}.")
    elif activity.waits_for is not None:
        lines.append(f"Espera el aviso: {activity.waits_for.replace('.', ' ').replace('_', ' ')}.")
    return lines


def _doers(activity: Activity) -> tuple[str, ...]:
    return tuple(who(r) for r in activity.responsibles)


def _documents(activity: Activity, formats: Mapping[str, FormatDef]) -> list[tuple[str, str]]:
    """(name, copies): what the row lists, and the format that is filled here unless it is among them."""
    found = [(d.name, d.copies) for d in activity.documents]
    form = formats.get(activity.form or "")
    if form is not None and not any(_same(form, name) for name, _copies in found):
        found.append((f"{form.name}, {form.code}" if form.code else form.name, ""))
    return found


def _same(form: FormatDef, name: str) -> bool:
    one, other = form.name.lower(), name.lower()
    return one in other or other in one or bool(form.code and form.code.lower() in other)


def _copies(documents: list[tuple[str, str]]) -> tuple[str, ...]:
    if not documents:
        return (NONE,)
    return tuple(copies or "—" for _name, copies in documents) if any(c for _n, c in documents) else ("—",)
