"""The values of the flow: tokens, the state of a case, the acts, what an act does, and what it may refuse.

Only frozen values and their JSON. What an act does to a state lives in `moving`; what a procedure's graph
looks like, in `shape`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol, cast

from ..definitions import Activity

TokenKind = Literal["work", "sign", "message", "child", "parked"]

Forks = tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class Token:
    """One place where a case stands.

    `id` is unique within the case and never reused. `slots`: the open slots, each an index into
    the activity's responsibles (work), signers (sign) or elements (`elements`, with `por_cada`). `answers`:
    what slots that are already done have answered. `forks`: the forks the token is inside, outermost first, as
    (fork step, token id that forked). `came_from`: the step it arrived from (for a parked token: the branch that
    has arrived). `answer`: the decision taken, held while signatures are pending. `round`: the how-manieth
    opening of its step this is, from 1; 0 for a parked token, whose step has not opened yet.
    """

    id: int
    step: str
    kind: TokenKind
    round: int
    slots: tuple[int, ...] = (0,)
    elements: tuple[str, ...] = ()
    answers: tuple[str, ...] = ()
    forks: Forks = ()
    came_from: str | None = None
    answer: str | None = None

    def to_json(self) -> dict[str, Any]:
        """The fields that differ from their defaults."""
        out: dict[str, Any] = {"id": self.id, "step": self.step, "kind": self.kind, "round": self.round}
        if self.slots != (0,):
            out["slots"] = list(self.slots)
        if self.elements:
            out["elements"] = list(self.elements)
        if self.answers:
            out["answers"] = list(self.answers)
        if self.forks:
            out["forks"] = [list(fork) for fork in self.forks]
        if self.came_from is not None:
            out["from"] = self.came_from
        if self.answer is not None:
            out["answer"] = self.answer
        return out

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Token:
        get = value.get
        return cls(
            value["id"],
            value["step"],
            cast(TokenKind, value["kind"]),
            value["round"],
            tuple(get("slots", (0,))),
            tuple(get("elements", ())),
            tuple(get("answers", ())),
            tuple((step, number) for step, number in get("forks", ())),
            get("from"),
            get("answer"),
        )


@dataclass(frozen=True, slots=True)
class State:
    """Where a case stands. `rounds`: how often each step has been opened. `outcome` set: it has ended."""

    tokens: tuple[Token, ...] = ()
    rounds: Mapping[str, int] = field(default_factory=dict)
    next_token: int = 1
    outcome: str | None = None

    @property
    def ended(self) -> bool:
        return self.outcome is not None

    def token(self, token_id: int) -> Token | None:
        return next((t for t in self.tokens if t.id == token_id), None)

    def to_json(self) -> dict[str, Any]:
        """A small JSON-ready value; its size does not grow with the age of the case."""
        return {
            "tokens": [t.to_json() for t in self.tokens],
            "rounds": dict(self.rounds),
            "next": self.next_token,
            "outcome": self.outcome,
        }

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> State:
        """The state that `to_json` wrote. Raises: KeyError: it was not written by `to_json`."""
        return cls(
            tuple(Token.from_json(t) for t in value["tokens"]),
            dict(value["rounds"]),
            value["next"],
            value["outcome"],
        )


# --- Acts: what may happen to a case -----------------------------------------------


@dataclass(frozen=True, slots=True)
class Complete:
    """The holder of one slot has done the work. `answer` when the activity asks."""

    token: int
    slot: int = 0
    answer: str | None = None


@dataclass(frozen=True, slots=True)
class Sign:
    """One signer has signed (slot of a "sign" token)."""

    token: int
    slot: int = 0


@dataclass(frozen=True, slots=True)
class RefuseSignature:
    """A signer has refused: the same step opens anew as work, for its author."""

    token: int
    slot: int = 0


@dataclass(frozen=True, slots=True)
class Expire:
    """The token's term has run out. Moves the case only when the term says where to."""

    token: int


@dataclass(frozen=True, slots=True)
class Receive:
    """A message has arrived from outside for a waiting token."""

    token: int
    message: str


@dataclass(frozen=True, slots=True)
class ChildEnded:
    """The child case of one slot has ended with `outcome`."""

    token: int
    outcome: str
    slot: int = 0


@dataclass(frozen=True, slots=True)
class Jump:
    """A supervisor moves a token (None: all of them) to another step."""

    to: str
    token: int | None = None


@dataclass(frozen=True, slots=True)
class Stop:
    """The case is cancelled, withdrawn or closed by its term; `outcome` says which."""

    outcome: str


@dataclass(frozen=True, slots=True)
class Reopen:
    """An ended case stands again on `to` (None: the last activity of the procedure)."""

    to: str | None = None


Act = Complete | Sign | RefuseSignature | Expire | Receive | ChildEnded | Jump | Stop | Reopen


class Surroundings(Protocol):
    """What the flow asks the case's data, answered by the caller."""

    def decide(self, activity: Activity) -> str | None:
        """The answer that data take by themselves (`automatica: true`), or None: somebody must."""

    def elements(self, activity: Activity) -> Sequence[str]:
        """The elements of `por_cada`, in order, as text."""


class NoData:
    """Surroundings that decide nothing and list nothing: for walks on paper."""

    def decide(self, activity: Activity) -> str | None:
        return None

    def elements(self, activity: Activity) -> Sequence[str]:
        return ("1",)


@dataclass(frozen=True, slots=True)
class Move:
    """What an act does.

    `closed`: tokens that are gone; `opened`: new tokens, in the order in which the manual numbers them;
    `changed`: tokens that stay with fewer slots or another kind, as they are now. `passed`: (step, answer) of
    steps passed without stopping (decisions taken by data; "" for a child started without waiting and for an empty
    `por_cada`). `calls`: (procedure, step) of children started without waiting, once per element with `por_cada`.
    """

    state: State
    closed: tuple[Token, ...] = ()
    opened: tuple[Token, ...] = ()
    changed: tuple[Token, ...] = ()
    passed: tuple[tuple[str, str], ...] = ()
    calls: tuple[tuple[str, str], ...] = ()


class IllegalAct(ValueError):
    """The act does not fit where the case stands. `code` is stable; the text is Spanish, for people.

    Codes: "ended", "not_ended", "gone", "wrong_kind", "slot_done", "answer_missing", "answer_unknown",
    "wrong_message", "unknown_step", "no_outcome", "endless".
    """

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
