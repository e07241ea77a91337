"""The institution's colours as a stylesheet of CSS variables, with their contrast guarded.

`Institution.theme` holds hexadecimal colours: `primario` (header, buttons, links), `acento` (rule under the header).
Every colour that carries white text or stands as text on white is darkened until it can be read (WCAG 2.2, 1.4.3).
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping

PRIMARY = "#6b1538"
ACCENT = "#b38e5d"
# Against white. On the page's grey ground and on the soft tint that leaves more than the 4.5 that WCAG asks.
READABLE = 5.3
_HEX = re.compile(r"#[0-9a-fA-F]{6}")

Colour = tuple[int, int, int]


def _parse(text: object, fallback: str) -> Colour:
    word = text if isinstance(text, str) and _HEX.fullmatch(text.strip()) else fallback
    word = word.strip()
    return int(word[1:3], 16), int(word[3:5], 16), int(word[5:7], 16)


def _luminance(colour: Colour) -> float:
    parts = [c / 255 / 12.92 if c / 255 <= 0.04045 else ((c / 255 + 0.055) / 1.055) ** 2.4 for c in colour]
    return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]


def contrast(one: Colour, other: Colour) -> float:
    """WCAG contrast ratio, from 1 to 21."""
    light, dark = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def _mix(colour: Colour, other: Colour, share: float) -> Colour:
    r, g, b = (round(a * (1 - share) + c * share) for a, c in zip(colour, other, strict=True))
    return r, g, b


def readable(colour: Colour) -> Colour:
    """The same colour, darkened just enough to be read on white."""
    while contrast(colour, (255, 255, 255)) < READABLE:
        colour = _mix(colour, (0, 0, 0), 0.08)
    return colour


def _hex(colour: Colour) -> str:
    return "#{:02x}{:02x}{:02x}".format(*colour)


def variables(theme: Mapping[str, object]) -> dict[str, str]:
    """CSS variables of a theme; a missing or unreadable colour falls back to the house's own."""
    primary = readable(_parse(theme.get("primario"), PRIMARY))
    strong = _mix(primary, (0, 0, 0), 0.22)
    soft = _mix(primary, (255, 255, 255), 0.92)
    return {
        "--turna-primary": _hex(primary),
        "--turna-primary-strong": _hex(strong),
        "--turna-primary-soft": _hex(soft),
        "--turna-primary-line": _hex(_mix(primary, (255, 255, 255), 0.7)),
        "--turna-accent": _hex(_parse(theme.get("acento"), ACCENT)),
        "--bs-primary": _hex(primary),
        "--bs-primary-rgb": ", ".join(str(c) for c in primary),
        "--bs-link-color": _hex(primary),
        "--bs-link-color-rgb": ", ".join(str(c) for c in primary),
        "--bs-link-hover-color": _hex(strong),
        "--bs-link-hover-color-rgb": ", ".join(str(c) for c in strong),
    }


def stylesheet(theme: Mapping[str, object]) -> str:
    """The whole stylesheet."""
    body = "".join(f"{name}: {value};" for name, value in variables(theme).items())
    return f":root {{{body}}}\n"


def digest(theme: Mapping[str, object]) -> str:
    """A short word that changes with the theme, for the stylesheet's address."""
    return hashlib.sha256(json.dumps(theme, sort_keys=True, default=str).encode()).hexdigest()[:12]
