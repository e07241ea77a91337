"""What each act means for the token it names: one function per act, and `advance`, which picks it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from ..definitions import Procedure, Target
from .moving import Walker
from .shape import Node, compile_procedure
from .values import (
    Act,
    ChildEnded,
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
    Surroundings,
    Token,
)

EXPIRED = "vencido"
"""The outcome of a case that its term closes without naming another."""


def advance(procedure: Procedure, state: State, act: Act, around: Surroundings | None = None) -> Move:
    """Where `act` leads from `state`.

    Raises: IllegalAct: the token is gone, the slot is done, the answer is unknown or missing, or the case ended.
    """
    if state.outcome is not None and not isinstance(act, Reopen):
        raise IllegalAct("ended", "El expediente ya terminó.")
    walker = Walker(compile_procedure(procedure), state, around)
    _ACTS[type(act)](walker, act)
    return walker.move()


# --- Acts on a token ---------------------------------------------------------------


def _complete(walker: Walker, act: Complete) -> None:
    token = _open_token(walker, act.token, "work", act.slot)
    node = walker.compiled.nodes[token.step]
    answer = act.answer
    if answer is None and node.automatic:
        answer = walker.decide(node)
    _check_answer(node, answer)
    given = token.answers if answer is None else (*token.answers, answer)
    left = tuple(s for s in token.slots if s != act.slot)
    decisive = node.activity.mode == "any" or answer != node.first_answer
    if left and not decisive:
        walker.change(replace(token, slots=left, answers=given))
    else:
        _finish(walker, token, node, answer)


def _sign(walker: Walker, act: Sign) -> None:
    token = _open_token(walker, act.token, "sign", act.slot)
    left = tuple(s for s in token.slots if s != act.slot)
    if left:
        walker.change(replace(token, slots=left))
    else:
        _go_on(walker, token, walker.compiled.nodes[token.step], token.answer)


def _refuse(walker: Walker, act: RefuseSignature) -> None:
    token = _open_token(walker, act.token, "sign", act.slot)
    node = walker.compiled.nodes[token.step]
    waited = node.activity.call is not None or node.activity.waits_for is not None
    walker.close([token.id])
    walker.open(node, "work", token.forks, token.step, () if waited else token.elements)


def _receive(walker: Walker, act: Receive) -> None:
    token = _open_token(walker, act.token, "message")
    node = walker.compiled.nodes[token.step]
    if act.message != node.activity.waits_for:
        raise IllegalAct("wrong_message", f"La actividad {token.step} no espera «{act.message}».")
    _answered(walker, token, node, walker.decide(node) if node.automatic else None)


def _child_ended(walker: Walker, act: ChildEnded) -> None:
    token = _open_token(walker, act.token, "child", act.slot)
    node = walker.compiled.nodes[token.step]
    left = tuple(s for s in token.slots if s != act.slot)
    outcomes = (*token.answers, act.outcome) if node.activity.is_decision else ()
    if left and node.activity.mode != "any":
        walker.change(replace(token, slots=left, answers=tuple(dict.fromkeys(outcomes))))
        return
    agreed = act.outcome if set(outcomes) == {act.outcome} and act.outcome in node.answers else None
    _answered(walker, token, node, agreed)


def _expire(walker: Walker, act: Expire) -> None:
    token = _open_token(walker, act.token)
    node = walker.compiled.nodes[token.step]
    target = expiry_target(node)
    if token.kind == "parked" or target is None:
        return
    walker.leave(token, (target,))


# --- Acts on the case --------------------------------------------------------------


def _jump(walker: Walker, act: Jump) -> None:
    walker.node(act.to)
    if act.token is None:
        walker.tokens.clear()
        walker.place(act.to)
    else:
        walker.put(_open_token(walker, act.token), act.to)


def _stop(walker: Walker, act: Stop) -> None:
    if not act.outcome:
        raise IllegalAct("no_outcome", "Falta decir con qué resultado termina el expediente.")
    walker.end(act.outcome)


def _reopen(walker: Walker, act: Reopen) -> None:
    if walker.outcome is None:
        raise IllegalAct("not_ended", "El expediente no ha terminado.")
    to = walker.compiled.last if act.to is None else act.to
    walker.node(to)
    walker.outcome = None
    walker.place(to)


# --- What they share ---------------------------------------------------------------


def _open_token(walker: Walker, number: int, kind: str | None = None, slot: int | None = None) -> Token:
    token = walker.tokens.get(number)
    if token is None:
        raise IllegalAct("gone", "Esta tarea ya no está abierta: alguien la atendió antes.")
    if kind is not None and token.kind != kind:
        raise IllegalAct("wrong_kind", "El expediente espera otra cosa en esta actividad.")
    if slot is not None and slot not in token.slots:
        raise IllegalAct("slot_done", "Su parte de esta actividad ya está hecha.")
    return token


def _check_answer(node: Node, answer: str | None) -> None:
    activity = node.activity
    if answer is None:
        if activity.is_decision:
            raise IllegalAct("answer_missing", f"Falta la respuesta: {activity.question}")
    elif answer not in node.answers:
        raise IllegalAct("answer_unknown", f"«{answer}» no es una respuesta de la actividad {activity.step}.")


def _answered(walker: Walker, token: Token, node: Node, answer: str | None) -> None:
    """A wait is over. Without the answer that the step needs, its responsibles are asked for it."""
    if answer is None and node.activity.is_decision:
        walker.change(replace(token, kind="work", slots=node.work_slots, elements=(), answers=()))
    else:
        _finish(walker, token, node, answer)


def _finish(walker: Walker, token: Token, node: Node, answer: str | None) -> None:
    """The work is done: ask for the signatures that this answer needs, or go on."""
    if node.sign_slots and answer == node.first_answer:
        walker.change(replace(token, kind="sign", slots=node.sign_slots, answers=(), answer=answer))
    else:
        _go_on(walker, token, node, answer)


def _go_on(walker: Walker, token: Token, node: Node, answer: str | None) -> None:
    walker.leave(token, node.targets if answer is None else (node.answers[answer],))


def expiry_target(node: Node) -> Target | None:
    """Where the term leads: its target; else the end ("close"), or the first or last answer ("accept", "deny")."""
    term = node.activity.term
    if term is None or term.on_expiry in ("warn", "escalate"):
        return None
    if term.target is not None:
        return term.target if term.on_expiry != "close" or term.target.outcome else Target(None, EXPIRED)
    if term.on_expiry == "close":
        return Target(None, EXPIRED)
    answers = node.activity.answers if term.on_expiry in ("accept", "deny") else ()
    if not answers:
        return None
    return answers[0 if term.on_expiry == "accept" else -1].target


_ACTS: dict[type[Act], Callable[[Walker, Any], None]] = {
    Complete: _complete,
    Sign: _sign,
    RefuseSignature: _refuse,
    Expire: _expire,
    Receive: _receive,
    ChildEnded: _child_ended,
    Jump: _jump,
    Stop: _stop,
    Reopen: _reopen,
}
