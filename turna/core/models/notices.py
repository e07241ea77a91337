"""What people are told: notices in the page, and mail that waits in an outbox until it has left."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class NoticeQuerySet(models.QuerySet["Notice"]):
    def of(self, person_id: int) -> NoticeQuerySet:
        """Everything this person was told."""
        return self.filter(person_id=person_id)

    def unread(self) -> NoticeQuerySet:
        return self.filter(read_at__isnull=True)


class Notice(models.Model):
    """A message to one person, shown in the page. `dedupe` makes the same notice impossible twice for one person.
    `digested_at` None: it waits for the daily summary. Personal data: the person and what concerns them."""

    institution = models.ForeignKey("core.Institution", on_delete=models.PROTECT)
    person = models.ForeignKey("core.Person", on_delete=models.CASCADE, related_name="notices")
    kind = models.CharField(max_length=40)
    subject = models.CharField(max_length=200)
    body = models.TextField(blank=True)
    url = models.CharField(max_length=300, blank=True)
    created_at = models.DateTimeField()
    read_at = models.DateTimeField(null=True)
    digested_at = models.DateTimeField(null=True)
    dedupe = models.CharField(max_length=100, null=True)

    objects = NoticeQuerySet.as_manager()

    class Meta:
        verbose_name = _("aviso")
        verbose_name_plural = _("avisos")
        constraints = [models.UniqueConstraint(fields=["person", "dedupe"], name="notice_once")]
        indexes = [
            models.Index(fields=["institution", "person", "-created_at"], name="notice_person"),
            models.Index(fields=["person"], condition=Q(read_at__isnull=True), name="notice_unread"),
            models.Index(
                fields=["institution", "person"], condition=Q(digested_at__isnull=True), name="notice_to_digest"
            ),
        ]


class NoticePreference(models.Model):
    """How a person wants one kind of notice by mail ("" is every kind): at once, once a day, or never.
    Personal data: a preference."""

    class Mail(models.TextChoices):
        NOW = "now", _("Al momento")
        DIGEST = "digest", _("En un resumen diario")
        NEVER = "never", _("No enviar correo")

    person = models.ForeignKey("core.Person", on_delete=models.CASCADE, related_name="notice_preferences")
    kind = models.CharField(max_length=40, blank=True)
    mail = models.CharField(max_length=8, choices=Mail.choices, default=Mail.NOW)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["person", "kind"], name="preference_once")]


class OutboxMail(models.Model):
    """One mail to one address. Written in the transaction that causes it; sent afterwards by the worker.

    `dedupe` makes the same mail impossible twice; `message_id` is fixed when queued, so a receiver recognises a
    repetition after a crash between sending and noting it. `next_attempt_at`: when it may be tried; while it is being
    sent, when its lease runs out and another worker takes it up. `kind`: of the notice it carries; "account": a
    confirmation or password link. Personal data: address and content; bodies are blanked 90 days after sending,
    those of account mails at once.
    """

    class Status(models.TextChoices):
        QUEUED = "queued", _("En espera")
        SENDING = "sending", _("Enviándose")
        SENT = "sent", _("Enviado")
        FAILED = "failed", _("No se pudo enviar")

    institution = models.ForeignKey("core.Institution", on_delete=models.PROTECT, null=True)
    kind = models.CharField(max_length=40, blank=True, default="")
    to = models.EmailField()
    subject = models.CharField(max_length=250)
    body = models.TextField()
    html = models.TextField(blank=True)
    message_id = models.CharField(max_length=120, unique=True)
    dedupe = models.CharField(max_length=120, null=True, unique=True)
    status = models.CharField(max_length=8, choices=Status.choices, default=Status.QUEUED)
    attempts = models.PositiveSmallIntegerField(default=0)
    next_attempt_at = models.DateTimeField()
    created_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True)
    last_error = models.CharField(max_length=300, blank=True)

    class Meta:
        verbose_name = _("correo")
        verbose_name_plural = _("correos")
        indexes = [
            models.Index(
                fields=["next_attempt_at"], condition=Q(status__in=["queued", "sending"]), name="outbox_waiting"
            )
        ]
