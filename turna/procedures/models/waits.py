"""What a case waits for while nobody has a task: a message from outside, a child case, a time."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class Wait(models.Model):
    """One waiting token of a case, open until what it waits for comes, its term runs out, or the case goes elsewhere.

    `name`: the message's name, the key of the procedure that the child case runs, or the time as the manual writes it.
    `term`: the rule that gives `due_at` (as `Task.term`), None: it may take as long as it takes, or `until` a date that
    a format holds (FORMATO.CAMPO). When a time comes the case goes on; the others expire as their term says.
    `counts_from`: where the term's count begins. `next_at`: when the worker must look at it next.
    Legal source: the procedure's own `plazo`. Personal data: none.
    """

    class Kind(models.TextChoices):
        MESSAGE = "message", _("Un aviso de fuera")
        CHILD = "child", _("Otro trámite")
        TIME = "time", _("Un tiempo")

    institution = models.ForeignKey("core.Institution", on_delete=models.PROTECT, db_index=False)
    case = models.ForeignKey("procedures.Case", on_delete=models.CASCADE, related_name="waits", db_index=False)
    token = models.IntegerField()
    step = models.CharField(max_length=16)
    round = models.IntegerField(default=1)
    kind = models.CharField(max_length=7, choices=Kind.choices)
    name = models.CharField(max_length=200)
    term = models.JSONField(null=True)
    until = models.CharField(max_length=130, blank=True, default="")
    opened_at = models.DateTimeField()
    counts_from = models.DateTimeField()
    due_at = models.DateTimeField(null=True)
    next_at = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("espera")
        verbose_name_plural = _("esperas")
        constraints = [
            models.UniqueConstraint(fields=["case", "token"], name="wait_once"),
            models.CheckConstraint(
                condition=Q(closed_at__isnull=True) | Q(next_at__isnull=True), name="wait_closed_is_still"
            ),
        ]
        indexes = [models.Index(fields=["next_at"], condition=Q(next_at__isnull=False), name="wait_timer")]
