"""The work item: what every engine is asked to do, and in which order.

a1 a2 a3(decision: first "no", back to a2; then "sí") a4 a5 a6 a7(decision: "sí") a8 a9 a10.
"""

from __future__ import annotations

STEPS = tuple(f"{n}" for n in range(1, 11))
# (step completed, answer) in the order of the walk: the loop is taken once.
WALK: tuple[tuple[str, str | None], ...] = (
    ("1", None), ("2", None), ("3", "no"), ("2", None), ("3", "sí"), ("4", None),
    ("5", None), ("6", None), ("7", "sí"), ("8", None), ("9", None), ("10", None),
)  # fmt: skip
COMPLETIONS = len(WALK)
POSITIONS = ("ventanilla", "analisis", "jefatura", "direccion")


def position_of(step: str) -> str:
    """Who does a step: the four positions in turn."""
    return POSITIONS[(int(step) - 1) % len(POSITIONS)]


def next_of(step: str, answer: str | None) -> str | None:
    """The step after this one; None at the end."""
    if step == "3" and answer == "no":
        return "2"
    if step == "7" and answer == "no":
        return "4"
    return None if step == "10" else str(int(step) + 1)
