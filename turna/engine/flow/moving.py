"""What an act does to a state: `begin` and `advance`.

A `Walker` holds the state while one act is applied: `apply` says what the act means for its token, `Walker`
carries tokens along the graph (forks, joins, jumps, steps passed by data) and writes down what closed and opened.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from ..definitions import Procedure, Target
from .shape import Compiled, Node, compile_procedure
from .values import (
    Forks,
    IllegalAct,
    Move,
    NoData,
    State,
    Surroundings,
    Token,
    TokenKind,
)

CONCLUDED = "concluido"
"""The outcome of an end that names none."""

MOST_PASSES = 1000
"""Steps that one act may pass without stopping; more is a loop that data will never leave."""


class Walker:
    """One act under way. Made from a state, asked to carry tokens, and read out once with `move`."""

    def __init__(self, compiled: Compiled, state: State, around: Surroundings | None) -> None:
        self.compiled = compiled
        self.around: Surroundings = around if around is not None else NoData()
        self.before = {t.id: t for t in state.tokens}
        self.tokens = dict(self.before)
        self.rounds = dict(state.rounds)
        self.next_token = state.next_token
        self.outcome = state.outcome
        self.passed: list[tuple[str, str]] = []
        self.calls: list[tuple[str, str]] = []
        self.left: set[tuple[str, int]] = set()  # forks that a branch has jumped out of during this act
        self.coming: list[tuple[Target, Forks, str | None]] = []  # branches on their way, the next one last

    # --- Reading out ---

    def move(self) -> Move:
        """What has happened since the walker was made. A token opened and closed within one act leaves no trace."""
        before, tokens = self.before, self.tokens
        opened = [self.numbered(t) for t in tokens.values() if t.id not in before]
        if len(opened) > 1:
            nodes = self.compiled.nodes
            opened.sort(key=lambda t: (nodes[t.step].index, t.id))
        return Move(
            State(tuple(tokens.values()), self.rounds, self.next_token, self.outcome),
            tuple(t for t in before.values() if t.id not in tokens),
            tuple(opened),
            tuple(t for t in tokens.values() if t.id in before and before[t.id] is not t),
            tuple(self.passed),
            tuple(self.calls),
        )

    def numbered(self, token: Token) -> Token:
        """The token with the number of its opening, counted only now: what closed within the act never opened."""
        if token.kind == "parked":
            return token
        opening = self.rounds.get(token.step, 0) + 1
        self.rounds[token.step] = opening
        if token.round != opening:
            token = self.tokens[token.id] = replace(token, round=opening)
        return token

    # --- Moving tokens ---

    def change(self, token: Token) -> None:
        self.tokens[token.id] = token

    def leave(self, token: Token, targets: Sequence[Target]) -> None:
        """The token is done with its step and goes to `targets` (several: it forks)."""
        self.tokens.pop(token.id, None)
        self.spread(token.step, token.id, token.forks, targets)
        self.settle()

    def put(self, token: Token, step: str) -> None:
        """Somebody moves the token to `step`: it leaves the forks that the step is not inside of, and comes into
        those inside of which it is and others still stand, so that their join waits for it too."""
        self.tokens.pop(token.id, None)
        forks = self.around_step(step, self.jump_out(step, token.forks))
        self.coming.append((Target(step), forks, token.step))
        self.settle()

    def place(self, step: str) -> None:
        """A token outside every fork comes to `step`."""
        self.coming.append((Target(step), (), None))
        self.settle()

    def end(self, outcome: str | None) -> None:
        self.tokens.clear()
        self.coming.clear()
        self.outcome = outcome or CONCLUDED

    def spread(self, step: str, token_id: int, forks: Forks, targets: Sequence[Target]) -> None:
        if len(targets) > 1:
            forks = (*forks, (step, token_id))
        self.coming += [(target, forks, step) for target in reversed(targets)]

    def settle(self) -> None:
        """Carry every branch to where it stops, and open the joins that are complete."""
        while True:
            while self.coming:
                target, forks, came_from = self.coming.pop()
                if self.left.isdisjoint(forks):  # else another branch has jumped out and taken this one with it
                    self.arrive(target, forks, came_from)
            if not self.open_join():
                return

    def arrive(self, target: Target, forks: Forks, came_from: str | None) -> None:
        """A branch comes to a target: it ends the case, parks at a join, passes on, or opens the step."""
        step = target.step
        if step is None:
            self.end(target.outcome)
            return
        node = self.node(step)
        if forks:
            forks = self.jump_out(step, forks)
            if forks and node.activity.joins:
                self.add(step, "parked", forks, came_from, slots=())
                return
        self.enter(node, forks, came_from)

    def enter(self, node: Node, forks: Forks, came_from: str | None) -> None:
        """Open the step, or pass it when data or the language say that nobody is asked."""
        activity = node.activity
        if node.passes:
            answer = self.decide(node)
            if answer is not None:
                self.pass_on(node, answer, forks, (node.answers[answer],))
                return
        if not (activity.for_each or activity.call or activity.waits_for):
            self.open(node, "work", forks, came_from)
            return
        elements = tuple(self.around.elements(activity)) if activity.for_each else ()
        starts = activity.call is not None and not activity.call.waits
        if activity.call is not None and starts:
            count = len(elements) if activity.for_each else 1
            self.calls += [(activity.call.procedure, activity.step)] * count
        nothing = starts or (activity.for_each is not None and not elements)
        if nothing and not activity.is_decision:
            self.pass_on(node, "", forks, node.targets)
        elif nothing:
            self.open(node, "work", forks, came_from)
        elif activity.call is not None:
            self.open(node, "child", forks, came_from, elements)
        else:
            self.open(node, "message" if activity.waits_for else "work", forks, came_from, elements)

    def open(
        self, node: Node, kind: TokenKind, forks: Forks, came_from: str | None, elements: tuple[str, ...] = ()
    ) -> None:
        step = node.activity.step
        slots: tuple[int, ...] = (0,)
        if elements and kind != "message":
            slots = tuple(range(len(elements)))
        elif kind == "work":
            slots = node.work_slots
        self.add(step, kind, forks, came_from, slots, elements, self.rounds.get(step, 0) + 1)

    def add(
        self,
        step: str,
        kind: TokenKind,
        forks: Forks,
        came_from: str | None,
        slots: tuple[int, ...],
        elements: tuple[str, ...] = (),
        opening: int = 0,
    ) -> None:
        number = self.new_id()
        self.tokens[number] = Token(number, step, kind, opening, slots, elements, (), forks, came_from)

    def pass_on(self, node: Node, answer: str, forks: Forks, targets: Sequence[Target]) -> None:
        step = node.activity.step
        self.passed.append((step, answer))
        if len(self.passed) > MOST_PASSES:
            raise IllegalAct(
                "endless", f"La actividad {step} se repite sin fin: sus decisiones automáticas dan vueltas."
            )
        self.spread(step, self.new_id() if len(targets) > 1 else 0, forks, targets)

    # --- Forks and joins ---

    def jump_out(self, step: str, forks: Forks) -> Forks:
        """Leave the forks that `step` is not inside of; their other branches close."""
        while forks:
            fork = forks[-1]
            if step in self.compiled.forks[fork[0]].inside:
                return forks
            self.close(t.id for t in list(self.tokens.values()) if fork in t.forks)
            self.left.add(fork)
            forks = forks[:-1]
        return forks

    def around_step(self, step: str, forks: Forks) -> Forks:
        """`forks`, and the further ones inside of which others stand and `step` lies."""
        depth = len(forks)
        deeper = (t.forks[depth] for t in self.tokens.values() if len(t.forks) > depth and t.forks[:depth] == forks)
        around = next((fork for fork in deeper if step in self.compiled.forks[fork[0]].inside), None)
        return forks if around is None else self.around_step(step, (*forks, around))

    def close(self, tokens: Iterable[int]) -> None:
        for number in tokens:
            del self.tokens[number]

    def open_join(self) -> bool:
        """Open a join whose branches have all come. False: there is none."""
        waiting = {(t.step, t.forks): t for t in self.tokens.values() if t.kind == "parked"}
        ready = self.ready_join(list(waiting.values())) if waiting else None
        if ready is None:
            return False
        together = [t for t in self.tokens.values() if _parked_with(t, ready)]
        self.close(t.id for t in together)
        forks = ready.forks
        while forks and not any(forks[-1] in t.forks for t in self.tokens.values()):
            forks = forks[:-1]
        self.enter(self.node(ready.step), forks, together[-1].came_from)
        return True

    def ready_join(self, waiting: list[Token]) -> Token | None:
        """The parked token whose join nobody else can still arrive at, if any.

        When every branch of a fork is parked, and each join waits for another, the first in the manual opens:
        a badly drawn procedure goes on rather than standing still.
        """
        for token in waiting:
            if not any(self.may_arrive(other, token) for other in self.tokens.values()):
                return token
        stuck = [t for t in waiting if all(o.kind == "parked" for o in self.tokens.values() if t.forks[-1] in o.forks)]
        return min(stuck, key=lambda t: self.compiled.nodes[t.step].index, default=None)

    def may_arrive(self, other: Token, parked: Token) -> bool:
        fork = parked.forks[-1]
        if fork not in other.forks or _parked_with(other, parked):
            return False
        return other.step in self.compiled.forks[fork[0]].reaches.get(parked.step, ())

    # --- Small questions ---

    def node(self, step: str) -> Node:
        node = self.compiled.nodes.get(step)
        if node is None:
            raise IllegalAct("unknown_step", f"El procedimiento no tiene la actividad {step}.")
        return node

    def new_id(self) -> int:
        number = self.next_token
        self.next_token = number + 1
        return number

    def decide(self, node: Node) -> str | None:
        answer = self.around.decide(node.activity)
        if answer is not None and answer not in node.answers:
            raise IllegalAct("answer_unknown", f"«{answer}» no es una respuesta de la actividad {node.activity.step}.")
        return answer


def _parked_with(other: Token, parked: Token) -> bool:
    return other.kind == "parked" and other.step == parked.step and other.forks == parked.forks


def begin(procedure: Procedure, around: Surroundings | None = None) -> Move:
    """A new case on the first activity.

    Raises: IllegalAct: automatic decisions go round without end.
    """
    compiled = compile_procedure(procedure)
    walker = Walker(compiled, State(), around)
    walker.place(compiled.first)
    return walker.move()
