"""Telling people: the applicant by account or mail, holders of a position with their substitutes."""

from __future__ import annotations

from datetime import datetime

from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext as _

from turna.core import notices
from turna.core.calendar import zone_of
from turna.core.models import Person
from turna.core.rights import acting_people
from turna.core.wording import long_date
from turna.engine.definitions import Activity

from ..definitions import definition_of
from ..models import Case, Task


def tell_applicant(case: Case, *, kind: str, subject: str, body: str, dedupe: str) -> None:
    """A notice to the applicant's account, or a mail to the address they left; nothing when there is neither."""
    if case.applicant is not None:
        notices.tell(
            case.applicant,
            institution_id=case.institution_id,
            kind=kind,
            subject=subject,
            body=body,
            url=case_url(case),
            dedupe=dedupe,
        )
    elif case.applicant_email:
        link = f"{settings.PUBLIC_URL}{reverse('follow')}"
        told = _("%(body)s\n\nPuede seguir su folio %(folio)s en %(link)s con el código que se le dio.")
        text = told % {"body": body, "folio": case.folio, "link": link}
        notices.mail(case.applicant_email, subject, text, institution_id=case.institution_id, dedupe=dedupe)


def tell_person(
    person: Person, case: Case, *, kind: str, subject: str, body: str, url: str, dedupe: str | None = None
) -> None:
    notices.tell(
        person, institution_id=case.institution_id, kind=kind, subject=subject, body=body, url=url, dedupe=dedupe
    )


def tell_applicant_of_step(case_id: int, activity: Activity, round: int, now: datetime) -> None:
    """The activity's `aviso`, once per time the case gets there."""
    if not activity.notice:
        return
    case = Case.objects.select_related("applicant").get(pk=case_id)
    subject = _("%(folio)s: noticias de su trámite") % {"folio": case.folio}
    key = f"aviso:{case.pk}:{activity.step}:{round}"
    tell_applicant(case, kind="case.progress", subject=subject, body=activity.notice, dedupe=key)


def tell_applicant_of_turn(task: Task, case: Case, zone: str, *, again: bool = False) -> None:
    """That something is theirs to do, and until when; once per task, and once more (`again`) before it is too late."""
    activity = definition_of(case.version_id).procedure.by_step.get(task.step)
    lines = [activity.text if activity else ""]
    if task.due_at is not None:
        lines.append(_("Tiene hasta el %(day)s.") % {"day": long_date(task.due_at.astimezone(zone_of(zone)).date())})
    if task.came_reason:
        lines.append(_("Motivo: %(reason)s") % {"reason": task.came_reason})
    lines.append(_("Hágalo con su folio y su código, o acuda a la ventanilla."))
    words = _("%(folio)s: todavía le toca a usted") if again else _("%(folio)s: le toca a usted")
    key = f"turn:{task.pk}:{task.due_at:%Y%m%d}" if again else f"turn:{task.pk}"
    subject = words % {"folio": case.folio}
    tell_applicant(case, kind="task.opened", subject=subject, body="\n\n".join(lines), dedupe=key)


def people_of(institution_id: int, position_id: int | None, person_id: int | None, day: object) -> list[Person]:
    """Who is told of a task: the person, or the position's holders and substitutes that day."""
    if position_id is None:
        return list(Person.objects.filter(pk=person_id or 0, is_active=True))
    ids = acting_people(institution_id, [position_id], day)[position_id]  # type: ignore[arg-type]
    return list(Person.objects.filter(pk__in=ids, is_active=True))


def case_url(case: Case) -> str:
    return reverse("case", args=[case.folio])


def task_url(task_id: int) -> str:
    return reverse("task", args=[task_id])


def tell_of_task(task_id: int, person: Person, subject: str, *, dedupe: str | None = None) -> None:
    """A notice about one task to one person."""
    task = Task.objects.select_related("case", "case__procedure").get(pk=task_id)
    case = task.case
    activity = definition_of(case.version_id).procedure.by_step.get(task.step)
    lines = [f"{case.folio} · {case.subject}", activity.text if activity else ""]
    if task.came_reason:
        lines.append(_("Motivo: %(reason)s") % {"reason": task.came_reason})
    if task.instruction:
        lines.append(_("Instrucción: %(text)s") % {"text": task.instruction})
    notices.tell(
        person,
        institution_id=task.institution_id,
        kind="task.opened",
        subject=subject,
        body="\n".join(line for line in lines if line),
        url=task_url(task.pk),
        dedupe=dedupe,
    )
