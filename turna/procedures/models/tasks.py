"""Tasks: what a position has to do now. And what people keep beside them: drafts and saved filters."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q, Value
from django.db.models.lookups import Exact, IsNull
from django.utils.translation import gettext_lazy as _

from .queries import TaskQuerySet

OPEN = Q(status="open")


class Task(models.Model):
    """One slot of one token of a case: the work of one responsible on one activity, or a signature, or a matter
    routed (turnado) by a colleague.

    It belongs to `position` (whoever holds it today, or the substitute), or to `person` (an applicant).
    `assignee` has claimed it. `term`: the rule that gave `due_at` ({amount, unit, text, legal_ground, on_expiry…}).
    `next_at`: when the worker must warn or expire it next. `order_at` sorts the inbox: the due date, or far ahead.
    `came_from`, `came_reason`: the step it was sent from and why (a rejection's reason). `announced_at` None: its
    holders have not been told yet. `parent`: the task from which it was routed.
    The database checks case, position and person. The institution is its case's, the unit its position's, and who did
    it stands in the audit entry of the act: checked there, and not once more with every step.
    Foreign keys have no index of their own: every index costs each step; those below (and `task_once`, which begins
    with the case) are what reading needs.
    Personal data: who did it; reason and instruction may name people.
    """

    class Kind(models.TextChoices):
        WORK = "work", _("Actividad")
        SIGN = "sign", _("Firma")
        ROUTED = "routed", _("Turnado")

    class Status(models.TextChoices):
        OPEN = "open", _("Pendiente")
        DONE = "done", _("Hecha")
        CLOSED = "closed", _("Cerrada sin hacerse")

    institution = models.ForeignKey("core.Institution", on_delete=models.PROTECT, db_index=False, db_constraint=False)
    case = models.ForeignKey("procedures.Case", on_delete=models.CASCADE, related_name="tasks", db_index=False)
    token = models.IntegerField()
    slot = models.SmallIntegerField(default=0)
    kind = models.CharField(max_length=6, choices=Kind.choices, default=Kind.WORK)
    serial = models.SmallIntegerField(default=0)
    step = models.CharField(max_length=16)
    round = models.IntegerField(default=1)
    element = models.CharField(max_length=250, blank=True, default="")
    position = models.ForeignKey(
        "core.Position", on_delete=models.PROTECT, null=True, related_name="tasks", db_index=False
    )
    unit = models.ForeignKey(
        "core.Unit", on_delete=models.PROTECT, null=True, related_name="tasks", db_index=False, db_constraint=False
    )
    person = models.ForeignKey("core.Person", on_delete=models.PROTECT, null=True, related_name="tasks", db_index=False)
    assignee = models.ForeignKey(
        "core.Person", on_delete=models.PROTECT, null=True, related_name="claimed_tasks", db_index=False
    )
    status = models.CharField(max_length=6, choices=Status.choices, default=Status.OPEN)
    opened_at = models.DateTimeField()
    term = models.JSONField(null=True)
    due_at = models.DateTimeField(null=True)
    next_at = models.DateTimeField(null=True)
    order_at = models.DateTimeField()
    announced_at = models.DateTimeField(null=True)
    came_from = models.CharField(max_length=16, blank=True, default="")
    came_reason = models.TextField(blank=True, default="")
    instruction = models.TextField(_("instrucción"), blank=True, default="")
    parent = models.ForeignKey("self", on_delete=models.CASCADE, null=True, related_name="routed", db_index=False)
    waits_for = models.SmallIntegerField(default=0)  # routed tasks still to come back
    done_at = models.DateTimeField(null=True)
    done_by = models.ForeignKey(
        "core.Person",
        on_delete=models.PROTECT,
        null=True,
        related_name="done_tasks",
        db_index=False,
        db_constraint=False,
    )
    on_behalf_of = models.ForeignKey(
        "core.Person", on_delete=models.PROTECT, null=True, related_name="+", db_index=False, db_constraint=False
    )
    answer = models.CharField(max_length=80, blank=True, default="")
    reason = models.TextField(blank=True, default="")

    objects = TaskQuerySet.as_manager()

    class Meta:
        verbose_name = _("tarea")
        verbose_name_plural = _("tareas")
        constraints = [
            models.UniqueConstraint(fields=["case", "token", "kind", "slot", "serial"], name="task_once"),
            models.CheckConstraint(
                condition=Exact(IsNull(F("done_at"), True), Exact(F("status"), Value("open"))),
                name="task_done_when_done",
            ),
            models.CheckConstraint(
                condition=Q(position__isnull=False) | Q(person__isnull=False), name="task_belongs_to_somebody"
            ),
        ]
        indexes = [
            models.Index(
                fields=["institution", "position", "order_at", "id"],
                condition=Q(status="open", assignee__isnull=True),
                name="task_unclaimed",
            ),
            models.Index(
                fields=["institution", "assignee", "order_at", "id"],
                condition=Q(status="open", assignee__isnull=False),
                name="task_mine",
            ),
            models.Index(
                fields=["institution", "person", "order_at", "id"],
                condition=Q(status="open", person__isnull=False),
                name="task_person",
            ),
            models.Index(fields=["institution", "unit", "order_at", "id"], condition=OPEN, name="task_unit"),
            models.Index(
                fields=["institution", "done_by", "-done_at"], condition=Q(status="done"), name="task_done_by"
            ),
            models.Index(fields=["next_at"], condition=Q(next_at__isnull=False), name="task_timer"),
            models.Index(
                fields=["opened_at"], condition=Q(status="open", announced_at__isnull=True), name="task_to_announce"
            ),
            models.Index(fields=["position", "case"], name="task_seen"),
            models.Index(fields=["parent"], condition=Q(parent__isnull=False), name="task_routed"),
            models.Index(fields=["person", "case"], condition=Q(person__isnull=False), name="task_of_person"),
        ]


class Draft(models.Model):
    """What somebody has typed and not yet sent, saved as they type. `key`: "task:42" or "start:PROCEDURE_ID".
    Personal data: whatever was typed; deleted with the act or after 90 days."""

    institution = models.ForeignKey("core.Institution", on_delete=models.CASCADE)
    person = models.ForeignKey("core.Person", on_delete=models.CASCADE)
    key = models.CharField(max_length=60)
    data = models.JSONField(default=dict)
    saved_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["person", "key"], name="draft_once")]


class SavedFilter(models.Model):
    """A named filter of the inbox. `query` is the address' query string. Personal data: a preference."""

    institution = models.ForeignKey("core.Institution", on_delete=models.CASCADE)
    person = models.ForeignKey("core.Person", on_delete=models.CASCADE, related_name="saved_filters")
    name = models.CharField(_("nombre"), max_length=60)
    query = models.CharField(max_length=400)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["person", "name"], name="filter_once")]
