"""Procedures for the engine's tests: short builders, a hand-made real one, and a strategy of random valid ones."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from hypothesis import strategies as st

from turna.engine.definitions import (
    Activity,
    Answer,
    Call,
    DocumentUse,
    Place,
    Procedure,
    Responsible,
    Start,
    Target,
    Term,
)

PLACE = Place("procedimientos/prueba.yaml", 1)


def target(value: str) -> Target:
    """`"3"`, `"fin"`, or `"fin:improcedente"`."""
    if value == "fin" or value.startswith("fin:"):
        return Target(None, value[4:] or None)
    return Target(value)


def position(key: str) -> Responsible:
    return Responsible("position", key, label=key.replace("-", " ").capitalize())


def act(
    step: str,
    to: str | Sequence[str] | dict[str, str] = "fin",
    *,
    by: str | Sequence[str] = "analista",
    **more: Any,
) -> Activity:
    """An activity: `to` a step, several (a fork), or answers with their targets (a decision)."""
    keys = [by] if isinstance(by, str) else list(by)
    values: dict[str, Any] = {
        "step": step,
        "responsibles": tuple(position(k) for k in keys),
        "mode": "all",
        "text": f"Hace lo de la actividad {step}",
        "place": PLACE,
    }
    if isinstance(to, dict):
        automatic = bool(more.pop("automatic", False))
        values["question"] = more.pop("question", f"¿Sale bien la {step}?")
        values["answers"] = tuple(
            Answer(label, target(t), PLACE, decide="true" if automatic else None, automatic=automatic)
            for label, t in to.items()
        )
    else:
        values["targets"] = tuple(target(t) for t in ([to] if isinstance(to, str) else to))
    return Activity(**{**values, **more})


def procedure(*activities: Activity, **more: Any) -> Procedure:
    values: dict[str, Any] = {
        "key": "prueba",
        "pack": "pruebas",
        "code": "PR-01",
        "name": "Procedimiento de prueba",
        "unit": "direccion",
        "unit_name": "Dirección de Pruebas",
        "objective": "Probar.",
        "scope": "Las pruebas.",
        "activities": activities,
        "start": Start(("analista",)),
        "place": PLACE,
    }
    return Procedure(**{**values, **more})


def term(go: str | None = None, on_expiry: str = "go", amount: int = 3) -> Term:
    where = None if go is None else target(go)
    return Term(amount, "working_days", PLACE, on_expiry=on_expiry, target=where)  # type: ignore[arg-type]


def call(key: str, waits: bool = True) -> Call:
    return Call(key, waits)


def document(name: str, copies: str = "") -> DocumentUse:
    return DocumentUse(name, copies)


# --- Random ones -------------------------------------------------------------------
#
# A procedure is drawn as a tree first (blocks of steps and forks whose branches are blocks), so that every
# activity is reachable, every fork has its join and the end can be reached from everywhere. Then decisions are
# laid over it, whose other answers lead anywhere: back, ahead, out of a fork, into one, or to the end.


@dataclass
class Draft:
    """An activity on its way: `ahead` is where it goes when all is well."""

    step: str
    ahead: list[str] = field(default_factory=list)
    joins: tuple[str, ...] = ()


class Sketch:
    """Draws the tree: numbers the activities in the order in which a manual would print them."""

    def __init__(self, draw: st.DrawFn, most: int) -> None:
        self.draw = draw
        self.left = most
        self.drafts: list[Draft] = []

    def new(self, joins: tuple[str, ...] = ()) -> Draft:
        self.left -= 1
        draft = Draft(str(len(self.drafts) + 1), [], joins)
        self.drafts.append(draft)
        return draft

    def block(self, depth: int) -> tuple[str, list[Draft]]:
        """Its first step, and the drafts from which it is left."""
        first: str | None = None
        loose: list[Draft] = []
        for kind in self.draw(st.lists(st.sampled_from("fss" if depth < 2 else "s"), min_size=1, max_size=4)):
            if first is not None and self.left <= 0:
                break
            entry, leaves = self.fork(depth) if kind == "f" and self.left > 4 else self.single()
            for draft in loose:
                draft.ahead.append(entry)
            first, loose = first or entry, leaves
        assert first is not None
        return first, loose

    def single(self) -> tuple[str, list[Draft]]:
        draft = self.new()
        return draft.step, [draft]

    def fork(self, depth: int) -> tuple[str, list[Draft]]:
        fork = self.new()
        blocks = [self.block(depth + 1) for _ in range(self.draw(st.integers(2, 3)))]
        leaves = [draft for _, loose in blocks for draft in loose]
        join = self.new(tuple(d.step for d in leaves))
        fork.ahead = [entry for entry, _ in blocks]
        for draft in leaves:
            draft.ahead.append(join.step)
        return fork.step, [join]


def _dressed(draw: st.DrawFn, draft: Draft, steps: list[str]) -> Activity:
    """The draft with its question, people, signatures, waits and terms."""
    anywhere = st.sampled_from([*steps, "fin", "fin:negado"])
    ahead = draft.ahead or ["fin"]
    more: dict[str, Any] = {"joins": draft.joins}
    first = draw(st.integers(0, 4))
    more["by"] = list("abcdeabcd")[first : first + draw(st.sampled_from([1, 1, 2, 3]))]
    more["mode"] = draw(st.sampled_from(["all", "any"]))
    kind = draw(st.sampled_from(["", "", "", "", "sign", "message", "child", "started", "each", "children", "term"]))
    more |= {
        "sign": {"signers": ("c", "x")},
        "message": {"waits_for": "algo.pasa"},
        "child": {"call": call("otro")},
        "started": {"call": call("otro", waits=False)},
        "each": {"for_each": "lista.elementos"},
        "children": {"for_each": "lista.elementos", "call": call("otro")},
    }.get(kind, {})
    if kind == "term":
        more["term"] = term(draw(anywhere), draw(st.sampled_from(["go", "close", "accept"])))
    if len(ahead) > 1 or draw(st.integers(0, 2)):
        return act(draft.step, ahead, **more)
    others = draw(st.lists(anywhere, min_size=1, max_size=2))
    labels = [("sí", ahead[0]), *zip(("no", "quizá"), others, strict=False)]
    if draw(st.booleans()):
        labels.reverse()
    return act(draft.step, dict(labels), automatic=draw(st.booleans()), **more)


@st.composite
def procedures(draw: st.DrawFn, most: int = 12) -> Procedure:
    """A valid procedure of up to about `most` activities."""
    sketch = Sketch(draw, most)
    sketch.block(0)
    steps = [d.step for d in sketch.drafts]
    return procedure(*(_dressed(draw, d, steps) for d in sketch.drafts))
