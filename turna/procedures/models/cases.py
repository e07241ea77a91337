"""The case (expediente) and what is said, suspended or extended in it. Its acts stand in the audit chain."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.db.models.lookups import Exact, In, IsNull
from django.utils.translation import gettext_lazy as _

from .queries import CaseQuerySet


class Case(models.Model):
    """A running procedure with its folio.

    `state` is where it stands (engine.flow.State as JSON); its open tasks are the same in rows. `rev` grows with
    every act. `head_seq`, `head_hash`: last entry of its audit chain ("case", id). `code_digest`: sha256 of the secret
    code with which somebody without an account follows it. `search`: folio, subject and applicant, lower case without
    accents. `next_at`: when the term of the whole procedure warns or runs out next. `announced_at` None: the worker has
    not yet told the applicant of the end.
    Personal data: applicant's name, e-mail and phone; the subject may name people.
    """

    class Status(models.TextChoices):
        OPEN = "open", _("En trámite")
        SUSPENDED = "suspended", _("En espera de respuesta")
        ENDED = "ended", _("Concluido")
        CANCELLED = "cancelled", _("Cancelado")
        WITHDRAWN = "withdrawn", _("Desistido")

    institution = models.ForeignKey("core.Institution", on_delete=models.PROTECT, db_index=False)
    procedure = models.ForeignKey(
        "procedures.Procedure", on_delete=models.PROTECT, related_name="cases", db_index=False
    )
    version = models.ForeignKey("procedures.ProcedureVersion", on_delete=models.PROTECT, related_name="cases")
    folio = models.CharField(max_length=60)
    code_digest = models.CharField(max_length=64, blank=True)
    subject = models.CharField(_("asunto"), max_length=300)
    channel = models.CharField(_("canal"), max_length=40, blank=True)
    applicant = models.ForeignKey(
        "core.Person", on_delete=models.PROTECT, null=True, related_name="cases", db_index=False
    )
    applicant_name = models.CharField(_("solicitante"), max_length=250, blank=True)
    applicant_email = models.EmailField(blank=True)
    applicant_phone = models.CharField(max_length=40, blank=True)
    applicant_unit = models.ForeignKey(
        "core.Unit", on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )
    opened_by = models.ForeignKey("core.Person", on_delete=models.PROTECT, null=True, related_name="+", db_index=False)
    opened_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    announced_at = models.DateTimeField(null=True)
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.OPEN)
    outcome = models.CharField(max_length=80, blank=True)
    state = models.JSONField(default=dict)
    rev = models.IntegerField(default=0)
    head_seq = models.IntegerField(default=0)
    head_hash = models.CharField(max_length=64, default="")
    due_at = models.DateTimeField(null=True)
    next_at = models.DateTimeField(null=True)
    parent = models.ForeignKey("self", on_delete=models.PROTECT, null=True, related_name="children")
    parent_token = models.IntegerField(null=True)
    parent_slot = models.SmallIntegerField(null=True)
    search = models.TextField(blank=True)

    objects = CaseQuerySet.as_manager()

    class Meta:
        verbose_name = _("expediente")
        verbose_name_plural = _("expedientes")
        constraints = [
            models.UniqueConstraint(fields=["institution", "folio"], name="case_folio_once"),
            models.CheckConstraint(
                condition=Exact(IsNull(F("ended_at"), True), In(F("status"), ["open", "suspended"])),
                name="case_ended_when_ended",
            ),
        ]
        indexes = [
            models.Index(fields=["institution", "-opened_at", "-id"], name="case_recent"),
            models.Index(fields=["institution", "procedure", "-opened_at"], name="case_procedure"),
            models.Index(fields=["institution", "procedure", "ended_at"], name="case_ended"),
            models.Index(fields=["institution", "applicant", "-opened_at"], name="case_applicant"),
            models.Index(
                fields=["institution", "opened_by", "-opened_at"],
                condition=Q(status__in=["open", "suspended"]),
                name="case_opened_by",
            ),
            models.Index(fields=["next_at"], condition=Q(next_at__isnull=False), name="case_timer"),
            models.Index(
                fields=["ended_at"], condition=Q(ended_at__isnull=False, announced_at__isnull=True), name="case_to_tell"
            ),
        ]

    def __str__(self) -> str:
        return self.folio

    @property
    def reachable(self) -> bool:
        """Whether the applicant can be told: they have an account or left an address."""
        return self.applicant_id is not None or self.applicant_email != ""


class CaseParty(models.Model):
    """Somebody with a part in a case: interested party, representative, supplier. Personal data: name and contact."""

    institution = models.ForeignKey("core.Institution", on_delete=models.PROTECT)
    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="parties")
    role = models.CharField(_("carácter"), max_length=60)
    name = models.CharField(_("nombre"), max_length=250)
    person = models.ForeignKey("core.Person", on_delete=models.PROTECT, null=True)
    email = models.EmailField(blank=True)
    phone = models.CharField(max_length=40, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["case", "role", "name"], name="party_once")]


class Comment(models.Model):
    """Something said in a case, for colleagues or for the applicant.
    Personal data: author; the text may name people."""

    class Audience(models.TextChoices):
        INTERNAL = "internal", _("Interno")
        APPLICANT = "applicant", _("Para quien solicita")

    institution = models.ForeignKey("core.Institution", on_delete=models.PROTECT)
    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="comments")
    author = models.ForeignKey("core.Person", on_delete=models.PROTECT, null=True)
    audience = models.CharField(max_length=10, choices=Audience.choices, default=Audience.INTERNAL)
    text = models.TextField(_("comentario"))
    at = models.DateTimeField()


class CorrectionNotice(models.Model):
    """A prevención: the applicant is asked to correct something; the clock of the case stands still until the
    answer or `due_at`. Legal ground: the procedure's own law. Personal data: what is asked and answered."""

    class Status(models.TextChoices):
        PENDING = "pending", _("Pendiente de respuesta")
        ANSWERED = "answered", _("Contestada")
        EXPIRED = "expired", _("Vencida sin respuesta")
        WITHDRAWN = "withdrawn", _("Retirada")

    institution = models.ForeignKey("core.Institution", on_delete=models.PROTECT)
    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="corrections")
    text = models.TextField(_("qué falta o debe corregirse"))
    legal_ground = models.CharField(_("fundamento"), max_length=300, blank=True)
    asked_by = models.ForeignKey("core.Person", on_delete=models.PROTECT, related_name="+")
    asked_at = models.DateTimeField()
    term = models.JSONField(default=dict)
    due_at = models.DateTimeField(null=True)
    next_at = models.DateTimeField(null=True)
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.PENDING)
    answer = models.TextField(_("respuesta"), blank=True)
    answered_at = models.DateTimeField(null=True)
    answered_by = models.ForeignKey("core.Person", on_delete=models.PROTECT, null=True, related_name="+")

    class Meta:
        verbose_name = _("prevención")
        verbose_name_plural = _("prevenciones")
        constraints = [
            models.UniqueConstraint(fields=["case"], condition=Q(status="pending"), name="one_correction_at_a_time")
        ]
        indexes = [models.Index(fields=["next_at"], condition=Q(next_at__isnull=False), name="correction_timer")]


class Suspension(models.Model):
    """A stretch during which the clock of a case stands still. `ends_at` None: still. Personal data: none."""

    institution = models.ForeignKey("core.Institution", on_delete=models.PROTECT)
    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="suspensions")
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField(null=True)
    reason = models.CharField(_("motivo"), max_length=300)
    correction = models.ForeignKey(CorrectionNotice, on_delete=models.PROTECT, null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["case"], condition=Q(ends_at__isnull=True), name="one_suspension_at_a_time")
        ]


class Extension(models.Model):
    """A prórroga, once per case: more time for the whole procedure, with its reason and legal ground.
    Personal data: who granted it."""

    institution = models.ForeignKey("core.Institution", on_delete=models.PROTECT)
    case = models.OneToOneField(Case, on_delete=models.CASCADE, related_name="extension")
    term = models.JSONField()
    reason = models.TextField(_("motivo"))
    legal_ground = models.CharField(_("fundamento"), max_length=300)
    granted_by = models.ForeignKey("core.Person", on_delete=models.PROTECT)
    granted_at = models.DateTimeField()


class DueRevision(models.Model):
    """A due date that was, and why it changed (calendar amended, suspension, extension): of a task, of a wait, or
    (neither) of the whole case. Personal data: none."""

    institution = models.ForeignKey("core.Institution", on_delete=models.PROTECT)
    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="due_revisions")
    task = models.ForeignKey("procedures.Task", on_delete=models.CASCADE, null=True, related_name="due_revisions")
    wait = models.ForeignKey("procedures.Wait", on_delete=models.CASCADE, null=True, related_name="due_revisions")
    former = models.DateTimeField(null=True)
    present = models.DateTimeField(null=True)
    reason = models.CharField(max_length=300)
    at = models.DateTimeField()
