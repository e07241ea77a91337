"""The stories that a procedure's file tells of itself (`pruebas`), walked on paper and compared with what they expect.

A story may also carry `datos` (format to field to value): then those sheets must still be fit to be filled, and
every decision that data take must come out as the story answers.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from .definitions import Pack, Procedure
from .expressions import condition
from .filling import case_data, fill
from .flow import IllegalAct
from .walking import walk


@dataclass(frozen=True, slots=True)
class Told:
    """One story that was walked. `wrong`: what came out otherwise, in words; empty when all is as it says."""

    procedure: str
    name: str
    wrong: tuple[str, ...]


def tell_all(pack: Pack) -> list[Told]:
    """Every story of every procedure of a pack, in the order of the files."""
    return [tell(pack, procedure, story) for procedure in pack.procedures.values() for story in procedure.tests]


def tell(pack: Pack, procedure: Procedure, story: Mapping[str, Any]) -> Told:
    return Told(procedure.key, str(story["nombre"]), tuple([*_way(procedure, story), *_sheets(pack, procedure, story)]))


def untold(procedure: Procedure) -> list[tuple[str, str]]:
    """The answers, as (step, answer), that no story of the procedure ever gives."""
    given: set[tuple[str, str]] = set()
    for story in procedure.tests:
        given |= set(_taken(procedure, story))
    every = [(a.step, answer.label) for a in procedure.activities for answer in a.answers]
    return [pair for pair in every if pair not in given]


def _taken(procedure: Procedure, story: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    """The decisions of a story, in order."""
    try:
        return walk(procedure, story["respuestas"]).taken
    except IllegalAct:
        return ()


def _way(procedure: Procedure, story: Mapping[str, Any]) -> Iterator[str]:
    try:
        walked = walk(procedure, story["respuestas"])
    except IllegalAct as wrong:
        yield str(wrong)
        return
    if story["pasa_por"] and list(walked.visited) != list(story["pasa_por"]):
        yield f"pasa por {' → '.join(walked.visited)} y no por {' → '.join(story['pasa_por'])}"
    if not walked.ended:
        yield f"no termina: queda en la actividad {', '.join(walked.pending)}"
    elif walked.outcome != story["termina"]:
        yield f"termina «{walked.outcome}» y no «{story['termina']}»"
    if walked.unused:
        yield f"sobran respuestas: {', '.join(walked.unused)}"


def _sheets(pack: Pack, procedure: Procedure, story: Mapping[str, Any]) -> Iterator[str]:
    filled: dict[str, Mapping[str, Any]] = story.get("datos") or {}
    if not filled:
        return
    around = {"hoy": story.get("hoy", "")}
    for key, values in filled.items():
        form = pack.formats.get(key)
        if form is None:
            yield f"ya no existe el formato «{key}»"
            continue
        gone = sorted(set(values) - {f.key for f in form.fields})
        if gone:
            yield f"«{form.name}» ya no tiene: {', '.join(gone)}"
        done = fill(form, values, partial=True, around=around)
        yield from (f"«{form.name}», {path}: {text}" for path, text in done.errors.items())
    data = case_data(pack.formats, filled, **around)
    yield from _decisions(procedure, story, data)


def _decisions(procedure: Procedure, story: Mapping[str, Any], data: Mapping[str, Any]) -> Iterator[str]:
    """What the data decide must be the last that the story answers there."""
    last = dict(_taken(procedure, story))
    for step, label in last.items():
        answers = [a for a in procedure.by_step[step].answers if a.automatic and a.decide]
        holds = [a.label for a in answers if condition(a.decide or "", data)]
        if holds and label not in holds:
            yield f"los datos deciden «{holds[0]}» en la actividad {step} y no «{label}»"
