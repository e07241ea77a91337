"""The flowchart of a procedure, as the manuals print it: one tall picture, and pages for paper.

A column per responsable, the activities in rows in the printed order, each question a diamond below its activity, its
answers on the arrows, jumps back at the margins. No I/O, no fonts, no styles: SVG with classes and plain attributes.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from ..definitions import Activity, Procedure
from ..wording import leading, listed, who
from .layout import lay_out
from .picture import Picture
from .plan import plan
from .svg import HERE, write


@dataclass(frozen=True, slots=True)
class Page:
    """Paper, in pixels of 1/96 inch; letter, upright. Wide procedures turn it: `turned` is what can then be drawn on,
    where that is not simply the same room the other way round."""

    width: float = 816.0
    height: float = 1056.0
    margin: float = 40.0
    turned: tuple[float, float] | None = None


@dataclass(frozen=True, slots=True)
class Flowchart:
    """`svg`: everything in one picture. `pages`: the same cut for paper, with its headers and connectors on each;
    `told`: each of them in words; `is_turned`: they need the paper turned."""

    svg: str
    pages: list[str]
    told: list[str]
    is_turned: bool
    picture: Picture = field(repr=False)
    page_pictures: list[Picture] = field(repr=False)


LEAST_SCALE = 0.7
"""Below this the text is too small on upright paper, and the page is turned."""


def draw(
    procedure: Procedure,
    *,
    current: Collection[str] = (),
    done: Collection[str] = (),
    page: Page | None = None,
    names: Mapping[str, str] | None = None,
) -> Flowchart:
    """Draw `procedure`; steps in `current` are marked with colour, a thick border and words, those in `done` ticked.

    `names`: positions by key, for signers who do no activity themselves.
    """
    identity = "fc-" + re.sub(r"[^a-z0-9]+", "-", procedure.id.lower()).strip("-")
    title = f"Diagrama de flujo: {procedure.name}"
    whole = lay_out(plan(procedure, procedure.activities, None, names), current, done)
    svg = write(whole, identity, title, describe(procedure, procedure.activities, current))
    pictures, texts, told = [], [], []
    paper = page or Page()
    cut = _cut(procedure, whole, paper, names)
    pages = {a.step: n for n, some in enumerate(cut, 1) for a in some}
    for number, some in enumerate(cut, 1):
        picture = lay_out(plan(procedure, some, pages, names), current, done)
        pictures.append(picture)
        name = f"{title} (página {number} de {len(cut)})" if len(cut) > 1 else title
        told.append(describe(procedure, some, current))
        texts.append(write(picture, f"{identity}-p{number}", name, told[-1], _frame(picture, whole, paper)))
    return Flowchart(svg, texts, told, _is_turned(whole, paper), whole, pictures)


def describe(procedure: Procedure, activities: Sequence[Activity], current: Collection[str] = ()) -> str:
    """The flowchart in words: each activity, who does it and where it leads."""
    said = []
    for activity in activities:
        people = listed([who(r) for r in activity.responsibles])
        here = f" ({HERE.lower()} el expediente)" if activity.step in current else ""
        text = activity.text.rstrip(".")
        said.append(f"Actividad {activity.step}{here}, {people}: {text}. {leading(procedure, activity)}")
    return " ".join(said)


def _frame(picture: Picture, whole: Picture, paper: Page) -> tuple[float, float]:
    """As wide as the page in the picture's units, and no higher than what is drawn. All pages turn together."""
    wide, high = _sheet(whole, paper)
    scale = min(1.0, wide / picture.width, high / picture.height)
    return wide / scale, min(high / scale, picture.height)


def _is_turned(whole: Picture, paper: Page) -> bool:
    """The paper as it is if that is large enough to read, else turned if that is wider."""
    wide, high = _upright(paper)
    return whole.width * LEAST_SCALE > wide and (paper.turned or (high, wide))[0] > wide


def _upright(paper: Page) -> tuple[float, float]:
    return paper.width - 2 * paper.margin, paper.height - 2 * paper.margin


def _sheet(whole: Picture, paper: Page) -> tuple[float, float]:
    """What can be drawn on."""
    wide, high = _upright(paper)
    return (paper.turned or (high, wide)) if _is_turned(whole, paper) else (wide, high)


def _cut(procedure: Procedure, whole: Picture, paper: Page, names: Mapping[str, str] | None) -> list[list[Activity]]:
    """The activities of each page: as many as fit, at least one."""
    wide, high = _sheet(whole, paper)
    room = high * max(1.0, whole.width / wide)
    pages: list[list[Activity]] = []
    left = list(procedure.activities)
    guess = {a.step: 1 for a in left}
    while left:
        count, too_many = 1, len(left) + 1
        while too_many - count > 1:
            middle = (count + too_many) // 2
            fits = lay_out(plan(procedure, left[:middle], guess, names), (), ()).height <= room
            count, too_many = (middle, too_many) if fits else (count, middle)
        pages.append(left[:count])
        left = left[count:]
    return pages
