"""Walks on paper and the paths that cover a procedure."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, given, settings

from turna.engine.definitions import Activity, Call, Procedure
from turna.engine.flow import IllegalAct, compile_procedure, expiry_target
from turna.engine.walking import EXPIRES, Path, cover, read_answers, walk, write_answers

from .procedures import act, call, procedure, procedures, term

SIMPLE = procedure(
    act("1", "2"),
    act("2", {"sí": "3", "no": "1"}),
    act("3", {"procede": "4", "no procede": "fin:improcedente"}, by=["a", "b"]),
    act("4", "fin", signers=("x",)),
)


def test_walks_a_script():
    run = walk(SIMPLE, ["sí", "procede"])
    assert run.visited == ("1", "2", "3", "4") and run.outcome == "concluido" and run.ended
    run = walk(SIMPLE, ["no", "SI", "no procede"])
    assert run.visited == ("1", "2", "1", "2", "3") and run.outcome == "improcedente"


def test_stops_where_the_answers_run_out_and_names_those_left_over():
    run = walk(SIMPLE, ["no"])
    assert (run.visited, run.ended, run.pending) == (("1", "2", "1", "2"), False, ("2",))
    assert walk(SIMPLE, ["sí", "procede", "sí"]).unused == ("sí",)


def test_an_unknown_answer_is_refused_with_the_known_ones():
    with pytest.raises(IllegalAct, match="«quizá»; tiene: sí, no"):
        walk(SIMPLE, ["quizá"])


def test_waits_and_children_pass_by_themselves():
    p = procedure(
        act("1", "2", waits_for="pago.recibido"),
        act("2", "3", call=call("otro"), for_each="a.b"),
        act("3", "4", call=call("otro", waits=False)),
        act("4", {"sí": "fin", "no": "1"}, call=call("otro")),
    )
    assert walk(p, ["no", "sí"]).visited == ("1", "2", "3", "4", "1", "2", "3", "4")


def test_terms_are_answers_too():
    p = procedure(act("1", "2", term=term("3")), act("2", "3", term=term("1")), act("3"))
    assert walk(p, []).visited == ("1", "2", "3")
    assert walk(p, ["vence"]).visited == ("1", "3")
    assert walk(p, ["sigue", "vence"]).visited == ("1", "2", "1", "2", "3")
    assert [str(path) for path in cover(p)] == [
        "answers:  | 1 → 2 → 3 → fin",
        "answers: sigue,vence,vence | 1 → 2 → 1 → 3 → fin",
    ]


def test_forks_walk_all_branches_in_the_printed_order():
    p = procedure(
        act("1", ["2", "3"]),
        act("2", "4"),
        act("3", {"sí": "4", "no": "1"}),
        act("4", "fin", joins=("2", "3")),
    )
    assert [str(path) for path in cover(p)] == [
        "answers: sí | 1 → 2 → 3 → 4 → fin",
        "answers: no,sí | 1 → 2 → 3 → 1 → 2 → 3 → 4 → fin",
    ]


def test_covers_with_few_paths():
    assert [str(path) for path in cover(SIMPLE)] == [
        "answers: sí,procede | 1 → 2 → 3 → 4 → fin",
        "answers: no,sí,no procede | 1 → 2 → 1 → 2 → 3 → fin",
    ]


def test_answers_with_commas_survive():
    answers = ("sí", "sí, con observaciones", 'dice "no"')
    assert read_answers(write_answers(answers)) == answers
    assert read_answers("sí, no ,sí") == ("sí", "no", "sí")
    assert read_answers("") == ()
    assert str(Path(("a,b",), ("1",), "concluido")) == 'answers: "a,b" | 1 → fin'


def test_a_loop_without_an_end_is_said_not_walked_for_ever():
    p = procedure(act("1", "2"), act("2", "1"))
    assert [path.ended for path in cover(p)] == [False]
    with pytest.raises(IllegalAct):
        walk(p, [])


@settings(max_examples=300, deadline=None, suppress_health_check=list(HealthCheck))
@given(procedures())
def test_every_edge_is_covered_and_walks_the_same_again(p: Procedure):
    paths = cover(p)
    visited = {step for path in paths for step in path.visited}
    assert visited == {a.step for a in p.activities}
    for path in paths:
        run = walk(p, path.answers)
        assert (run.visited, run.outcome, run.unused) == (path.visited, path.outcome, ())
        assert path.ended and path.visited[0] == p.first.step
    taken = {edge for path in paths for edge in edges(p, path)}
    for activity in p.activities:
        assert {(activity.step, a.label) for a in activity.answers} <= taken
        if asks_no_one(activity):
            continue
        if expiry_target(compile_procedure(p).nodes[activity.step]) is not None:
            assert (activity.step, EXPIRES) in taken


def edges(p: Procedure, path: Path) -> Iterator[tuple[str, str]]:
    """The answers of a path laid beside its activities, as a reader would do it."""
    left = list(path.answers)
    for step in path.visited:
        activity = p.by_step[step]
        if asks_no_one(activity):
            continue
        if activity.is_decision or (activity.term and left and left[0] in ("vence", "sigue")):
            yield step, left.pop(0)
    assert not left


def asks_no_one(activity: Activity) -> bool:
    return activity.call is not None and not activity.call.waits and not activity.is_decision


def test_a_step_that_is_only_passed_after_a_join_is_visited_too():
    """Every answer here can be taken without both branches meeting at 13, which must still be walked to."""
    again = {n: {"sí": str(n + 1), "no": "1"} for n in (3, 4, 5, 7, 8, 9)}
    p = procedure(
        act("1", ["2", "12"]),
        act("2", ["3", "7"]),
        *(act(str(n), again[n]) for n in (3, 4, 5)),
        act("6", {"sí": "11", "no": "1"}),
        *(act(str(n), again[n]) for n in (7, 8, 9)),
        act("10", {"sí": "11", "no": "1"}),
        act("11", {"sí": "13", "no": "3", "quizá": "fin"}, joins=("6", "10")),
        act("12", {"sí": "13", "no": "2"}),
        act("13", joins=("11", "12"), call=Call("otro", waits=False)),
    )

    assert "13" in {step for path in cover(p) for step in path.visited}
