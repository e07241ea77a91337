"""What the published manual has wrong: the checker's questions asked of the *printed* reading.

A procedure runs by its sensible reading; `impreso` keeps, row by row, what the manual prints instead. Here the rows are
put together as printed, read as a flow, and judged: dangling jumps, rows that nobody reaches, ends in silence. Pure.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from .checking import graph as g
from .definitions import END, Activity, Pack, Procedure
from .printed import NOT_PRINTED
from .suggest import plain
from .wording import leading, who

TELLS = ("inform", "notific", "avis", "comunic", "entreg", "responde", "contest", "remite", "envi", "oficio")
"""How a printed row begins to tell somebody what became of the matter."""

KINDS = {
    "dangling": "Manda a una actividad que no existe",
    "no-target": "No dice a dónde sigue",
    "self": "Regresa a sí misma sin que nada cambie",
    "unreachable": "Ninguna otra actividad lleva a ella",
    "no-way-out": "Desde ella no se llega al final",
    "one-number": "Comparte número con otra actividad",
    "no-number": "No lleva número",
    "no-responsible": "No dice quién la hace",
    "responsible": "La encarga a quien no le toca",
    "one-answer": "Pregunta y solo prevé una respuesta",
    "silent-end": "Termina sin avisar a quien lo pidió",
    "missing-row": "Falta la actividad",
    "wording": "Dice otra cosa de lo que se hace",
    "flow": "Manda a otra parte de la que conviene",
    "doubt": "Es ambigua",
}
"""What may be found, in the words of the report."""


@dataclass(frozen=True, slots=True)
class Row:
    """A printed row. `number` as printed ("" when there is none); `ways`: each answer ("" for a plain continuation) to
    the rows it leads to, `END`, a number that no row has, or NOT_PRINTED."""

    activity: Activity
    number: str
    ways: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Found:
    """What is wrong with one printed row: the kinds, in the manual's order; why; and how it runs here."""

    step: str
    kinds: tuple[str, ...]
    why: str
    mend: str


def defects_of(procedure: Procedure) -> list[Found]:
    """Everything found in the printed reading of a procedure, row by row."""
    rows = printed_rows(procedure)
    flow = _Flow(procedure, rows)
    found = [_judged(procedure, activity, flow) for activity in procedure.activities]
    return [one for one in found if one is not None]


def count_kinds(pack: Pack) -> dict[str, int]:
    """How often each kind was found in a pack's manual, with the defects that belong to no row as `general`."""
    found = [kind for p in pack.procedures.values() for one in defects_of(p) for kind in one.kinds]
    counts = {kind: found.count(kind) for kind in KINDS if kind in found}
    general = sum(len(p.defects) for p in pack.procedures.values())
    return {**counts, **({"general": general} if general else {})}


# --- The rows as printed -----------------------------------------------------------


def printed_rows(procedure: Procedure) -> list[Row]:
    """The rows that the manual prints, in order, with their printed targets resolved to this file's steps."""
    printed = [a for a in procedure.activities if a.printed is None or not a.printed.missing]
    by_number: dict[str, str] = {}
    for activity in printed:
        by_number.setdefault(_number(activity), activity.step)
    steps = {a.step for a in printed}

    def step_of(number: str) -> str:
        """The step that a printed number means; the number itself when no row has it."""
        if number in (END, NOT_PRINTED):
            return number
        return by_number.get(number) or (number if number in steps else f"#{number}")

    return [Row(a, _number(a), _ways(procedure, a, step_of, steps)) for a in printed]


def _number(activity: Activity) -> str:
    printed = activity.printed
    return printed.step if printed is not None and printed.step is not None else activity.step


def _ways(
    procedure: Procedure, activity: Activity, step_of: Callable[[str], str], steps: set[str]
) -> tuple[tuple[str, str], ...]:
    printed = activity.printed
    if printed is not None and printed.answers is not None:
        return tuple((label, step_of(target)) for label, target in printed.answers.items())
    if printed is not None and printed.targets is not None:
        return tuple(("", step_of(target)) for target in printed.targets or (NOT_PRINTED,))
    if activity.is_decision:
        return tuple((a.label, _past_missing(procedure, str(a.target), steps)) for a in activity.answers)
    return tuple(("", _past_missing(procedure, str(t), steps)) for t in activity.targets)


def _past_missing(procedure: Procedure, step: str, steps: set[str]) -> str:
    """Where the printed manual would be, past the rows that were added here."""
    seen: set[str] = set()
    while step != END and step not in steps and step not in seen:
        seen.add(step)
        targets = procedure.by_step[step].all_targets if step in procedure.by_step else ()
        step = str(targets[0]) if targets else END
    return step if step in steps else END


class _Flow:
    """The printed rows as a graph: which are reached, and from which the end is."""

    def __init__(self, procedure: Procedure, rows: list[Row]) -> None:
        self.rows = {row.activity.step: row for row in rows}
        self.numbers = [row.number for row in rows if row.number]
        graph = {
            step: tuple(to for _, to in row.ways if to in self.rows or to == END) for step, row in self.rows.items()
        }
        first = rows[0].activity.step if rows else END
        self.reached = set(g.distances([first], graph))
        self.ending = set(g.distances([END], g.reversed_edges({**graph, END: ()})))


# --- Judging -----------------------------------------------------------------------


def _judged(procedure: Procedure, activity: Activity, flow: _Flow) -> Found | None:
    row, printed = flow.rows.get(activity.step), activity.printed
    kinds = tuple(dict.fromkeys(_kinds(activity, row, flow))) if row else ("missing-row",)
    if printed is None and not set(kinds) - {"silent-end", "self", "no-way-out"}:
        return None  # told at the row whose jump causes it; silence or a loop alone, where somebody looked at it
    why = printed.why if printed is not None else ""
    return Found(activity.step, kinds or ("doubt",), why, _mend(procedure, activity))


def _kinds(activity: Activity, row: Row, flow: _Flow) -> Iterator[str]:
    yield from _jumps(row)
    if row.activity.step not in flow.reached:
        yield "unreachable"
    elif row.activity.step not in flow.ending:
        yield "no-way-out"
    if not row.number:
        yield "no-number"
    elif flow.numbers.count(row.number) > 1:
        yield "one-number"
    yield from _differences(activity, row)
    if any(to == END for _, to in row.ways) and _silent(activity):
        yield "silent-end"


def _jumps(row: Row) -> Iterator[str]:
    for _, to in row.ways:
        if to.startswith("#"):
            yield "dangling"
        elif to == NOT_PRINTED:
            yield "no-target"
        elif to == row.activity.step:
            yield "self"
    if len(row.ways) == 1 and row.ways[0][0]:
        yield "one-answer"


def _differences(activity: Activity, row: Row) -> Iterator[str]:
    printed = activity.printed
    if printed is None:
        return
    if printed.responsible is not None:
        yield "responsible" if printed.responsible else "no-responsible"
    if printed.text is not None or printed.question is not None:
        yield "wording"
    told = {to for _, to in row.ways}
    if (printed.answers or printed.targets) and all(
        to in (END,) or not to.startswith(("#", NOT_PRINTED)) for to in told
    ):
        yield "flow"


def _silent(activity: Activity) -> bool:
    """Whether the row, as printed, tells nobody how it ended."""
    said = plain(activity.printed.text if activity.printed and activity.printed.text else activity.text)
    if any(r.kind in ("applicant", "citizen", "applicant_position") for r in activity.responsibles):
        return False
    return not any(word in said for word in TELLS)


def _mend(procedure: Procedure, activity: Activity) -> str:
    """How it runs here, in words."""
    printed = activity.printed
    parts = []
    if printed is not None and (printed.responsible is not None or printed.missing):
        parts.append(f"La hace: {', '.join(who(r) for r in activity.responsibles)}.")
    if printed is not None and (printed.text is not None or printed.missing):
        parts.append(f"{activity.text.rstrip('.')}.")
    parts.append(leading(procedure, activity))
    return " ".join(parts)


# --- The report --------------------------------------------------------------------


def report(pack: Pack, level: int = 1) -> str:
    """What was found in a pack's manual, as Markdown for the institution. `level`: of its first heading."""
    hashes = "#" * level
    counts = count_kinds(pack)
    lines = [f"{hashes} {pack.manual.get('titulo') or pack.institution.name}", ""]
    total = sum(counts.values())
    if not total:
        return "\n".join([*lines, "No se encontró nada que corregir.", ""])
    lines += [f"{total} hallazgos.", "", "| Qué se encontró | Cuántas veces |", "| --- | --- |"]
    lines += [f"| {KINDS.get(kind, 'Del procedimiento en general')} | {n} |" for kind, n in counts.items()]
    for procedure in pack.procedures.values():
        lines += _of_procedure(procedure, f"{hashes}#")
    return "\n".join([*lines, ""])


def _of_procedure(procedure: Procedure, hashes: str) -> list[str]:
    found = defects_of(procedure)
    if not found and not procedure.defects:
        return []
    lines = ["", f"{hashes} {_cell(procedure.name)}", ""]
    if found:
        lines += ["| No. | Qué se encontró | Por qué | Cómo se lee aquí |", "| --- | --- | --- | --- |"]
        lines += [f"| {f.step} | {_told(f)} | {_cell(f.why)} | {_cell(f.mend)} |" for f in found]
    if procedure.defects:
        lines += ["", "Además:", ""] if found else []
        lines += [f"- {_sentence(d.what)}{f' {_sentence(d.mend)}' if d.mend else ''}" for d in procedure.defects]
    return lines


def _told(found: Found) -> str:
    return _cell(
        "; ".join([KINDS[found.kinds[0]], *(KINDS[k][0].lower() + KINDS[k][1:] for k in found.kinds[1:])]) + "."
    )


def _sentence(text: str) -> str:
    return f"{_cell(text).rstrip('.')}."


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")
