"""Drawings as PNG, for the formats that take no SVG. The same fonts as in documents, none of the machine's."""

from __future__ import annotations

import re
from typing import Any

import typst

from .rendering import LIBRARY, _fonts, _start

_SIZE = re.compile(r'<svg[^>]* width="([\d.]+)"[^>]* height="([\d.]+)"')
_POINTS = 0.75  # an SVG's pixel is 1/96 inch, a point 1/72
_SOURCE = b'#set page(width: auto, height: auto, margin: 0pt)\n#image("d.svg")\n'


def drawing_size(svg: str) -> tuple[float, float]:
    """Width and height in points of a drawing that says them. Raises: ValueError: it does not."""
    size = _SIZE.search(svg)
    if size is None:
        raise ValueError("the drawing says no width and height")
    return float(size[1]) * _POINTS, float(size[2]) * _POINTS


def picture_png(svg: str, ppi: int) -> bytes:
    """The PNG of a drawing, `ppi` dots per inch. RuntimeError: in a process forked from one that had rendered."""
    _start()
    sources: Any = {"d.svg": svg.encode(), "main": _SOURCE}
    made = typst.compile(
        sources,
        root=str(LIBRARY),
        font_paths=_fonts(),
        format="png",
        ppi=float(ppi),
    )
    assert isinstance(made, bytes)
    return made
