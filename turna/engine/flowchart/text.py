"""How wide text is and where it breaks, without a font at hand: widths of an Arial-like face, rounded up."""

from __future__ import annotations

NARROW = frozenset("iíìjlI.,:;|!¡'()[]")
WIDE = frozenset("mwMWÑ@%—")


def width(text: str, size: float) -> float:
    """The width in pixels at most, at font size `size`."""
    return sum(_em(c) for c in text) * size


def _em(char: str) -> float:
    if char in NARROW:
        return 0.31
    if char in WIDE:
        return 0.9
    if char.isupper():
        return 0.72
    return 0.3 if char == " " else 0.57


def wrap(text: str, room: float, size: float) -> list[str]:
    """Lines no wider than `room`; a word that is wider than that alone is cut."""
    lines: list[str] = []
    line = ""
    for word in text.split():
        for piece in _cut(word, room, size):
            longer = f"{line} {piece}" if line else piece
            if line and width(longer, size) > room:
                lines.append(line)
                longer = piece
            line = longer
    return [*lines, line] if line else lines


def _cut(word: str, room: float, size: float) -> list[str]:
    pieces = [""]
    for char in word:
        if pieces[-1] and width(pieces[-1] + char, size) > room:
            pieces.append("")
        pieces[-1] += char
    return pieces


def wrap_in_diamond(text: str, across: float, size: float, leading: float) -> tuple[list[str], float]:
    """The lines of `text` in a diamond `across` wide, and the height that the diamond needs."""
    for rows in range(1, 60):
        height = max(56.0, rows * leading * 2.1)
        room = across * (1 - rows * leading / height) - 4
        lines = wrap(text, room, size)
        if len(lines) <= rows:
            return lines, height
    return wrap(text, across / 2, size), 60 * leading
