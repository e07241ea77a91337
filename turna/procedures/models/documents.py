"""What a case holds: filled formats, issued and attached documents, their signatures."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class Filing(models.Model):
    """A format as it was filled once. A correction is another filing; the last one of a format is in force.
    `values`: JSON as engine.filling returns it. Personal data: whatever the format asks."""

    institution = models.ForeignKey("core.Institution", on_delete=models.PROTECT, db_index=False)
    case = models.ForeignKey("procedures.Case", on_delete=models.CASCADE, related_name="filings", db_index=False)
    task = models.ForeignKey("procedures.Task", on_delete=models.PROTECT, null=True, related_name="filings")
    format = models.CharField(max_length=80)
    step = models.CharField(max_length=16, blank=True)
    round = models.IntegerField(default=1)
    values = models.JSONField()
    number = models.CharField(_("número"), max_length=60, blank=True, default="")
    filed_by = models.ForeignKey("core.Person", on_delete=models.PROTECT, null=True, db_index=False)
    filed_at = models.DateTimeField()

    class Meta:
        verbose_name = _("formato llenado")
        verbose_name_plural = _("formatos llenados")
        indexes = [models.Index(fields=["case", "format", "-id"], name="filing_last")]


class CaseDocument(models.Model):
    """A document of a case: attached by somebody, or issued from a template. Its bytes never change; a correction
    is another version. `sha256` is what a signature vouches for. What is issued also keeps what it was made of: the
    JSON that the template read (`data`), the edition of the manual whose template it was (`edition`), and the programs
    (`maker`). `code` is printed on it and finds it at `/verificar/`. Personal data: whatever it holds."""

    class Origin(models.TextChoices):
        ATTACHED = "attached", _("Adjunto")
        ISSUED = "issued", _("Emitido")

    institution = models.ForeignKey("core.Institution", on_delete=models.PROTECT)
    case = models.ForeignKey("procedures.Case", on_delete=models.CASCADE, related_name="documents")
    task = models.ForeignKey("procedures.Task", on_delete=models.PROTECT, null=True, related_name="documents")
    origin = models.CharField(max_length=8, choices=Origin.choices)
    kind = models.CharField(_("tipo"), max_length=100)
    title = models.CharField(_("título"), max_length=250)
    number = models.CharField(_("número"), max_length=60, blank=True, default="")
    version = models.PositiveSmallIntegerField(default=1)
    step = models.CharField(max_length=16, blank=True)
    file = models.ForeignKey("core.StoredFile", on_delete=models.PROTECT)
    sha256 = models.CharField(max_length=64)
    for_applicant = models.BooleanField(default=False)
    created_by = models.ForeignKey("core.Person", on_delete=models.PROTECT, null=True)
    created_at = models.DateTimeField()
    withdrawn_at = models.DateTimeField(null=True)
    withdrawn_reason = models.CharField(max_length=300, blank=True)
    code = models.CharField(_("código"), max_length=12, blank=True, default="")
    data = models.TextField(blank=True, default="")
    edition = models.ForeignKey("procedures.ProcedureVersion", on_delete=models.PROTECT, null=True, related_name="+")
    maker = models.CharField(max_length=80, blank=True, default="")

    class Meta:
        verbose_name = _("documento")
        verbose_name_plural = _("documentos")
        constraints = [
            models.UniqueConstraint(fields=["case", "kind", "title", "version"], name="document_version_once"),
            models.UniqueConstraint(fields=["code"], condition=~models.Q(code=""), name="document_code_once"),
        ]


class DocumentSignature(models.Model):
    """A simple electronic signature: who vouched for which bytes, in which position, when. It seals the document's
    hash in the audit chain; it is no certificate. Personal data: the signer."""

    institution = models.ForeignKey("core.Institution", on_delete=models.PROTECT)
    document = models.ForeignKey(CaseDocument, on_delete=models.PROTECT, related_name="signatures")
    task = models.ForeignKey("procedures.Task", on_delete=models.PROTECT, null=True)
    person = models.ForeignKey("core.Person", on_delete=models.PROTECT)
    position = models.ForeignKey("core.Position", on_delete=models.PROTECT, null=True)
    on_behalf_of = models.ForeignKey("core.Person", on_delete=models.PROTECT, null=True, related_name="+")
    sha256 = models.CharField(max_length=64)
    signed_at = models.DateTimeField()

    class Meta:
        verbose_name = _("firma")
        verbose_name_plural = _("firmas")
        constraints = [models.UniqueConstraint(fields=["document", "task"], name="signature_once")]
