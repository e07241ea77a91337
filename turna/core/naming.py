"""User names formed from a person's name by a convention: which names to try, in order. Pure.

Who has which name is in `user_names`; what a convention says (`cuentas` of a pack) comes from above.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

MOST_NUMBERS = 999
"""The last number that `{n}` becomes; the first is 2, as the name without a number came before."""
_PART = re.compile(r"\{(\w+)\}")
_NUMBER = "n"


@dataclass(frozen=True, slots=True)
class FullName:
    """A person's name as the civil registry writes it; the second surname may be missing."""

    given: str
    surname1: str
    surname2: str = ""

    def __str__(self) -> str:
        return " ".join(part for part in (self.given, self.surname1, self.surname2) if part)


def candidates(forms: Iterable[str], name: FullName, *, longest: int = 64, upper: bool = False) -> Iterator[str]:
    """The user names that `forms` make of a name, in the order in which they are tried, each once.

    Parts: {nombre} first given name, {nombres} all of them, {inicial}, {apellido}, {apellido2}, {inicial_apellido},
    {inicial2} of the second surname, {n} 2, 3… A form that asks for something the name lacks is passed over.
    Letters are a-z (no accents, ñ as n); a surname of several words is written together: delacruz. Beyond `longest`
    characters the longest part gives way, so that initials and numbers are kept.
    """
    parts = _parts(name)
    seen = set()
    for form in forms:
        for made in _of_form(form, parts, longest):
            if made not in seen:
                seen.add(made)
                yield made.upper() if upper else made


def plain_letters(text: str) -> str:
    """Only a-z and 0-9, lower case: «Núñez de la Peña» becomes nunezdelapena."""
    bare = unicodedata.normalize("NFKD", text.lower()).encode("ascii", "ignore").decode()
    return "".join(c for c in bare if c.isalnum())


def _parts(name: FullName) -> dict[str, str]:
    words = [plain_letters(word) for word in name.given.split()]
    given = [word for word in words if word]
    first = given[0] if given else ""
    surname1, surname2 = plain_letters(name.surname1), plain_letters(name.surname2)
    return {
        "nombre": first,
        "nombres": "".join(given),
        "inicial": first[:1],
        "apellido": surname1,
        "apellido2": surname2,
        "inicial_apellido": surname1[:1],
        "inicial2": surname2[:1],
    }


def _of_form(form: str, parts: dict[str, str], longest: int) -> Iterator[str]:
    asked = _PART.findall(form)
    if not all(parts.get(part) for part in asked if part != _NUMBER):
        return
    numbers = range(2, MOST_NUMBERS + 1) if _NUMBER in asked else (0,)
    for number in numbers:
        pieces = [_piece(piece, at, parts, number) for at, piece in enumerate(_PART.split(form))]
        yield _fitted(pieces, longest)


def _piece(piece: str, at: int, parts: dict[str, str], number: int) -> str:
    """Splitting a form gives its own characters at even places and its parts at odd ones."""
    if at % 2 == 0:
        return piece.lower()
    return str(number) if piece == _NUMBER else parts[piece]


def _fitted(pieces: list[str], longest: int) -> str:
    while sum(map(len, pieces)) > longest:
        at = max(range(len(pieces)), key=lambda n: len(pieces[n]))
        pieces[at] = pieces[at][:-1]
    return "".join(pieces)
