"""What running cases plug in: the heads of their audit chains, and the demo's accounts for the log-in page."""

from __future__ import annotations

from collections.abc import Iterable

from turna.core.audit import Head, register_chain
from turna.procedures.demo import people
from turna.procedures.models import Case
from turna.web import demo


def heads_of_cases(case_id: int | None) -> Iterable[Head]:
    """A case keeps the head of its chain in its own row."""
    cases = Case.objects.order_by("pk") if case_id is None else Case.objects.filter(pk=case_id)
    return cases.values_list("pk", "institution_id", "head_seq", "head_hash").iterator(chunk_size=2000)


register_chain("case", heads_of_cases)
demo.offer(people.PASSWORD, people.accounts)
