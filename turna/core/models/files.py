"""Files: bytes stored once by their hash, and the named uses of them."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class Blob(models.Model):
    """Bytes in private storage, addressed by their sha256 (hex). They never change.
    Personal data: whatever the bytes hold."""

    sha256 = models.CharField(max_length=64, primary_key=True)
    size = models.PositiveBigIntegerField()
    media_type = models.CharField(max_length=100)
    stored_at = models.DateTimeField()


class StoredFile(models.Model):
    """A named file that belongs to something: `owner_kind` picks the guard (core.files.GUARDS) that says who may
    read it, `owner_id` is the row it belongs to. Personal data: name of the file, who uploaded it."""

    institution = models.ForeignKey("core.Institution", on_delete=models.PROTECT)
    blob = models.ForeignKey(Blob, on_delete=models.PROTECT)
    name = models.CharField(_("nombre"), max_length=200)
    owner_kind = models.CharField(max_length=40)
    owner_id = models.BigIntegerField()
    uploaded_by = models.ForeignKey("core.Person", on_delete=models.PROTECT, null=True, blank=True)
    uploaded_at = models.DateTimeField()

    class Meta:
        verbose_name = _("archivo")
        verbose_name_plural = _("archivos")
        indexes = [models.Index(fields=["institution", "owner_kind", "owner_id"], name="file_owner")]

    def __str__(self) -> str:
        return self.name
