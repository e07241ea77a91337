"""Codes that are printed on a document: the short one that people type, and QR codes that telephones read."""

from __future__ import annotations

import io
import secrets
from functools import lru_cache

import segno

_LETTERS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # without I, L, O and U, which are misread
_MISREAD = str.maketrans("ILO", "110")
_LENGTH = 12


def new_code() -> str:
    """A code that nobody can guess: 60 random bits as twelve letters and digits."""
    return "".join(secrets.choice(_LETTERS) for _ in range(_LENGTH))


def shown_code(code: str) -> str:
    """The code in groups of four: `7K3M-9PXT-2WQF`."""
    return "-".join(code[i : i + 4] for i in range(0, len(code), 4))


def read_code(typed: str) -> str | None:
    """The code that somebody typed, however they grouped it or misread its letters; None when it cannot be one."""
    letters = "".join(c for c in typed.upper().translate(_MISREAD) if c not in " -.\u2010\u2011\u2013")
    return letters if len(letters) == _LENGTH and set(letters) <= set(_LETTERS) else None


@lru_cache(maxsize=512)
def qr_svg(text: str) -> str:
    """A QR code as SVG, with the white margin that readers need. The same text gives the same picture.

    Raises: ValueError: the text is longer than a QR code holds (some 2,300 letters)."""
    out = io.BytesIO()
    # Choosing the prettiest of the eight masks takes four times as long as all the rest; readers undo any of them.
    code = segno.make(text, error="m", micro=False, mask=3)
    code.save(out, kind="svg", border=4, xmldecl=False, nl=False, svgclass=None, lineclass=None)
    return out.getvalue().decode()
