"""A picture written as SVG: presentation attributes and class names only, so that a strict policy lets it through.

Pages may restyle by class: fc-step, fc-current, fc-done, fc-question, fc-pill, fc-helper, fc-bar, fc-header,
fc-band, fc-edge, fc-late, fc-answer, fc-here. Colours given here print well and keep a contrast of 4.5 or more.
"""

from __future__ import annotations

from collections.abc import Iterable
from html import escape

from .layout import LEADING, NUMBER, SMALL, TEXT, TIGHT
from .picture import Line, Picture, Point, Shape

INK, LINE, SOFT = "#1f2933", "#3d4a57", "#f5f6f8"
FONT = 'font-family="Helvetica, Arial, sans-serif"'
HERE = "Aquí está"


def write(
    picture: Picture, identity: str, title: str, description: str, frame: tuple[float, float] | None = None
) -> str:
    """The SVG. `frame`: the size of the page in the picture's units; the picture is centred across it."""
    wide, high = frame or (picture.width, picture.height)
    shift = (wide - picture.width) / 2
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" class="fc" role="img" viewBox="0 0 {_n(wide)} {_n(high)}" '
        f'width="{_n(wide)}" height="{_n(high)}" aria-labelledby="{identity}-title {identity}-desc" {FONT}>',
        f'<title id="{identity}-title">{escape(title)}</title>',
        f'<desc id="{identity}-desc">{escape(description)}</desc>',
        f'<g transform="translate({_n(shift)} 0)">' if shift else "<g>",
        *(_band(x, w, picture) for x, w in picture.bands),
        *(_edge(line) for line in picture.lines),
        *(_shape(shape) for shape in picture.shapes),
        *(_label(line) for line in picture.lines if line.label),
        "</g></svg>",
    ]
    return "\n".join(parts)


def _n(value: float) -> str:
    return f"{value:.1f}".rstrip("0").rstrip(".")


def _band(x: float, wide: float, picture: Picture) -> str:
    high = picture.height - 4
    return f'<rect class="fc-band" x="{_n(x)}" y="4" width="{_n(wide)}" height="{_n(high)}" fill="{SOFT}"/>'


# --- Lines -------------------------------------------------------------------------


def _edge(line: Line) -> str:
    name = {"edge": "fc-edge", "own": "fc-edge", "late": "fc-edge fc-late", "helper": "fc-link"}[line.kind]
    dash = {"late": ' stroke-dasharray="6 3"', "helper": ' stroke-dasharray="2 3"'}.get(line.kind, "")
    drawn = f'<path class="{name}" d="{_way(line.points)}" fill="none" stroke="{LINE}" stroke-width="1.3"{dash}/>'
    return drawn if line.kind == "helper" else drawn + _arrow(line.points)


def _way(points: list[Point]) -> str:
    """Straight stretches with corners rounded a little."""
    out = [f"M{_n(points[0][0])} {_n(points[0][1])}"]
    for before, corner, after in zip(points, points[1:], points[2:], strict=False):
        enter, leave = _towards(corner, before), _towards(corner, after)
        out.append(f"L{_n(enter[0])} {_n(enter[1])}Q{_n(corner[0])} {_n(corner[1])} {_n(leave[0])} {_n(leave[1])}")
    out.append(f"L{_n(points[-1][0])} {_n(points[-1][1])}")
    return "".join(out)


def _towards(corner: Point, other: Point, reach: float = 4.0) -> Point:
    across, down = other[0] - corner[0], other[1] - corner[1]
    length = max(abs(across), abs(down)) or 1.0
    part = min(reach, length / 2) / length
    return corner[0] + across * part, corner[1] + down * part


def _arrow(points: list[Point]) -> str:
    (x0, y0), (x, y) = points[-2], points[-1]
    if abs(x - x0) > abs(y - y0):
        back = -7 if x > x0 else 7
        corners = [(x, y), (x + back, y - 3.5), (x + back, y + 3.5)]
    else:
        back = -7 if y > y0 else 7
        corners = [(x, y), (x - 3.5, y + back), (x + 3.5, y + back)]
    return f'<polygon class="fc-arrow" points="{_points(corners)}" fill="{LINE}"/>'


def _points(corners: Iterable[Point]) -> str:
    return " ".join(f"{_n(x)},{_n(y)}" for x, y in corners)


def _label(line: Line) -> str:
    x, y = line.spot
    name = "fc-answer fc-late" if line.kind == "late" else "fc-answer"
    return (
        f'<text class="{name}" x="{_n(x)}" y="{_n(y)}" text-anchor="{line.anchor}" font-size="{SMALL}" '
        f'font-weight="bold" fill="{INK}" stroke="#ffffff" stroke-width="3" stroke-linejoin="round" '
        f'paint-order="stroke">{escape(line.label)}</text>'
    )


# --- Shapes ------------------------------------------------------------------------


def _shape(shape: Shape) -> str:
    draw = {
        "header": _header,
        "step": _step,
        "question": _question,
        "pill": _pill,
        "helper": _helper,
        "bar": _bar,
    }[shape.kind]
    return draw(shape)


def _rect(
    shape: Shape, name: str, fill: str, stroke: str, thick: float = 1.2, round_: float = 2, more: str = ""
) -> str:
    return (
        f'<rect class="{name}" x="{_n(shape.left)}" y="{_n(shape.top)}" width="{_n(shape.width)}" '
        f'height="{_n(shape.height)}" rx="{_n(round_)}" fill="{fill}" stroke="{stroke}" stroke-width="{thick}"{more}/>'
    )


def _words(
    lines: list[str], x: float, middle: float, size: float, leading: float, more: str = "", anchor: str = "middle"
) -> str:
    top = middle - (len(lines) - 1) * leading / 2 + size * 0.35
    spans = "".join(
        f'<tspan x="{_n(x)}" y="{_n(top + n * leading)}">{escape(line)}{" " if n < len(lines) - 1 else ""}</tspan>'
        for n, line in enumerate(lines)
    )
    return f'<text font-size="{size}" text-anchor="{anchor}" fill="{INK}"{more}>{spans}</text>'


def _header(shape: Shape) -> str:
    words = _words(shape.lines, shape.x, shape.middle, TEXT, LEADING, ' font-weight="bold"')
    return _rect(shape, "fc-header", "#dfe3e8", LINE) + words


def _step(shape: Shape) -> str:
    name, fill, strip, stroke, thick = "fc-step", "#ffffff", "#e8ebef", INK, 1.2
    if shape.done:
        name, fill, strip, stroke = "fc-step fc-done", "#eef7f0", "#d3e9d9", "#1e5631"
    if shape.current:
        name, fill, strip, stroke, thick = "fc-step fc-current", "#fff6d6", "#ffe08a", "#7a4100", 3.5
    middle = shape.middle - (LEADING / 2 if shape.current else 0)
    divide = shape.left + NUMBER
    parts = [
        _rect(shape, name, fill, stroke, thick),
        f'<rect x="{_n(shape.left + thick / 2)}" y="{_n(shape.top + thick / 2)}" width="{_n(NUMBER - thick / 2)}" '
        f'height="{_n(shape.height - thick)}" fill="{strip}"/>',
        f'<line x1="{_n(divide)}" y1="{_n(shape.top)}" x2="{_n(divide)}" y2="{_n(shape.bottom)}" '
        f'stroke="{stroke}" stroke-width="0.8"/>',
        _words([shape.step], shape.left + NUMBER / 2, shape.middle, TEXT, LEADING, ' font-weight="bold"'),
        _words(shape.lines, divide + 7, middle, TEXT, LEADING, ' class="fc-text"', "start"),
    ]
    if shape.current:
        here = ' class="fc-here" font-weight="bold"'
        parts.append(_words([HERE], divide + 7, shape.bottom - 11, TEXT, LEADING, here, "start"))
    if shape.done and not shape.current:
        parts.append(_tick(shape.left + NUMBER / 2, min(shape.middle + 13, shape.bottom - 6)))
    return f'<g class="fc-activity">{"".join(parts)}</g>'


def _tick(x: float, y: float) -> str:
    points = _points([(x - 5, y - 1), (x - 1.5, y + 3), (x + 5, y - 5)])
    return f'<polyline class="fc-tick" points="{points}" fill="none" stroke="#1e5631" stroke-width="2"/>'


def _question(shape: Shape) -> str:
    corners = [(shape.x, shape.top), (shape.right, shape.middle), (shape.x, shape.bottom), (shape.left, shape.middle)]
    drawn = (
        f'<polygon class="fc-question" points="{_points(corners)}" fill="#ffffff" stroke="{INK}" stroke-width="1.2"/>'
    )
    return drawn + _words(shape.lines, shape.x, shape.middle, SMALL + 0.5, TIGHT, ' class="fc-text"')


def _pill(shape: Shape) -> str:
    drawn = _rect(shape, "fc-pill", "#ffffff", INK, 1.2, min(12.0, shape.height / 2))
    return drawn + _words(shape.lines, shape.x, shape.middle, SMALL, TIGHT)


def _helper(shape: Shape) -> str:
    drawn = _rect(shape, "fc-helper", "#ffffff", LINE, 1.0, 2, ' stroke-dasharray="3 2"')
    return drawn + _words(shape.lines, shape.x, shape.middle, SMALL, TIGHT)


def _bar(shape: Shape) -> str:
    return _rect(shape, "fc-bar", INK, INK, 0, 1)
