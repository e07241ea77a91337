"""What is told of a procedure and never run: the rules it states, and where the published manual says otherwise.

Nouns only. `reading.printed` reads them, `checking.coverage` judges the rules, `defects` reads the manual as printed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from .places import Place

NOT_PRINTED = "nada"
"""The word for a target that the published manual leaves out."""


@dataclass(frozen=True, slots=True)
class Printed:
    """How the published manual prints an activity, where that is not what runs (`impreso`).

    None means "as it runs". `answers` and `targets` name steps as printed, which may not exist; NOT_PRINTED where the
    manual gives none. `missing`: the manual has no such row. `why`: what is wrong and how it is read here.
    """

    why: str
    place: Place
    step: str | None = None
    responsible: str | None = None
    text: str | None = None
    question: str | None = None
    answers: Mapping[str, str] | None = None
    targets: tuple[str, ...] | None = None
    missing: bool = False


@dataclass(frozen=True, slots=True)
class Defect:
    """A defect of the published manual that no single activity holds (`defectos`), and how it is mended here."""

    what: str
    mend: str
    place: Place


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule that the manual states (`reglas`). `met_by`: what enforces it, in words such as "plazo 3" or
    "formato solicitud.fecha"; `waits_for`: the domain that is still to be built for the whole of it."""

    text: str
    met_by: tuple[str, ...]
    place: Place
    waits_for: str | None = None
