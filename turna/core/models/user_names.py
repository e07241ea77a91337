"""User names given in the systems of an institution, and the envelopes that carry their first password."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Lower
from django.db.models.lookups import Exact, IsNull
from django.utils.translation import gettext_lazy as _


class UserName(models.Model):
    """A user name given in one of the institution's systems (`account`: the key of its convention, `cuentas`).

    A name is given once: withdrawn, it stays with whoever had it. `owner_kind`, `owner_id`: what it was given in, such
    as a case. `holder_key`: the holder's name in plain letters. Personal data: the holder's name.
    """

    institution = models.ForeignKey("core.Institution", on_delete=models.PROTECT, db_index=False)
    account = models.SlugField(_("cuenta"), max_length=80)
    name = models.CharField(_("usuario"), max_length=80)
    holder = models.CharField(_("titular"), max_length=250, blank=True)
    holder_key = models.CharField(max_length=250, blank=True)
    owner_kind = models.CharField(max_length=40)
    owner_id = models.BigIntegerField()
    given_at = models.DateTimeField()
    given_by = models.ForeignKey("core.Person", on_delete=models.PROTECT, null=True, related_name="+")
    withdrawn_at = models.DateTimeField(null=True)
    withdrawn_by = models.ForeignKey("core.Person", on_delete=models.PROTECT, null=True, related_name="+")

    class Meta:
        verbose_name = _("usuario asignado")
        verbose_name_plural = _("usuarios asignados")
        constraints = [models.UniqueConstraint("institution", "account", Lower("name"), name="user_name_once")]
        indexes = [models.Index(fields=["institution", "owner_kind", "owner_id"], name="user_name_owner")]

    def __str__(self) -> str:
        return self.name


class Envelope(models.Model):
    """A sealed envelope: the letter with somebody's first password, encrypted, until it is handed over.

    Delivered, replaced or too old, its bytes are destroyed; sha256 and facts stay. `position` hands it over, `maker`
    opens the account in its system: their holders may print it. `user_name`: as the person types it.
    Personal data: the holder's name and, while it lives, their first password.
    """

    class Ending(models.TextChoices):
        DELIVERED = "delivered", _("Entregado")
        REPLACED = "replaced", _("Reemplazado por otro")
        EXPIRED = "expired", _("Destruido: nadie lo entregó a tiempo")
        WITHDRAWN = "withdrawn", _("Destruido: ya no hace falta")

    institution = models.ForeignKey("core.Institution", on_delete=models.PROTECT, db_index=False)
    owner_kind = models.CharField(max_length=40)
    owner_id = models.BigIntegerField()
    account = models.CharField(_("cuenta"), max_length=200)
    user_name = models.CharField(_("usuario"), max_length=254)
    holder = models.CharField(_("a nombre de"), max_length=250)
    position = models.ForeignKey("core.Position", on_delete=models.PROTECT, null=True, related_name="+")
    maker = models.ForeignKey("core.Position", on_delete=models.PROTECT, null=True, related_name="+")
    sealed = models.BinaryField(null=True)
    sha256 = models.CharField(max_length=64)
    sealed_at = models.DateTimeField()
    sealed_by = models.ForeignKey("core.Person", on_delete=models.PROTECT, null=True, related_name="+")
    expires_at = models.DateTimeField()
    openings = models.PositiveSmallIntegerField(default=0)
    last_opened_at = models.DateTimeField(null=True)
    last_opened_by = models.ForeignKey("core.Person", on_delete=models.PROTECT, null=True, related_name="+")
    ended_at = models.DateTimeField(null=True)
    ended_by = models.ForeignKey("core.Person", on_delete=models.PROTECT, null=True, related_name="+")
    ending = models.CharField(max_length=10, choices=Ending.choices, blank=True)

    class Meta:
        verbose_name = _("sobre cerrado")
        verbose_name_plural = _("sobres cerrados")
        constraints = [
            models.CheckConstraint(
                condition=Exact(IsNull(F("sealed"), True), IsNull(F("ended_at"), False)),
                name="envelope_destroyed_when_ended",
            ),
            models.UniqueConstraint(
                fields=["institution", "owner_kind", "owner_id", "account", "user_name"],
                condition=Q(ended_at__isnull=True),
                name="one_envelope_at_a_time",
            ),
        ]
        indexes = [
            models.Index(fields=["expires_at"], condition=Q(ended_at__isnull=True), name="envelope_timer"),
        ]
