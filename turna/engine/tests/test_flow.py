"""The flow, case by case: what each act closes and opens, and what it refuses."""

from __future__ import annotations

import json
from collections.abc import Sequence

import pytest

from turna.engine.definitions import Activity, Procedure
from turna.engine.flow import (
    Act,
    ChildEnded,
    Complete,
    Expire,
    IllegalAct,
    Jump,
    Move,
    NoData,
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

from .procedures import act, call, procedure, term


class Data(NoData):
    """Surroundings that say what the test wants."""

    def __init__(self, decisions: dict[str, str] | None = None, elements: Sequence[str] = ()) -> None:
        self.decisions = decisions or {}
        self.list = elements

    def decide(self, activity: Activity) -> str | None:
        return self.decisions.get(activity.step)

    def elements(self, activity: Activity) -> Sequence[str]:
        return self.list


def at(state: State, step: str) -> Token:
    return next(t for t in state.tokens if t.step == step and t.kind != "parked")


def done(p: Procedure, state: State, step: str, answer: str | None = None, slot: int | None = None) -> Move:
    token = at(state, step)
    return advance(p, state, Complete(token.id, token.slots[0] if slot is None else slot, answer))


def steps(tokens: Sequence[Token]) -> list[str]:
    return [t.step for t in tokens]


def where(state: State) -> list[tuple[str, str]]:
    return sorted((t.step, t.kind) for t in state.tokens)


def refused(p: Procedure, state: State, what: Act, code: str) -> None:
    with pytest.raises(IllegalAct) as error:
        advance(p, state, what)
    assert error.value.code == code
    assert str(error.value)


# --- One after the other -----------------------------------------------------------


def test_begins_on_the_first_activity_and_ends_at_the_last():
    p = procedure(act("1", "2"), act("2", "fin"))
    move = begin(p)
    assert steps(move.opened) == ["1"]
    move = done(p, move.state, "1")
    assert (steps(move.closed), steps(move.opened)) == (["1"], ["2"])
    assert move.opened[0].came_from == "1"
    move = done(p, move.state, "2")
    assert move.state.ended and move.state.outcome == "concluido" and not move.state.tokens


def test_the_next_in_the_list_follows_when_nothing_is_said():
    p = procedure(act("1", []), act("2", []))
    state = done(p, begin(p).state, "1").state
    assert where(state) == [("2", "work")]
    assert done(p, state, "2").state.outcome == "concluido"


def test_a_jump_back_opens_a_new_round():
    p = procedure(act("1", "2"), act("2", {"sí": "fin:pagado", "no": "1"}))
    state = done(p, begin(p).state, "1").state
    move = done(p, state, "2", "no")
    assert move.opened[0].step == "1" and move.opened[0].round == 2
    state = done(p, done(p, move.state, "1").state, "2", "sí").state
    assert state.outcome == "pagado"
    assert dict(state.rounds) == {"1": 2, "2": 2}


def test_answers_are_required_known_and_only_where_asked():
    p = procedure(act("1", "2"), act("2", {"sí": "fin", "no": "1"}))
    state = begin(p).state
    refused(p, state, Complete(1, 0, "sí"), "answer_unknown")
    state = done(p, state, "1").state
    refused(p, state, Complete(at(state, "2").id, 0), "answer_missing")
    refused(p, state, Complete(at(state, "2").id, 0, "quizá"), "answer_unknown")


def test_the_same_act_twice_is_refused():
    p = procedure(act("1", "2"), act("2", "fin"))
    state = done(p, begin(p).state, "1").state
    refused(p, state, Complete(1), "gone")
    ended = done(p, state, "2").state
    refused(p, ended, Complete(2), "ended")
    refused(p, ended, Stop("cancelado"), "ended")


# --- Several responsibles ----------------------------------------------------------


def test_all_must_complete():
    p = procedure(act("1", by=["a", "b", "c"]))
    move = begin(p)
    assert move.opened[0].slots == (0, 1, 2)
    move = done(p, move.state, "1", slot=1)
    assert steps(move.changed) == ["1"] and move.changed[0].slots == (0, 2) and not move.closed
    refused(p, move.state, Complete(1, 1), "slot_done")
    state = done(p, move.state, "1", slot=0).state
    assert done(p, state, "1", slot=2).state.ended


def test_the_first_listed_answer_needs_everybody_and_another_takes_effect_at_once():
    p = procedure(act("1", {"sí": "fin", "no": "2"}, by=["a", "b"]), act("2", "1"))
    state = done(p, begin(p).state, "1", "sí").state
    assert at(state, "1").answers == ("sí",)
    assert done(p, state, "1", "sí").state.ended
    assert steps(done(p, state, "1", "no").opened) == ["2"]
    assert steps(done(p, begin(p).state, "1", "no").opened) == ["2"]


def test_any_the_first_to_complete_decides():
    p = procedure(act("1", {"sí": "fin", "no": "1"}, by=["a", "b"], mode="any"))
    assert done(p, begin(p).state, "1", "sí", slot=1).state.ended


# --- Signatures --------------------------------------------------------------------


def test_signatures_follow_the_work_and_a_refusal_opens_a_new_round():
    p = procedure(act("1", "fin", signers=("x", "y")))
    move = done(p, begin(p).state, "1")
    assert move.changed[0].kind == "sign" and move.changed[0].slots == (0, 1) and not move.opened
    state = advance(p, move.state, Sign(1, 0)).state
    refused(p, state, Sign(1, 0), "slot_done")
    refused(p, state, Complete(1, 0), "wrong_kind")
    again = advance(p, state, RefuseSignature(1, 1))
    assert again.closed[0].id == 1 and again.opened[0].kind == "work" and again.opened[0].round == 2
    state = done(p, again.state, "1").state
    for slot in (1, 0):
        state = advance(p, state, Sign(2, slot)).state
    assert state.ended


def test_only_the_first_listed_answer_is_signed():
    p = procedure(act("1", {"autoriza": "fin", "rechaza": "2"}, signers=("x",)), act("2", "1"))
    assert steps(done(p, begin(p).state, "1", "rechaza").opened) == ["2"]
    state = done(p, begin(p).state, "1", "autoriza").state
    assert at(state, "1").answer == "autoriza"
    assert advance(p, state, Sign(1)).state.ended


# --- Waits, children, elements -----------------------------------------------------


def test_a_message_lets_the_case_go_on():
    p = procedure(act("1", "fin", waits_for="pago.recibido"))
    state = begin(p).state
    assert at(state, "1").kind == "message"
    refused(p, state, Receive(1, "otra.cosa"), "wrong_message")
    assert advance(p, state, Receive(1, "pago.recibido")).state.ended


def test_a_message_with_a_question_leaves_the_answer_to_the_responsible():
    p = procedure(act("1", {"sí": "fin", "no": "1"}, waits_for="correo.recibido", by=["a", "b"]))
    move = advance(p, begin(p).state, Receive(1, "correo.recibido"))
    assert move.changed[0].kind == "work" and move.changed[0].slots == (0, 1)
    assert done(p, move.state, "1", "no").state.tokens[0].kind == "message"


def test_a_child_answers_when_its_outcome_is_an_answer():
    p = procedure(act("1", {"procedente": "fin", "improcedente": "2"}, call=call("otro")), act("2"))
    state = begin(p).state
    assert at(state, "1").kind == "child"
    assert steps(advance(p, state, ChildEnded(1, "improcedente")).opened) == ["2"]
    asked = advance(p, state, ChildEnded(1, "concluido"))
    assert asked.changed[0].kind == "work"
    assert done(p, asked.state, "1", "procedente").state.ended


def test_one_child_per_element():
    p = procedure(act("1", "fin", call=call("otro"), for_each="lista.bienes"))
    state = begin(p, Data(elements=["mesa", "silla"])).state
    assert at(state, "1").elements == ("mesa", "silla") and at(state, "1").slots == (0, 1)
    state = advance(p, state, ChildEnded(1, "concluido", 1)).state
    assert at(state, "1").slots == (0,)
    assert advance(p, state, ChildEnded(1, "concluido", 0)).state.ended


def test_a_child_that_nobody_waits_for_is_started_and_passed():
    p = procedure(act("1", "2"), act("2", "3", call=call("otro", waits=False)), act("3"))
    move = done(p, begin(p).state, "1")
    assert move.calls == (("otro", "2"),) and move.passed == (("2", ""),) and steps(move.opened) == ["3"]


def test_one_slot_per_element_and_none_passes():
    p = procedure(act("1", "2", for_each="lista.bienes"), act("2"))
    state = begin(p, Data(elements=["x", "y", "z"])).state
    assert at(state, "1").slots == (0, 1, 2)
    empty = begin(p, Data(elements=[]))
    assert empty.passed == (("1", ""),) and steps(empty.opened) == ["2"]


# --- Decisions by data -------------------------------------------------------------


def test_data_pass_a_decision_without_opening_it():
    p = procedure(act("1", "2"), act("2", {"sí": "fin", "no": "1"}, automatic=True))
    state = begin(p).state
    move = advance(p, state, Complete(1), Data({"2": "no"}))
    assert move.passed == (("2", "no"),) and steps(move.opened) == ["1"] and "2" not in move.state.rounds
    assert advance(p, state, Complete(1), Data({"2": "sí"})).state.ended
    assert where(advance(p, state, Complete(1)).state) == [("2", "work")]


def test_data_decide_after_the_form_is_filled():
    p = procedure(act("1", {"sí": "fin", "no": "1"}, automatic=True, form="datos"))
    state = begin(p, Data({"1": "sí"})).state
    assert where(state) == [("1", "work")]
    assert advance(p, state, Complete(1), Data({"1": "sí"})).state.ended


def test_automatic_decisions_that_go_round_are_stopped():
    p = procedure(act("1", {"sí": "2", "no": "1"}, automatic=True), act("2", {"sí": "1", "no": "fin"}, automatic=True))
    with pytest.raises(IllegalAct) as error:
        begin(p, Data({"1": "sí", "2": "sí"}))
    assert error.value.code == "endless"


# --- Forks -------------------------------------------------------------------------

FORK = procedure(
    act("1", ["2", "3"]),
    act("2", "4"),
    act("3", {"sí": "4", "no": "1", "nunca": "fin:negado"}),
    act("4", "fin", joins=("2", "3")),
)


def test_a_join_waits_for_all_its_branches():
    move = done(FORK, begin(FORK).state, "1")
    assert steps(move.opened) == ["2", "3"]
    move = done(FORK, move.state, "3", "sí")
    assert where(move.state) == [("2", "work"), ("4", "parked")]
    assert move.opened[0].came_from == "3" and move.opened[0].round == 0
    move = done(FORK, move.state, "2")
    assert where(move.state) == [("4", "work")]
    assert sorted(steps(move.closed)) == ["2", "4"] and move.opened[0].round == 1 and not move.opened[0].forks
    assert done(FORK, move.state, "4").state.ended


def test_a_jump_out_closes_the_siblings():
    state = done(FORK, begin(FORK).state, "1").state
    move = done(FORK, state, "3", "no")
    assert steps(move.closed) == ["2", "3"] and where(move.state) == [("1", "work")]
    assert not move.state.tokens[0].forks
    parked = done(FORK, state, "2").state
    assert where(done(FORK, parked, "3", "no").state) == [("1", "work")]


def test_the_end_inside_a_fork_ends_the_case():
    state = done(FORK, begin(FORK).state, "1").state
    move = done(FORK, state, "3", "nunca")
    assert move.state.outcome == "negado" and steps(move.closed) == ["2", "3"]


def test_forks_inside_forks():
    p = procedure(
        act("1", ["2", "3"]),
        act("2", "7"),
        act("3", ["4", "5"]),
        act("4", {"sí": "6", "repite": "3", "sale": "1"}),
        act("5", "6"),
        act("6", "7", joins=("4", "5")),
        act("7", "fin", joins=("2", "6")),
    )
    assert {s: f.join for s, f in compile_procedure(p).forks.items()} == {"1": "7", "3": "6"}
    state = done(p, done(p, begin(p).state, "1").state, "3").state
    assert where(state) == [("2", "work"), ("4", "work"), ("5", "work")]
    again = done(p, done(p, state, "5").state, "4", "repite").state
    assert where(again) == [("2", "work"), ("3", "work")]
    assert where(done(p, state, "4", "sale").state) == [("1", "work")]
    state = done(p, done(p, state, "4", "sí").state, "5").state
    assert where(state) == [("2", "work"), ("6", "work")]
    state = done(p, state, "6").state
    assert where(done(p, state, "2").state) == [("7", "work")]


def test_a_branch_may_arrive_by_one_of_two_ways():
    p = procedure(
        act("1", ["2", "3"]),
        act("2", {"sí": "5", "no": "4"}),
        act("3", "5"),
        act("4", "5"),
        act("5", "fin", joins=("2", "3", "4")),
    )
    state = done(p, done(p, begin(p).state, "1").state, "3").state
    assert where(done(p, state, "2", "sí").state) == [("5", "work")]
    state = done(p, state, "2", "no").state
    assert where(state) == [("4", "work"), ("5", "parked")]
    assert where(done(p, state, "4").state) == [("5", "work")]


def test_a_join_of_some_of_the_branches():
    p = procedure(
        act("1", ["2", "3", "4"]),
        act("2", "5"),
        act("3", "5"),
        act("4", "6"),
        act("5", "6", joins=("2", "3")),
        act("6", "fin", joins=("5", "4")),
    )
    state = done(p, begin(p).state, "1").state
    state = done(p, done(p, state, "2").state, "3").state
    assert where(state) == [("4", "work"), ("5", "work")]
    state = done(p, done(p, state, "5").state, "4").state
    assert where(state) == [("6", "work")]


def test_a_jump_past_the_join_leaves_the_fork_though_loops_lead_back():
    p = procedure(
        act("1", ["2", "3"]),
        act("2", "4"),
        act("3", {"sí": "4", "no": "5"}),
        act("4", "5", joins=("2", "3")),
        act("5", {"sí": "fin", "no": "2"}),
    )
    state = done(p, begin(p).state, "1").state
    assert where(done(p, state, "3", "no").state) == [("5", "work")]


def test_the_join_of_a_fork_is_found_through_jumps_back_and_ahead():
    p = procedure(
        act("1", ["2", "9"]),
        act("2", ["3", "4"]),
        act("3", {"sí": "8", "no": "1"}),
        act("4", {"sí": "5", "no": "1", "luego": "10"}),
        act("5", "8"),
        act("8", "10", joins=("3", "5")),
        act("9", "10"),
        act("10", {"sí": "fin", "no": "3"}, joins=("8", "9")),
    )
    assert {s: f.join for s, f in compile_procedure(p).forks.items()} == {"1": "10", "2": "8"}
    assert compile_procedure(p).forks["2"].inside == {"3", "4", "5", "8"}
    state = done(p, done(p, begin(p).state, "1").state, "2").state
    assert where(done(p, state, "4", "luego").state) == [("10", "parked"), ("9", "work")]


def test_a_branch_that_enters_another_does_not_move_the_join():
    p = procedure(
        act("1", ["2", "3", "4"]),
        act("2", "5"),
        act("3", "5"),
        act("4", {"sí": "6", "no": "2"}),
        act("5", "6", joins=("2", "3")),
        act("6", "fin", joins=("5", "4")),
    )
    assert compile_procedure(p).forks["1"].join == "6"


def test_an_inner_join_is_not_taken_for_the_outer_one():
    p = procedure(
        act("1", ["2", "3"]),
        act("2", "7", term=term("4")),
        act("3", ["4", "5"]),
        act("4", "6"),
        act("5", "6"),
        act("6", "7", joins=("4", "5")),
        act("7", "fin", joins=("2", "6")),
    )
    assert {s: f.join for s, f in compile_procedure(p).forks.items()} == {"1": "7", "3": "6"}


# --- Terms, supervisors, ends ------------------------------------------------------


def test_a_term_moves_the_case_only_when_it_says_where():
    p = procedure(act("1", "fin", term=term("2")), act("2", "fin", term=term(None, "warn")))
    move = advance(p, begin(p).state, Expire(1))
    assert steps(move.opened) == ["2"]
    still = advance(p, move.state, Expire(2))
    assert still.state == move.state and not (still.closed or still.opened or still.changed)


@pytest.mark.parametrize(
    ("on_expiry", "go", "outcome"),
    [("close", None, "vencido"), ("close", "fin:desechado", "desechado"), ("accept", None, "a"), ("deny", None, "b")],
)
def test_the_effect_of_silence(on_expiry, go, outcome):
    p = procedure(act("1", {"sí": "fin:a", "no": "fin:b"}, term=term(go, on_expiry)))
    assert advance(p, begin(p).state, Expire(1)).state.outcome == outcome


def test_elements_go_on_at_the_term_with_what_has_come():
    p = procedure(act("1", "2", for_each="x.y", term=term("2")), act("2"))
    state = begin(p, Data(elements=["a", "b"])).state
    state = done(p, state, "1").state
    assert steps(advance(p, state, Expire(1)).opened) == ["2"]


def test_a_supervisor_moves_one_token_or_all():
    state = done(FORK, begin(FORK).state, "1").state
    assert where(advance(FORK, state, Jump("4")).state) == [("4", "work")]
    assert where(advance(FORK, state, Jump("4", at(state, "2").id)).state) == [("3", "work"), ("4", "parked")]
    assert where(advance(FORK, state, Jump("1", at(state, "2").id)).state) == [("1", "work")]
    refused(FORK, state, Jump("99"), "unknown_step")
    refused(FORK, state, Jump("4", 77), "gone")


def test_a_branch_that_is_moved_into_an_inner_fork_is_waited_for_at_its_join():
    p = procedure(
        act("1", ["2", "3"]),
        act("2", ["4", "5"]),
        act("3", "7"),
        act("4", "6"),
        act("5", "6"),
        act("6", "7", joins=["4", "5"]),
        act("7", joins=["3", "6"]),
    )
    state = done(p, done(p, begin(p).state, "1").state, "2").state
    state = advance(p, state, Jump("5", at(state, "3").id)).state
    first, second = (t.id for t in state.tokens if t.step == "5")
    state = done(p, state, "4").state
    state = advance(p, state, Complete(first)).state
    assert where(state) == [("5", "work"), ("6", "parked"), ("6", "parked")]
    state = advance(p, state, Complete(second)).state
    assert where(state) == [("6", "work")]
    assert where(done(p, state, "6").state) == [("7", "work")]


def test_stop_and_reopen():
    p = procedure(act("1", "2"), act("2"))
    state = begin(p).state
    refused(p, state, Reopen(), "not_ended")
    refused(p, state, Stop(""), "no_outcome")
    move = advance(p, state, Stop("cancelado"))
    assert move.state.outcome == "cancelado" and steps(move.closed) == ["1"]
    assert where(advance(p, move.state, Reopen()).state) == [("2", "work")]
    again = advance(p, move.state, Reopen("1"))
    assert again.state.outcome is None and again.opened[0].round == 2 and again.opened[0].id == 2


# --- State -------------------------------------------------------------------------


def test_the_state_stays_small_however_old_the_case():
    p = procedure(act("1", "2"), act("2", {"sí": "fin", "no": "1"}))
    state = begin(p).state
    for _ in range(500):
        state = done(p, done(p, state, "1").state, "2", "no").state
    text = json.dumps(state.to_json())
    assert len(text) < 200
    assert State.from_json(json.loads(text)) == state


def test_json_keeps_everything():
    token = Token(7, "3", "sign", 2, (1, 2), ("a",), ("sí",), (("1", 4), ("2", 5)), "2", "sí")
    state = State((token,), {"3": 2}, 8, None)
    assert State.from_json(json.loads(json.dumps(state.to_json()))) == state
