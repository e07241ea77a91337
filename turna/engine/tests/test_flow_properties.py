"""What holds of every procedure and every story: drawn at random, walked act by act."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from turna.engine.definitions import Activity, Procedure
from turna.engine.flow import (
    Act,
    ChildEnded,
    Compiled,
    Complete,
    Expire,
    IllegalAct,
    Jump,
    Move,
    Receive,
    RefuseSignature,
    Reopen,
    Sign,
    State,
    Stop,
    Token,
    advance,
    begin,
    compile_procedure,
)

from .procedures import procedures

EXAMPLES = settings(max_examples=300, deadline=None, suppress_health_check=list(HealthCheck))


@dataclass
class Data:
    """Deterministic surroundings: `seed` says what data decide and how many elements there are."""

    seed: int

    def decide(self, activity: Activity) -> str | None:
        labels = [None, *(a.label for a in activity.answers)]
        return labels[(self.seed >> int(activity.step) % 8) % len(labels)]

    def elements(self, activity: Activity) -> Sequence[str]:
        return ("uno", "dos", "tres")[: (self.seed + int(activity.step)) % 4]


@dataclass
class Story:
    """A procedure and the numbers by which each next act is picked among those that are possible."""

    procedure: Procedure
    picks: list[int]
    data: Data

    def moves(self) -> Iterator[tuple[State, Act | None, Move]]:
        """Each move with the state before it. Acts that would go round for ever leave the case as it is."""
        try:
            move = begin(self.procedure, self.data)
        except IllegalAct as error:
            assert error.code == "endless"
            return
        yield State(), None, move
        for pick in self.picks:
            state = move.state
            act = possible(self.procedure, state, pick)
            try:
                move = advance(self.procedure, state, act, self.data)
            except IllegalAct as error:
                assert error.code == "endless"
                continue
            yield state, act, move


def possible(procedure: Procedure, state: State, pick: int) -> Act:
    """The act that `pick` names: mostly work on a token, now and then a term, a jump, a stop."""
    steps = [a.step for a in procedure.activities]
    if state.ended:
        return Reopen(steps[pick % len(steps)])
    rare = pick % 53
    if rare < 2:
        return Stop("cancelado") if rare else Jump(steps[pick % len(steps)])
    token = state.tokens[pick % len(state.tokens)]
    if rare == 2:
        return Jump(steps[pick % len(steps)], token.id)
    if rare < 6:
        return Expire(token.id)
    working = [t for t in state.tokens if t.kind != "parked"]
    return on_token(procedure, working[pick % len(working)], pick)


def on_token(procedure: Procedure, token: Token, pick: int) -> Act:
    activity = procedure.by_step[token.step]
    slot = token.slots[pick % len(token.slots)]
    labels = [a.label for a in activity.answers]
    if token.kind == "message":
        return Receive(token.id, activity.waits_for or "")
    if token.kind == "child":
        return ChildEnded(token.id, [*labels, "concluido"][pick % (len(labels) + 1)], slot)
    if token.kind == "sign":
        return RefuseSignature(token.id, slot) if pick % 3 == 0 else Sign(token.id, slot)
    return Complete(token.id, slot, labels[pick % len(labels)] if labels else None)


stories = st.builds(
    Story,
    procedures(),
    st.lists(st.integers(0, 1_000_000), min_size=8, max_size=25),
    st.builds(Data, st.integers(0, 2**16)),
)


@EXAMPLES
@given(stories)
def test_no_token_is_lost_or_doubled(story: Story):
    for before, _, move in story.moves():
        after = {t.id: t for t in move.state.tokens}
        kept = {t.id for t in before.tokens} - {t.id for t in move.closed}
        opened = [t.id for t in move.opened]
        assert len(after) == len(move.state.tokens)
        assert {t.id for t in move.closed} <= {t.id for t in before.tokens}
        assert sorted([*kept, *opened]) == sorted(after)
        assert all(before.next_token <= number < move.state.next_token for number in opened)
        assert all(after[t.id] == t for t in (*move.opened, *move.changed))
        untouched = kept - {t.id for t in move.changed}
        assert all(before.token(number) == after[number] for number in untouched)


@EXAMPLES
@given(stories)
def test_a_case_that_has_not_ended_can_be_moved(story: Story):
    for _, _, move in story.moves():
        state = move.state
        assert state.ended == (not state.tokens)
        if not state.ended:
            assert any(t.kind != "parked" and t.slots for t in state.tokens)


@EXAMPLES
@given(stories)
def test_a_parked_branch_has_a_sibling_that_can_still_come(story: Story):
    compiled = compile_procedure(story.procedure)
    for _, _, move in story.moves():
        for token in move.state.tokens:
            if token.kind != "parked":
                continue
            siblings = [t for t in move.state.tokens if token.forks[-1] in t.forks and t.kind != "parked"]
            assert any(leads(compiled.successors, s.step, token.step) for s in siblings)
        for token in move.opened:
            if token.kind != "parked" and token.forks and story.procedure.by_step[token.step].joins:
                assert not latecomers(compiled, move, token)
        for fork, count in Counter(f for t in move.state.tokens for f in t.forks).items():
            assert count > 1, fork
        assert len(move.state.tokens) <= 1 or all(t.forks for t in move.state.tokens)


def latecomers(compiled: Compiled, move: Move, joined: Token) -> list[Token]:
    """The branches on their way that could still have come to the join that `move` has opened: those of the very fork
    whose branches were parked at it."""
    forks = {t.forks[-1] for t in move.closed if t.kind == "parked" and t.step == joined.step}
    others = [t for t in move.state.tokens if t.id != joined.id and t.kind != "parked"]
    return [
        t
        for t in others
        for fork in forks.intersection(t.forks)
        if t.step in compiled.forks[fork[0]].reaches.get(joined.step, ())
    ]


def leads(successors, start: str, goal: str) -> bool:
    seen, todo = set(), list(successors(start))
    while todo:
        step = todo.pop()
        if step == goal:
            return True
        if step not in seen:
            seen.add(step)
            todo += successors(step)
    return False


@EXAMPLES
@given(stories)
def test_replaying_the_acts_gives_the_same_state(story: Story):
    history = [(act, move) for _, act, move in story.moves()]
    if not history:
        return
    state = begin(story.procedure, story.data).state
    for act, move in history[1:]:
        assert act is not None
        state = advance(
            story.procedure, State.from_json(json.loads(json.dumps(state.to_json()))), act, story.data
        ).state
        assert state == move.state


@EXAMPLES
@given(stories)
def test_json_is_the_identity_and_rounds_count_the_openings(story: Story):
    openings: Counter[str] = Counter()
    for _, _, move in story.moves():
        assert State.from_json(json.loads(json.dumps(move.state.to_json()))) == move.state
        for token in move.opened:
            if token.kind != "parked":
                openings[token.step] += 1
                assert token.round == openings[token.step]
        assert dict(move.state.rounds) == openings


@EXAMPLES
@given(stories)
def test_an_act_sent_twice_is_refused_and_changes_nothing(story: Story):
    for before, act, move in story.moves():
        if act is None or isinstance(act, Stop | Reopen) or getattr(act, "token", None) is None:
            continue
        if move.state == before:
            continue  # a term that leads nowhere
        kept = json.dumps(move.state.to_json())
        try:
            advance(story.procedure, move.state, act, story.data)
        except IllegalAct as error:
            assert error.code in {"gone", "slot_done", "wrong_kind", "ended"}
        else:
            raise AssertionError(f"{act} counted twice")
        assert json.dumps(move.state.to_json()) == kept
