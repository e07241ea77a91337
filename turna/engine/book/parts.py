"""What a printed manual is made of: sections, and the few kinds of block that stand in them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from .forms import FormSheet


@dataclass(frozen=True, slots=True)
class Text:
    """Paragraphs."""

    paragraphs: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Items:
    """A list, one sentence each."""

    items: tuple[str, ...]
    numbered: bool = False


@dataclass(frozen=True, slots=True)
class Facts:
    """A data sheet: labels at the left, what each says at the right, line by line. `title` stands above both."""

    title: str
    rows: tuple[tuple[str, tuple[str, ...]], ...]


@dataclass(frozen=True, slots=True)
class Cell:
    """Lines of one cell. `span`: how many rows it covers; 0: it is covered by the cell above."""

    lines: tuple[str, ...]
    span: int = 1


@dataclass(frozen=True, slots=True)
class Table:
    """A table with a header row. `title` says what it holds. `widths`: parts of the whole width. `centred`: columns
    whose short words stand in the middle."""

    title: str
    heads: tuple[str, ...]
    widths: tuple[float, ...]
    rows: tuple[tuple[Cell, ...], ...]
    centred: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Picture:
    """A drawing. `key`: its name as a file. `told`: the same in words, for who does not see it. `turned`: it needs the
    paper turned."""

    key: str
    svg: str
    caption: str
    told: str
    turned: bool = False


@dataclass(frozen=True, slots=True)
class Form:
    """A format as people fill it in."""

    sheet: FormSheet


@dataclass(frozen=True, slots=True)
class Approvals:
    """Who vouches for the manual: what they do, and the position in which they do it. Room to sign, no names."""

    rows: tuple[tuple[str, str], ...]


Block = Text | Items | Facts | Table | Picture | Form | Approvals


@dataclass(frozen=True, slots=True)
class Section:
    """A chapter (level 1), a procedure (2), a part of it (3). `code`: the procedure's, for the running header.
    `breaks`: it begins on a new page."""

    level: int
    anchor: str
    title: str
    blocks: tuple[Block, ...] = ()
    parts: tuple[Section, ...] = ()
    code: str = ""
    breaks: bool = False

    def walk(self) -> Iterator[Section]:
        """This section and everything below it, in the order of print."""
        yield self
        for part in self.parts:
            yield from part.walk()


@dataclass(frozen=True, slots=True)
class Book:
    """`colours`: primary, accent. `cover` False: a leaflet, such as one procedure alone."""

    title: str
    institution: str
    unit: str
    acronym: str
    edition: str
    colours: tuple[str, str]
    contact: tuple[str, ...]
    sections: tuple[Section, ...] = field(repr=False)
    cover: bool = True

    def walk(self) -> Iterator[Section]:
        for section in self.sections:
            yield from section.walk()
