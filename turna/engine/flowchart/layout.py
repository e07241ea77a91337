"""Coordinates: how large each row is, where it stands, and by which points every line runs."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field

from .picture import Line, Picture, Point, Shape
from .plan import Exit, Plan, Row
from .routing import Leg, Route, route
from .text import width, wrap, wrap_in_diamond

TEXT, SMALL, LEADING, TIGHT = 11.0, 9.5, 13.5, 11.5
NUMBER = 30.0  # the strip of a box in which its number stands
LANE, CROSS_LANE = 11.0, 9.0
MARGIN = 8.0
PILL_GAP = 18.0


@dataclass(slots=True)
class Sized:
    """A row with its text broken and its heights; tops are relative to the row's own top."""

    row: Row
    lines: list[str]
    box_top: float = 0.0
    box: float = 0.0
    question: list[str] = field(default_factory=list)
    diamond_top: float = 0.0
    diamond: float = 0.0
    bar_top: float = 0.0
    pills: dict[int, Shape] = field(default_factory=dict)  # by the exit's place in the row
    height: float = 0.0
    top: float = 0.0
    left: list[object] = field(default_factory=list)  # what touches the box at its left, from above
    right: list[object] = field(default_factory=list)


def lay_out(plan: Plan, current: Collection[str], done: Collection[str]) -> Picture:
    """The whole plan as one picture."""
    return _Layout(plan, current, done).picture()


class _Layout:
    def __init__(self, plan: Plan, current: Collection[str], done: Collection[str]) -> None:
        self.plan = plan
        self.current = current
        self.done = done
        count = len(plan.columns)
        self.column = 190.0 if count <= 4 else 156.0 if count <= 6 else 136.0
        self.routes = route(plan)
        self.heads = [wrap(name, self.column - 12, TEXT) for name in plan.columns]
        self.header = max(len(h) for h in self.heads) * LEADING + 14
        self.rows = [self.sized(index, row) for index, row in enumerate(plan.rows)]
        self.place_columns()
        self.place_rows()
        self.entries = self.top_entries()

    # --- Sizes ---

    def sized(self, index: int, row: Row) -> Sized:
        text = row.activity.text + (f" (reúne {', '.join(row.activity.joins)})" if row.joins else "")
        sized = Sized(row, wrap(text, self.column - NUMBER - 14, TEXT))
        self.touching(index, sized)
        top = 0.0
        if row.incoming or row.starts:
            top += len(self.top_words(row)) * TIGHT + 8 + 16
        if row.joins:
            top += 18
        sized.box_top = top
        here = row.activity.step in self.current
        text_height = (len(sized.lines) + here) * LEADING + 16
        sides = max(len(sized.left), len(sized.right))
        sized.box = max(text_height, 12.0 * (sides + 1), 36.0)
        top += sized.box
        if row.activity.question:
            wide = self.column - 4
            sized.question, sized.diamond = wrap_in_diamond(row.activity.question, wide, SMALL + 0.5, TIGHT)
            sized.diamond_top = top + 14
            top += 14 + sized.diamond
        if row.forks:
            sized.bar_top = top + 12
            top += 18
        sized.height = self.size_pills(sized, top)
        return sized

    def touching(self, index: int, sized: Sized) -> None:
        """Who comes to the box's sides or leaves there; each gets a height of its own."""
        for one in self.routes:
            if one.way.to == index and one.entry in ("left", "right"):
                (sized.left if one.entry == "left" else sized.right).append(one)
        for way in sized.row.exits:
            if way.late:
                (sized.left if way.port == "left" else sized.right).append(way)
        columns = [h.column for h in sized.row.helpers]
        if any(c < sized.row.column for c in columns):
            sized.left.append("helpers")
        if any(c > sized.row.column for c in columns):
            sized.right.append("helpers")

    def top_words(self, row: Row) -> list[str]:
        """The lines of the pill above a row: the start, and which steps of other pages lead here."""
        text = ". ".join(part for part in ("Inicio" if row.starts else "", row.incoming) if part)
        return wrap(text, self.column / 2 - 16, SMALL)

    def size_pills(self, sized: Sized, top: float) -> float:
        """Place the row's pills below it: two that drop straight, then those reached from the side, then the last."""
        half = self.column / 2 - 8
        dropped = [i for i, w in enumerate(sized.row.exits) if w.to is None and w.port == "pill"]
        aside = [i for i, w in enumerate(sized.row.exits) if w.to is None and w.port == "right"]
        below = [i for i, w in enumerate(sized.row.exits) if w.to is None and w.port == "bottom"]
        for order, index in enumerate(dropped):
            x = (1 if order == 0 else -1) * (half / 2 + 8)
            sized.pills[index] = self.pill(sized, index, x, top + PILL_GAP, half)
        top = max([top, *(p.bottom for p in sized.pills.values())])
        for index in aside:
            sized.pills[index] = self.pill(sized, index, half / 2 + 8, top + 10, half)
            top = sized.pills[index].bottom
        for index in below:
            sized.pills[index] = self.pill(sized, index, 0.0, top + PILL_GAP, self.column)
            top = sized.pills[index].bottom
        return top

    def pill(self, sized: Sized, index: int, x: float, top: float, room: float) -> Shape:
        lines = wrap(sized.row.exits[index].pill, room - 12, SMALL)
        wide = min(room, max(width(line, SMALL) for line in lines) + 20)
        return Shape("pill", x, top, wide, len(lines) * TIGHT + 8, lines, sized.row.activity.step)

    # --- Places ---

    def place_columns(self) -> None:
        count = len(self.plan.columns)
        lanes = [self.lanes(True, channel) for channel in range(count + 1)]
        self.inner = [self.label_room(channel, "right") for channel in range(count + 1)]
        outer = [self.label_room(channel, "left") for channel in range(count + 1)]
        self.channels: list[float] = []
        self.centres: list[float] = []
        x = MARGIN
        for channel in range(count + 1):
            self.channels.append(x)
            x += self.inner[channel] + max(0, lanes[channel] - 1) * LANE + outer[channel]
            if channel < count:
                self.centres.append(x + self.column / 2)
                x += self.column
        self.count_lanes = lanes
        self.width = x + MARGIN

    def label_room(self, channel: int, port: str) -> float:
        """What the answers that leave into the channel on one side need beside its lanes."""
        column = channel - 1 if port == "right" else channel
        if not 0 <= column < len(self.plan.columns):
            return 2.0
        rows = [row for row in self.plan.rows if row.column == column]
        aside = [width(w.label, SMALL) + 10 for row in rows for w in row.exits if w.port == port]
        dropped = [[w for w in row.exits if w.port == "pill"] for row in rows]
        order = 0 if port == "right" else 1  # the first pill hangs at the right of the middle, the second at the left
        beside = [width(ways[order].label, SMALL) + 14 - self.column / 4 for ways in dropped if len(ways) > order]
        return max([12.0, *aside, *beside])

    def lanes(self, vertical: bool, channel: int) -> int:
        legs = [leg for r in self.routes for leg in r.legs if (leg.vertical, leg.channel) == (vertical, channel)]
        return max((leg.lane + 1 for leg in legs), default=0)

    def place_rows(self) -> None:
        y = MARGIN + self.header + 4
        self.gaps: list[float] = []
        for index, sized in enumerate(self.rows):
            self.gaps.append(y)
            y += self.gap(index)
            sized.top = y
            y += sized.height
        self.gaps.append(y)
        last = self.lanes(False, len(self.rows))
        self.height = y + (16 + last * CROSS_LANE if last else 12)

    def gap(self, index: int) -> float:
        lanes = self.lanes(False, index)
        return 16 + 14 + max(0, lanes - 1) * CROSS_LANE if lanes or index else 14

    def lane_x(self, leg: Leg) -> float:
        """Lanes are counted from the boxes outward at the margins, from the left in between."""
        start = self.channels[leg.channel] + self.inner[leg.channel]
        lane = self.count_lanes[leg.channel] - 1 - leg.lane if leg.channel == 0 else leg.lane
        return start + lane * LANE

    def lane_y(self, leg: Leg) -> float:
        return self.gaps[leg.channel] + 16 + leg.lane * CROSS_LANE

    # --- Ends of lines ---

    def top_entries(self) -> dict[int, float]:
        """Where each route that comes from above enters: the offset from the middle, by the route's identity."""
        offsets: dict[int, float] = {}
        for index, sized in enumerate(self.rows):
            coming = [r for r in self.routes if r.way.to == index and r.entry == "top"]
            straight = [r for r in coming if r.straight]
            above = self.rows[index - 1].row.column if index else None
            middle = not straight and above != sized.row.column and not self.pill_on_top(sized)
            free = self.free_offsets(sized, middle, len(coming))
            if len(coming) == len(straight) + 1 and not middle and not self.pill_on_top(sized):
                lone = next(r for r in coming if not r.straight)
                free = free[self.comes_from(lone) > 2 * sized.row.column + 1 :]
            for one in sorted(coming, key=lambda r: self.comes_from(r)):
                if one.straight:
                    offsets[id(one)] = 0.0
            left = [r for r in coming if not r.straight]
            for one, offset in zip(sorted(left, key=self.comes_from), sorted(free[: len(left)]), strict=False):
                offsets[id(one)] = offset
        return offsets

    def pill_on_top(self, sized: Sized) -> bool:
        return bool(sized.row.starts or sized.row.incoming)

    def free_offsets(self, sized: Sized, middle: bool, count: int) -> list[float]:
        room = self.column / 2 - 8
        if self.pill_on_top(sized):
            step = min(10.0, (room - 8) / max(1, count))
            return [8 + step * (n + 1) for n in range(count)]
        step = min(10.0, room / (count // 2 + 1))
        spread = [offset for n in range(1, count + 1) for offset in (-step * n, step * n)]
        return [0.0, *spread] if middle else spread

    def comes_from(self, one: Route) -> float:
        last = one.legs[-1] if one.legs else None
        return 0.0 if last is None else float(last.start)

    def entry(self, one: Route) -> list[Point]:
        """The last points of a route: into the top, or a side, of its target."""
        assert one.way.to is not None
        sized = self.rows[one.way.to]
        x = self.centres[sized.row.column]
        if one.entry == "top":
            x += self.entries[id(one)]
            bar = 18 if sized.row.joins else 0
            above = one.legs[-1] if one.legs else None
            end = (x, sized.top + sized.box_top - bar)
            return [end] if above is None else [(x, self.lane_y(above)), end]
        y = self.touch(sized, one.entry, one)
        edge = x + self.column / 2 * (-1 if one.entry == "left" else 1)
        return [(self.lane_x(one.legs[-1]), y), (edge, y)]

    def touch(self, sized: Sized, side: str, what: object) -> float:
        """The height at which `what` touches a side of the box."""
        uses = sized.left if side == "left" else sized.right
        place = next(n for n, use in enumerate(uses) if use is what or use == what)
        return sized.top + sized.box_top + sized.box * (place + 1) / (len(uses) + 1)

    def exit(self, one: Route) -> Point:
        sized = self.rows[one.source]
        row, way = sized.row, one.way
        x, top = self.centres[row.column], sized.top
        if way.late:
            edge = self.column / 2 * (-1 if way.port == "left" else 1)
            return x + edge, self.touch(sized, way.port, way)
        if row.forks:
            return self.bar_exit(sized, way)
        if way.port == "bottom" and sized.question:
            return x, top + sized.diamond_top + sized.diamond
        if way.port == "bottom":
            return x, top + sized.box_top + sized.box
        if way.port == "pill":
            offset = sized.pills[row.exits.index(way)].x
            return x + offset, top + self.diamond_edge(sized, offset)
        return self.diamond_side(sized, way)

    def diamond_edge(self, sized: Sized, offset: float) -> float:
        half = (self.column - 4) / 2
        return sized.diamond_top + sized.diamond / 2 * (1 + (1 - abs(offset) / half))

    def diamond_side(self, sized: Sized, way: Exit) -> Point:
        same = [w for w in sized.row.exits if w.port == way.port and not w.late]
        step = min(14.0, sized.diamond / (len(same) + 1))
        off = (same.index(way) - (len(same) - 1) / 2) * step
        reach = (self.column - 4) / 2 * (1 - abs(off) / (sized.diamond / 2))
        sign = -1 if way.port == "left" else 1
        return self.centres[sized.row.column] + sign * reach, sized.top + sized.diamond_top + sized.diamond / 2 + off

    def bar_exit(self, sized: Sized, way: Exit) -> Point:
        row = sized.row
        x, y = self.centres[row.column], sized.top + sized.bar_top + 6
        if way.port == "pill":
            return x + sized.pills[row.exits.index(way)].x, y
        if way.port == "right":
            return x + self.column * 0.4, y - 3
        same = [w for w in row.exits if w.port == "bottom" and not w.late]
        step = 6.0 if sized.pills else min(24.0, self.column * 0.7 / len(same))
        return x + (same.index(way) - (len(same) - 1) / 2) * step, y

    # --- The picture ---

    def picture(self) -> Picture:
        out = Picture(self.width, self.height, header=MARGIN + self.header)
        for x, lines in zip(self.centres, self.heads, strict=True):
            out.shapes.append(Shape("header", x, MARGIN, self.column, self.header, lines))
            out.bands.append((x - self.column / 2 - 5, self.column + 10))
        for sized in self.rows:
            self.draw_row(sized, out)
        out.lines += [self.line(one) for one in self.routes]
        return out

    def draw_row(self, sized: Sized, out: Picture) -> None:
        row, step = sized.row, sized.row.activity.step
        x, top = self.centres[row.column], sized.top
        box = Shape("step", x, top + sized.box_top, self.column, sized.box, sized.lines, step)
        box.current, box.done = step in self.current, step in self.done
        out.shapes.append(box)
        if sized.question:
            wide = self.column - 4
            diamond = Shape("question", x, top + sized.diamond_top, wide, sized.diamond, sized.question, step)
            out.shapes.append(diamond)
            out.lines.append(Line([(x, box.bottom), (x, diamond.top)], step, step, "own"))
        if row.forks:
            bar = Shape("bar", x, top + sized.bar_top, self.column * 0.8, 6, [], step)
            out.shapes.append(bar)
            out.lines.append(Line([(x, box.bottom), (x, bar.top)], step, step, "own"))
        if row.joins:
            bar = Shape("bar", x, box.top - 18, self.column * 0.8, 6, [], step)
            out.shapes.append(bar)
            out.lines.append(Line([(x, bar.bottom), (x, box.top)], step, step, "own"))
        self.draw_pills(sized, box, out)
        self.draw_helpers(sized, box, out)

    def draw_pills(self, sized: Sized, box: Shape, out: Picture) -> None:
        x, step = self.centres[sized.row.column], sized.row.activity.step
        for pill in sized.pills.values():
            out.shapes.append(
                Shape("pill", x + pill.x, sized.top + pill.top, pill.width, pill.height, pill.lines, step)
            )
        lines = self.top_words(sized.row)
        if not lines:
            return
        plain = not sized.row.incoming
        high, wide = len(lines) * TIGHT + 8, 60.0 if plain else self.column / 2 - 6
        centre = x - self.column / 2 + wide / 2
        if plain:
            centre = x - (32 if self.busy_top(sized) else 0)
        end = box.top - (18 if sized.row.joins else 0)
        shape = Shape("pill", centre, end - 16 - high, wide, high, lines, step)
        out.shapes.append(shape)
        out.lines.append(Line([(shape.x, shape.bottom), (shape.x, end)], step, step, "own"))

    def busy_top(self, sized: Sized) -> bool:
        index = self.rows.index(sized)
        return any(r.way.to == index and r.entry == "top" for r in self.routes)

    def draw_helpers(self, sized: Sized, box: Shape, out: Picture) -> None:
        row, step = sized.row, sized.row.activity.step
        for side in ("left", "right"):
            ahead = [h for h in row.helpers if (h.column < row.column) == (side == "left")]
            sign = -1 if side == "left" else 1
            from_x = box.x + sign * self.column / 2
            for helper in sorted(ahead, key=lambda h: abs(h.column - row.column)):
                y = self.touch(sized, side, "helpers")
                x = self.centres[helper.column]
                shape = Shape("helper", x, y - 13, self.column - 40, 26, [f"{helper.word} en la {step}"], step)
                out.shapes.append(shape)
                near = x - sign * shape.width / 2
                out.lines.append(Line([(from_x, y), (near, y)], step, step, "helper"))
                from_x = x + sign * shape.width / 2

    def line(self, one: Route) -> Line:
        sized = self.rows[one.source]
        step = sized.row.activity.step
        start = self.exit(one)
        points = [start, *self.along(one, start)]
        if one.way.to is None:
            points += self.pill_entry(sized, one)
        else:
            points += self.entry(one)
        line = Line(_tidy(points), step, one.way.target, "late" if one.way.late else "edge", one.way.label)
        self.label(line, one, start, sized)
        return line

    def along(self, one: Route, start: Point) -> list[Point]:
        """The corners between the start and the last stretch."""
        points: list[Point] = []
        x, y = start
        for leg in one.legs:
            if leg.vertical:
                x = self.lane_x(leg)
            else:
                y = self.lane_y(leg)
            points.append((x, y))
        return points

    def pill_entry(self, sized: Sized, one: Route) -> list[Point]:
        pill = sized.pills[sized.row.exits.index(one.way)]
        x, top = self.centres[sized.row.column] + pill.x, sized.top + pill.top
        if not one.legs:
            return [(x, top)]
        y = top + pill.height / 2
        return [(self.lane_x(one.legs[0]), y), (x + pill.width / 2, y)]

    def label(self, line: Line, one: Route, start: Point, sized: Sized) -> None:
        x, y = start
        port = one.way.port
        if port in ("left", "right"):
            line.anchor = "end" if port == "left" else "start"
            line.spot = (
                x + (3 if port == "right" else -3) - (0 if one.way.late else 6 if port == "right" else -6),
                y - 4,
            )
            return
        crowded = any(p.x > 0 for p in sized.pills.values()) and port == "bottom"
        line.anchor = (
            "end" if crowded or (port == "pill" and line.points[0][0] < self.centres[sized.row.column]) else "start"
        )
        line.spot = (x + (5 if line.anchor == "start" else -5), y + 12)


def _tidy(points: list[Point]) -> list[Point]:
    """Without points that repeat or lie on a straight line between their neighbours."""
    out: list[Point] = []
    for point in points:
        if out and abs(out[-1][0] - point[0]) < 0.05 and abs(out[-1][1] - point[1]) < 0.05:
            continue
        if len(out) > 1 and _in_line(out[-2], out[-1], point):
            out[-1] = point
        else:
            out.append(point)
    return out


def _in_line(a: Point, b: Point, c: Point) -> bool:
    return any(abs(a[i] - b[i]) < 0.05 and abs(b[i] - c[i]) < 0.05 for i in (0, 1))
