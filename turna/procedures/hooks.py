"""What running cases plug in: the heads of their audit chains, who may read their files, what an amended calendar
means for their deadlines, and the demo's accounts for the log-in page."""

from __future__ import annotations

from collections.abc import Iterable

from django.utils.translation import gettext_lazy as _

from turna.core.audit import Head, register_chain
from turna.core.calendar import CalendarAmended
from turna.core.events import hear
from turna.core.files import GUARDS
from turna.core.models import StoredFile
from turna.core.organization import HoldersChanged
from turna.core.rights import Standing
from turna.procedures.demo import people
from turna.procedures.documents import OWNER_KIND
from turna.procedures.models import Case, CaseDocument
from turna.procedures.references import DRAFT_KIND
from turna.procedures.services import recount_institution, release_lost
from turna.web import demo
from turna.web.administration.access import add_section


def heads_of_cases(case_id: int | None) -> Iterable[Head]:
    """A case keeps the head of its chain in its own row."""
    cases = Case.objects.order_by("pk") if case_id is None else Case.objects.filter(pk=case_id)
    return cases.values_list("pk", "institution_id", "head_seq", "head_hash").iterator(chunk_size=2000)


register_chain("case", heads_of_cases)
add_section(("admin_schedules", _("Programados"), "calendar-event", ("calendar.manage",)), after="admin_calendar")
demo.offer(people.PASSWORD, people.accounts)


@GUARDS.register(OWNER_KIND)
def may_read_file_of_case(stored: StoredFile, standing: Standing | None) -> bool:
    """Who may read the case may read its files; the applicant only those meant for them."""
    if standing is None:
        return False
    case = Case.objects.visible_to(standing).filter(pk=stored.owner_id).first()
    if case is None:
        return False
    if Case.objects.worked_by(standing).filter(pk=case.pk).exists():
        return True
    return CaseDocument.objects.filter(file=stored, for_applicant=True).exists()


@GUARDS.register(DRAFT_KIND)
def may_read_file_of_draft(stored: StoredFile, standing: Standing | None) -> bool:
    """What was sent with a sheet that is still being filled is its sender's alone."""
    return standing is not None and standing.person_id == stored.owner_id


@hear(CalendarAmended)
def recount_deadlines(event: CalendarAmended) -> None:
    """Running deadlines are counted anew, and their former dates kept."""
    recount_institution(event.institution_id)


@hear(HoldersChanged)
def release_what_they_lost(event: HoldersChanged) -> None:
    """A task claimed by somebody who has left the post goes back to the position."""
    release_lost(event.institution_id, event.person_id)
