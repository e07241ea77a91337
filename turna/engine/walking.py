"""Procedures walked on paper: one scripted run (`walk`), and the paths that cover every edge (`cover`).

No case, no data, no people: every responsible of a joint activity answers alike, signers sign, messages arrive,
children end. Where several branches are open, the one that the manual prints first moves first.

A path is written on one line, as `turna procedure paths` prints it:

    answers: sí,no,sí | 1 → 2 → 3 → 1 → 2 → 3 → 4 → fin

Answers stand in the order in which the decisions are met. `vence` stands for a term that runs out and leads
somewhere, `sigue` for an activity that is done in time where a `vence` meant for a later activity follows. An answer
that holds a comma stands in double quotes. Without answers the first part is `answers: `.
"""

from __future__ import annotations

import csv
import io
import unicodedata
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from .definitions import END, Procedure
from .flow import (
    Act,
    ChildEnded,
    Complete,
    Expire,
    IllegalAct,
    Receive,
    Sign,
    State,
    Token,
    advance,
    begin,
    compile_procedure,
    expiry_target,
)

EXPIRES = "vence"
IN_TIME = "sigue"

MOST_STEPS = 10_000
"""Activities of one walk; more is a loop that no answer leaves."""

MOST_STATES = 20_000
"""Situations that `cover` looks at; a procedure of a manual has some dozens."""


@dataclass(frozen=True, slots=True)
class Path:
    """One way through a procedure. `ended` False: `cover` found no end from there."""

    answers: tuple[str, ...]
    visited: tuple[str, ...]
    outcome: str | None = None

    @property
    def ended(self) -> bool:
        return self.outcome is not None

    def __str__(self) -> str:
        steps = [*self.visited, END] if self.ended else list(self.visited)
        return f"answers: {write_answers(self.answers)} | {' → '.join(steps)}"


@dataclass(frozen=True, slots=True)
class Walk:
    """A scripted run. `pending`: steps still open when the answers ran out. `unused`: answers nobody asked for.
    `taken`: the decisions in order, as (step, answer)."""

    visited: tuple[str, ...]
    ended: bool
    outcome: str | None
    pending: tuple[str, ...]
    unused: tuple[str, ...] = ()
    taken: tuple[tuple[str, str], ...] = ()


def write_answers(answers: Sequence[str]) -> str:
    """`sí,no,"sí, con observaciones"`."""
    if not answers:
        return ""
    out = io.StringIO()
    csv.writer(out, lineterminator="").writerow(answers)
    return out.getvalue()


def read_answers(text: str) -> tuple[str, ...]:
    """What `write_answers` wrote; blanks around an answer do not count."""
    rows = csv.reader([text.strip()], skipinitialspace=True)
    return tuple(answer.strip() for row in rows for answer in row)


# --- One run -----------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Leg:
    """One activity of a run: the `token` that is moved, with which answer (EXPIRES: its term runs out; None: it is
    simply done), the states `before` and `after`, the steps that this visits and the answers that are left."""

    token: Token
    choice: str | None
    before: State
    after: State
    visited: tuple[str, ...]
    left: tuple[str, ...]


def legs(procedure: Procedure, answers: Sequence[str]) -> Iterator[Leg]:
    """The activities of a run one by one, as `walk` does them; it stops where the answers run out.

    Raises: IllegalAct: "answer_unknown", "endless".
    """
    left = deque(answers)
    state, count = begin(procedure).state, 0
    while not state.ended:
        token = _next_token(procedure, state)
        choice = _choice(procedure, token, left)
        if choice is _ASK:
            return
        after, visited = _perform(procedure, state, token, choice)
        yield Leg(token, choice, state, after, tuple(visited), tuple(left))
        state = after
        count += len(visited)
        if count > MOST_STEPS:
            raise IllegalAct("endless", "El recorrido no termina: las actividades dan vueltas.")


def walk(procedure: Procedure, answers: Sequence[str]) -> Walk:
    """Run `procedure` on `answers`, consumed at each decision in order; it stops where they run out.

    Answers are recognised without regard to accents and capitals.

    Raises: IllegalAct: "answer_unknown", an answer that the decision does not have; "endless".
    """
    move = begin(procedure)
    state, visited, left = move.state, [step for step, _ in move.passed], tuple(answers)
    taken: list[tuple[str, str]] = []
    for leg in legs(procedure, answers):
        state, left = leg.after, leg.left
        visited += leg.visited
        if leg.choice is not None:
            taken.append((leg.token.step, leg.choice))
    if not state.ended:
        visited.append(_next_token(procedure, state).step)
    pending = tuple(t.step for t in state.tokens if t.kind != "parked")
    return Walk(tuple(visited), state.ended, state.outcome, pending, left, tuple(taken))


_ASK = "\0"  # no answer is left for the decision


def _choice(procedure: Procedure, token: Token, left: deque[str]) -> str | None:
    """The next answer if the step asks for one, and consume it; None when it needs none."""
    choices = _choices(procedure, token.step)
    if choices == [None]:
        return None
    given = _plain(left[0]) if left else None
    for choice in choices:
        if given is not None and given == _plain(IN_TIME if choice is None else choice):
            left.popleft()
            return choice
    if None in choices:
        return None
    if given is None:
        return _ASK
    known = ", ".join(c for c in choices if c)
    message = f"La actividad {token.step} no tiene la respuesta «{left[0]}»; tiene: {known}."
    raise IllegalAct("answer_unknown", message)


def _plain(text: str) -> str:
    letters = unicodedata.normalize("NFD", text.strip().casefold())
    return "".join(c for c in letters if not unicodedata.combining(c))


def _choices(procedure: Procedure, step: str) -> list[str | None]:
    """What may happen at a step: its answers (None: it is simply done), and its term running out."""
    node = compile_procedure(procedure).nodes[step]
    choices: list[str | None] = list(node.answers) or [None]
    if expiry_target(node) is not None and EXPIRES not in choices:
        choices.append(EXPIRES)
    return choices


def _next_token(procedure: Procedure, state: State) -> Token:
    """Of the open tokens, the one whose activity the manual prints first."""
    nodes = compile_procedure(procedure).nodes
    return min((t for t in state.tokens if t.kind != "parked"), key=lambda t: (nodes[t.step].index, t.id))


def _perform(procedure: Procedure, state: State, token: Token, choice: str | None) -> tuple[State, list[str]]:
    """Everybody does their part of the token's activity. Returns also the steps that this visits."""
    visited = [token.step]
    current: Token | None = token
    while current is not None:
        move = advance(procedure, state, _act(procedure, current, choice))
        state = move.state
        visited += [step for step, _ in move.passed]
        current = state.token(token.id)
    return state, visited


def _act(procedure: Procedure, token: Token, choice: str | None) -> Act:
    activity = procedure.by_step[token.step]
    if choice == EXPIRES and activity.answer(EXPIRES) is None:
        return Expire(token.id)
    if token.kind == "message":
        return Receive(token.id, activity.waits_for or "")
    if token.kind == "child":
        return ChildEnded(token.id, choice or "concluido", token.slots[0])
    if token.kind == "sign":
        return Sign(token.id, token.slots[0])
    return Complete(token.id, token.slots[0], choice)


# --- Every edge --------------------------------------------------------------------

Situation = tuple[tuple[str, str, tuple[tuple[str, int], ...]], ...]
Edge = tuple[str, str | None]


@dataclass(slots=True)
class _Leg:
    """One activity done in one way: from a situation to another (empty when the case ends there)."""

    edge: Edge
    to: Situation
    visited: list[str]
    outcome: str | None

    @property
    def takes(self) -> list[Edge]:
        """Its own edge, and the steps it passes without stopping, which no leg begins at."""
        return [self.edge, *((step, None) for step in self.visited[1:] if step != self.edge[0])]


def cover(procedure: Procedure) -> list[Path]:
    """Paths from the first activity to an end that together take every edge: each answer, each term that leads
    somewhere, each plain continuation. Few and long rather than many: a path goes on while it finds edges
    not yet taken; the first one takes the first answers where it can.
    """
    start, before, legs = _explore(procedure)
    if not start:
        return [Path((), tuple(before), begin(procedure).state.outcome)]
    missing = {edge for some in legs.values() for leg in some for edge in leg.takes}
    tours: list[list[_Leg]] = []
    while missing:
        taken = _tour(start, legs, missing)
        found = missing - {edge for leg in taken for edge in leg.takes}
        if found == missing:
            break  # the rest lies behind a loop without an end
        missing = found
        tours.append(taken)
    return [_path(procedure, before, taken) for taken in _needed(tours)]


def _needed(tours: list[list[_Leg]]) -> list[list[_Leg]]:
    """The tours without those (the first aside) whose edges the others take as well."""
    kept = list(tours)
    for tour in tours[1:]:
        others = {edge for other in kept if other is not tour for leg in other for edge in leg.takes}
        if {edge for leg in tour for edge in leg.takes} <= others:
            kept = [other for other in kept if other is not tour]
    return kept


def _explore(procedure: Procedure) -> tuple[Situation, list[str], dict[Situation, list[_Leg]]]:
    """Every situation that the answers can lead to, and the legs between them."""
    move = begin(procedure)
    start = _situation(move.state)
    legs: dict[Situation, list[_Leg]] = {}
    todo = deque([move.state])
    while todo and len(legs) < MOST_STATES:
        state = todo.popleft()
        here = _situation(state)
        if here in legs or state.ended:
            continue
        token = _next_token(procedure, state)
        legs[here] = []
        for choice in _choices(procedure, token.step):
            after, visited = _perform(procedure, state, token, choice)
            legs[here].append(_Leg((token.step, choice), _situation(after), visited, after.outcome))
            todo.append(after)
    return start, [step for step, _ in move.passed], legs


def _situation(state: State) -> Situation:
    """Where the tokens stand, without numbers that only tell how often one has been there."""
    names: dict[int, int] = {}
    tokens = sorted(state.tokens, key=lambda t: t.id)
    return tuple((t.step, t.kind, tuple((s, names.setdefault(n, len(names))) for s, n in t.forks)) for t in tokens)


def _tour(start: Situation, legs: dict[Situation, list[_Leg]], missing: set[Edge]) -> list[_Leg]:
    """From the start along missing edges while there are any ahead, then to the nearest end."""
    here, taken = start, list[_Leg]()
    done: set[Edge] = set()

    def ahead(leg: _Leg) -> bool:
        return any(edge in missing and edge not in done for edge in leg.takes)

    while here:
        way = (
            _nearest(here, legs, lambda leg: ahead(leg) and bool(leg.to))
            or _nearest(here, legs, ahead)
            or _nearest(here, legs, lambda leg: not leg.to)
        )
        if not way:
            break
        taken += way
        done |= {edge for leg in way for edge in leg.takes}
        here = way[-1].to
    return taken


def _nearest(here: Situation, legs: dict[Situation, list[_Leg]], wanted: Callable[[_Leg], bool]) -> list[_Leg]:
    """The shortest way from `here` whose last leg is wanted; empty when there is none."""
    ways: dict[Situation, list[_Leg]] = {here: []}
    todo = deque([here])
    while todo:
        at = todo.popleft()
        for leg in sorted(legs.get(at, ()), key=lambda leg: not leg.to):
            if wanted(leg):
                return [*ways[at], leg]
            if leg.to not in ways:
                ways[leg.to] = [*ways[at], leg]
                todo.append(leg.to)
    return []


def _path(procedure: Procedure, before: list[str], taken: list[_Leg]) -> Path:
    visited = [*before, *(step for leg in taken for step in leg.visited)]
    answers = answers_of(procedure, [leg.edge for leg in taken])
    return Path(answers, tuple(visited), taken[-1].outcome if taken else None)


def answers_of(procedure: Procedure, done: Sequence[Edge]) -> tuple[str, ...]:
    """The answers by which `walk` does these activities: each step with its answer, EXPIRES, or None."""
    answers: list[str] = []
    for step, choice in reversed(done):
        if choice is not None:
            answers.append(choice)
        elif answers and answers[-1] in (EXPIRES, IN_TIME) and EXPIRES in _choices(procedure, step):
            answers.append(IN_TIME)
    return tuple(reversed(answers))
