"""Child cases: what they are given at birth, and what they are told when the case that called them is over."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from turna.core.calendar import zone_of
from turna.core.models import AuditEntry
from turna.engine.definitions import FormatDef
from turna.engine.filling import fill

from ..definitions import Definition
from ..models import Case, Task
from .acting import lock_case
from .carrying import Entry, record
from .step import at_desk
from .telling import case_url, people_of, tell_person

OVER = "parent.ended"


def inherited(
    child: Definition, given: Mapping[str, Mapping[str, Any]], element: Any, around: Mapping[str, Any]
) -> dict[str, dict[str, Any]]:
    """What the child's start would ask, from what its parent knows: the same format as it was filled, else the fields
    of the same key and type; of a row (`por_cada`), the row's own first. Empty: it asks nothing, or nothing is known.

    `given`: the parent's formats as last filled.
    """
    key = child.procedure.start.form
    if key is None:
        return {}
    if key in given and not isinstance(element, Mapping):
        return {key: dict(given[key])}
    form = child.formats[key]
    known = _known(child, given)
    same = {f.key: known[f.key, f.type] for f in form.fields if (f.key, f.type) in known}
    same |= given.get(key, {})
    if isinstance(element, Mapping):
        same |= {f.key: element[f.key] for f in form.fields if f.key in element}
    values = _as_far_as_right(form, {k: v for k, v in same.items() if k not in _of_its_case(form)}, around)
    return {key: values} if values else {}


def _known(child: Definition, given: Mapping[str, Mapping[str, Any]]) -> dict[tuple[str, str], Any]:
    """Every value of the parent by key and type of its field; the format filled last wins."""
    forms = [(child.formats[key], values) for key, values in given.items() if key in child.formats]
    there = ((f, values.get(f.key)) for form, values in forms for f in form.fields)
    return {(f.key, f.type): value for f, value in there if value not in (None, "", [])}


def _of_its_case(form: FormatDef) -> set[str]:
    """The fields whose value belongs to the case in which it was filled."""
    return {f.key for f in form.fields if f.type in ("file", "image", "signature", "computed")}


def _as_far_as_right(form: FormatDef, typed: Mapping[str, Any], around: Mapping[str, Any]) -> dict[str, Any]:
    """Kept values; what this format does not take as the other did (an option, a limit) is left to be filled."""
    if not typed:
        return {}
    return dict(fill(form, typed, partial=True, around=around).values)


def tell_children_of_end(case_id: int, now: datetime) -> int:
    """Tells whoever works on a running child that the case which waited for it has ended; the child goes on. Each once.

    A child is locked by itself: what ends a child locks it before its parent, and so nobody waits in a circle.
    """
    parent = Case.objects.filter(pk=case_id, ended_at__isnull=False).first()
    if parent is None:
        return 0
    waited = Case.objects.running().filter(parent=parent, parent_token__isnull=False).order_by("pk")
    return sum(_tell_child(parent, child_id, now) for child_id in waited.values_list("pk", flat=True))


def _tell_child(parent: Case, child_id: int, now: datetime) -> bool:
    told = {"parent": parent.folio, "outcome": parent.outcome or str(parent.get_status_display())}
    with at_desk() as desk:
        row = lock_case(desk, child_id)
        child = Case.objects.get(pk=child_id)
        before = AuditEntry.objects.filter(chain_kind="case", chain_id=child_id, action=OVER)
        if child.ended_at is not None or before.filter(data__parent=parent.folio).exists():
            return False
        record(desk, row, Entry(OVER, told), now)
        day = now.astimezone(zone_of(row.time_zone)).date()
        subject = _("%(folio)s: terminó el trámite que lo pidió") % {"folio": child.folio}
        words = _("%(parent)s terminó (%(outcome)s) sin esperar este trámite, que sigue su curso.")
        for position_id, person_id in set(
            Task.objects.filter(case=child, status="open").values_list("position_id", "person_id")
        ):
            for person in people_of(child.institution_id, position_id, person_id, day):
                tell_person(
                    person, child, kind="case.comment", subject=subject, body=words % told, url=case_url(child),
                    dedupe=f"{OVER}:{child_id}:{parent.pk}",
                )  # fmt: skip
    return True
