"""The graph of a procedure for the checker: what reaches what, the loops, the shortest way in terms.

Plain functions over dictionaries, each linear in steps and jumps (the shortest way: with a heap). No findings here.
"""

from __future__ import annotations

import heapq
from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from fractions import Fraction

from ..definitions import END, Procedure

Edges = Mapping[str, tuple[str, ...]]


def edges(procedure: Procedure) -> dict[str, tuple[str, ...]]:
    """Each step to where it leads, `END` included.

    A target that does not exist, or an answer that lacks, stands for the next activity and for the end, so
    that one fault is not also told as what it cuts off. Activities that share a number share their targets.
    """
    steps = procedure.by_step
    following = [*(a.step for a in procedure.activities[1:]), END]
    found: dict[str, dict[str, None]] = {step: {} for step in steps}
    for activity, after in zip(procedure.activities, following, strict=True):
        if activity.is_decision and len(activity.answers) < 2:
            found[activity.step].update({after: None, END: None})
        for target in activity.all_targets:
            known = target.step is None or target.step in steps
            names = (target.step or END,) if known else (after, END)
            found[activity.step].update(dict.fromkeys(names))
    return {step: tuple(names) for step, names in found.items()}


def reversed_edges(graph: Edges) -> dict[str, tuple[str, ...]]:
    back: dict[str, list[str]] = {step: [] for step in graph}
    for step, following in graph.items():
        for name in following:
            back.setdefault(name, []).append(step)
    return {step: tuple(before) for step, before in back.items()}


def distances(starts: Iterable[str], graph: Edges) -> dict[str, int]:
    """What can be reached and in how many jumps."""
    found = dict.fromkeys(starts, 0)
    todo = deque(found)
    while todo:
        step = todo.popleft()
        for name in graph.get(step, ()):
            if name not in found:
                found[name] = found[step] + 1
                todo.append(name)
    return found


def components(graph: Edges) -> list[list[str]]:
    """The strongly connected parts (Tarjan, without recursion), each after those it leads to."""
    search = _Search(graph)
    for root in graph:
        if root not in search.index:
            search.run(root)
    return search.found


class _Search:
    """The state of one search for connected parts."""

    def __init__(self, graph: Edges) -> None:
        self.graph = graph
        self.index: dict[str, int] = {}
        self.low: dict[str, int] = {}
        self.stack: list[str] = []
        self.on_stack: set[str] = set()
        self.found: list[list[str]] = []
        self.work: list[tuple[str, Iterator[str]]] = []

    def run(self, root: str) -> None:
        self.enter(root)
        while self.work:
            step, following = self.work[-1]
            name = next((n for n in following if self.matters(n)), None)
            if name is None:
                self.leave(step)
            elif name in self.index:
                self.low[step] = min(self.low[step], self.index[name])
            else:
                self.enter(name)

    def matters(self, name: str) -> bool:
        return name in self.graph and (name not in self.index or name in self.on_stack)

    def enter(self, step: str) -> None:
        self.index[step] = self.low[step] = len(self.index)
        self.stack.append(step)
        self.on_stack.add(step)
        self.work.append((step, iter(self.graph[step])))

    def leave(self, step: str) -> None:
        """A step is done: its number goes to its parent, and a whole part leaves the stack."""
        self.work.pop()
        if self.work:
            parent = self.work[-1][0]
            self.low[parent] = min(self.low[parent], self.low[step])
        if self.low[step] == self.index[step]:
            part = [self.stack.pop()]
            while part[-1] != step:
                part.append(self.stack.pop())
            self.on_stack.difference_update(part)
            self.found.append(part)


def shortest(start: str, graph: Edges, weights: Mapping[str, Fraction]) -> dict[str, Fraction]:
    """The least sum of weights from `start` to each step, both ends counted."""
    best: dict[str, Fraction] = {}
    none = Fraction(0)
    queue = [(weights.get(start, none), start)]
    while queue:
        total, step = heapq.heappop(queue)
        if step in best:
            continue
        best[step] = total
        for name in graph.get(step, ()):
            if name not in best:
                heapq.heappush(queue, (total + weights.get(name, none), name))
    return best
