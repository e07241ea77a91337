"""How wide text is and where it breaks, without a font at hand: widths of an Arial-like face, rounded up."""

from __future__ import annotations

from functools import lru_cache

NARROW = frozenset("iíìjlI.,:;|!¡'()[]")
WIDE = frozenset("mwMWÑ@%—")


def width(text: str, size: float) -> float:
    """The width in pixels at most, at font size `size`."""
    return _ems(text) * size


@lru_cache(maxsize=16_384)
def _ems(text: str) -> float:
    """The same lines are measured for every page that is tried; a text is as wide as it was."""
    return sum(map(_em, text))


@lru_cache(maxsize=1_024)
def _em(char: str) -> float:
    if char in NARROW:
        return 0.31
    if char in WIDE:
        return 0.9
    if char.isupper():
        return 0.72
    return 0.29 if char == " " else 0.56


def wrap(text: str, room: float, size: float) -> list[str]:
    """Lines no wider than `room`; a word that is wider than that alone is cut."""
    return list(_wrapped(text, room, size))


@lru_cache(maxsize=16_384)
def _wrapped(text: str, room: float, size: float) -> tuple[str, ...]:
    """The same texts are wrapped for every page that is tried."""
    lines: list[str] = []
    line = ""
    for word in text.split():
        for piece in _cut(word, room, size):
            longer = f"{line} {piece}" if line else piece
            if line and width(longer, size) > room:
                lines.append(line)
                longer = piece
            line = longer
    return (*lines, line) if line else tuple(lines)


def _cut(word: str, room: float, size: float) -> list[str]:
    if width(word, size) <= room:
        return [word]
    pieces = [""]
    for char in word:
        if pieces[-1] and width(pieces[-1] + char, size) > room:
            pieces.append("")
        pieces[-1] += char
    return pieces


def wrap_in_diamond(text: str, across: float, size: float, leading: float) -> tuple[list[str], float]:
    """The lines of `text` in a diamond `across` wide, and the height that the diamond needs."""
    lines, height = _in_diamond(text, across, size, leading)
    return list(lines), height


@lru_cache(maxsize=4_096)
def _in_diamond(text: str, across: float, size: float, leading: float) -> tuple[tuple[str, ...], float]:
    words = text.split()
    for height in range(52, 400, 6):
        for rows in range(1, int(height / leading) + 1):
            lines = _fill(words, [_chord(across, height, rows, n, leading) for n in range(rows)], size)
            if lines:
                return tuple(lines), float(height)
    return _wrapped(text, across / 2, size), 400.0


def _chord(across: float, height: float, rows: int, row: int, leading: float) -> float:
    """How wide a diamond is over the whole height of one of `rows` lines around its middle."""
    top = (row - rows / 2) * leading
    return across * (1 - 2 * max(abs(top), abs(top + leading)) / height) - 4


def _fill(words: list[str], rooms: list[float], size: float) -> list[str]:
    """Exactly as many lines as there are rooms, each within its own; empty when the words do not fit."""
    left = list(words)
    lines: list[str] = []
    for room in rooms:
        line = ""
        while left and width(f"{line} {left[0]}".strip(), size) <= room:
            line = f"{line} {left.pop(0)}".strip()
        if not line:
            return []
        lines.append(line)
    return [] if left else lines
