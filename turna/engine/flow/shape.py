"""The graph of a procedure, worked out once: where each step leads, and what lies between a fork and its join.

Nothing here knows cases. `moving` walks on it at every act, so it is kept on the procedure after the first use.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from ..definitions import Activity, Procedure, Target


@dataclass(frozen=True, slots=True)
class Fork:
    """A fork and what is inside it.

    `join`: the step where all its branches come together, None when they never do. `inside`: the steps at
    which a branch is still in the fork, the join included. `reaches`: for each join inside, the
    steps from which a branch can still arrive at it without leaving the fork.
    """

    step: str
    join: str | None
    inside: frozenset[str]
    reaches: Mapping[str, frozenset[str]]


@dataclass(frozen=True, slots=True)
class Node:
    """One activity as the flow needs it. `passes`: data may take its decision before anybody is asked."""

    activity: Activity
    index: int
    targets: tuple[Target, ...]
    answers: Mapping[str, Target]
    first_answer: str | None
    automatic: bool
    passes: bool
    work_slots: tuple[int, ...]
    sign_slots: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Compiled:
    """A procedure ready to be walked. `following`: every step an activity can lead to, whether it exists or not."""

    nodes: Mapping[str, Node]
    forks: Mapping[str, Fork]
    first: str
    last: str
    following: Mapping[str, tuple[str, ...]]

    def successors(self, step: str) -> tuple[str, ...]:
        return self.following[step]


def compile_procedure(procedure: Procedure) -> Compiled:
    """The compiled graph, made at the first call and kept on the (frozen) procedure itself."""
    kept = procedure.__dict__.get("_compiled")
    if isinstance(kept, Compiled):
        return kept
    nodes = {a.step: _node(procedure, index) for index, a in enumerate(procedure.activities)}
    following = {step: _successors(node) for step, node in nodes.items()}
    graph = {step: tuple(s for s in after if s in nodes) for step, after in following.items()}
    forks: dict[str, Fork] = {}
    for step in reversed([s for s, node in nodes.items() if len(node.targets) > 1]):
        forks[step] = _fork(step, nodes, graph, {f.join for f in forks.values()})
    compiled = Compiled(nodes, forks, procedure.activities[0].step, procedure.activities[-1].step, following)
    procedure.__dict__["_compiled"] = compiled  # a frozen dataclass refuses setattr, not a cache
    return compiled


def _node(procedure: Procedure, index: int) -> Node:
    activity = procedure.activities[index]
    targets = () if activity.is_decision else activity.targets
    if not activity.is_decision and not targets:
        following = procedure.activities[index + 1 : index + 2]
        targets = (Target(following[0].step if following else None),)
    automatic = any(a.automatic for a in activity.answers)
    handled = (activity.form, activity.issues, activity.signers, activity.attachments, activity.for_each)
    return Node(
        activity=activity,
        index=index,
        targets=targets,
        answers={a.label: a.target for a in activity.answers},
        first_answer=activity.answers[0].label if activity.answers else None,
        automatic=automatic,
        passes=automatic and not (any(handled) or activity.call or activity.waits_for),
        work_slots=tuple(range(max(1, len(activity.responsibles)))),
        sign_slots=tuple(range(len(activity.signers))),
    )


def _successors(node: Node) -> tuple[str, ...]:
    every = (*node.targets, *node.activity.all_targets)
    return tuple(dict.fromkeys(t.step for t in every if t.step is not None))


# --- Forks -------------------------------------------------------------------------

Graph = Mapping[str, tuple[str, ...]]


def _fork(step: str, nodes: Mapping[str, Node], graph: Graph, owned: set[str | None]) -> Fork:
    branches = [t.step for t in nodes[step].targets if t.step is not None and t.step in nodes]
    join = _join(step, branches, nodes, graph, owned) or _join(step, branches, nodes, graph, set())
    region = _region(step, join, branches, nodes, graph)
    inside = region | ({join} if join is not None else set())
    joins = {s for s in inside if nodes[s].activity.joins}
    reaches = {j: frozenset(_arriving(j, region, graph)) for j in joins}
    return Fork(step, join, frozenset(inside), reaches)


def _join(
    step: str, branches: list[str], nodes: Mapping[str, Node], graph: Graph, owned: set[str | None]
) -> str | None:
    """The first join in the manual that every branch comes to, and that is not another (inner or later) fork's own.

    Jumps blur what "comes to" means, so it is asked strictly first: going only ahead in the manual and
    without entering another branch; then less and less so.
    """
    onward = {s: tuple(n for n in graph[s] if nodes[n].index > nodes[s].index) for s in graph}
    entries = {step, *(b for b in branches if not nodes[b].activity.joins)}
    for edges, walls in ((onward, entries), (onward, {step}), (graph, entries), (graph, {step})):
        reached = [_reachable([b], edges, (walls - {b}).__contains__) for b in branches]
        joins = [s for s in set.intersection(*reached) if nodes[s].activity.joins and s not in owned] if reached else []
        if joins:
            return min(joins, key=lambda s: nodes[s].index)
    return None


def _region(step: str, join: str | None, branches: list[str], nodes: Mapping[str, Node], graph: Graph) -> set[str]:
    """The steps between the fork and its join.

    A step from which the join is reached only by going through the fork again lies outside: going there jumps
    out. Where loops leave that open, the manual's order decides: what is printed before the fork and
    leads to it, or after the join and follows from it, is outside.
    """
    wall = {step} if join is None else {step, join}
    ahead = _reachable([b for b in branches if b not in wall], graph, wall.__contains__)
    back = {s: tuple(p for p in graph if s in graph[p]) for s in graph}
    if join is not None:
        ahead &= _reachable([join], back, lambda s: s == step)
        after = _reachable(graph[join], graph, lambda s: s == step)
        ahead -= {s for s in after if nodes[s].index > nodes[join].index}
    before = _reachable(back[step], back, lambda s: s == join)
    ahead -= {s for s in before if nodes[s].index < nodes[step].index}
    return (ahead | set(branches)) - wall


def _arriving(join: str, region: set[str], graph: Graph) -> set[str]:
    """The steps of `region` from which `join` is at least one move away, staying inside."""
    found: set[str] = set()
    grown = True
    while grown:
        more = {s for s in region if s not in found and any(n == join or n in found for n in graph[s])}
        found |= more
        grown = bool(more)
    return found


def _reachable(starts: Iterable[str], graph: Graph, blocked: Callable[[str], bool]) -> set[str]:
    seen: set[str] = set()
    todo = [s for s in starts if not blocked(s)]
    while todo:
        step = todo.pop()
        if step not in seen:
            seen.add(step)
            todo += [s for s in graph[step] if not blocked(s)]
    return seen
