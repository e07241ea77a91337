"""What comes next: given a procedure, where a case stands, and an act, where it stands then.

Pure functions over frozen values. Nothing here knows people, time or tables: who holds a position, when a
term runs out and which row is locked is the caller's business (`turna.procedures`).

A case stands on *tokens*. A token sits on one step and is a piece of work (one slot per responsible), a
signature round, a wait for a message, a wait for child cases, or a branch parked at a join. The invariants
that the property tests hold: no token is lost or doubled; a case that has not ended has at least one token
that somebody or something can move; replaying the acts gives the same state.
"""

from .acting import EXPIRED, advance, expiry_target
from .moving import CONCLUDED, begin
from .shape import Compiled, Fork, Node, compile_procedure
from .values import (
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
    Surroundings,
    Token,
    TokenKind,
)

__all__ = [
    "CONCLUDED",
    "EXPIRED",
    "Act",
    "ChildEnded",
    "Compiled",
    "Complete",
    "Expire",
    "Fork",
    "IllegalAct",
    "Jump",
    "Move",
    "NoData",
    "Node",
    "Receive",
    "RefuseSignature",
    "Reopen",
    "Sign",
    "State",
    "Stop",
    "Surroundings",
    "Token",
    "TokenKind",
    "advance",
    "begin",
    "compile_procedure",
    "expiry_target",
]
