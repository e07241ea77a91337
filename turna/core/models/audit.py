"""The unforgeable history: append-only entries, each sealed with the hash of the one before it."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class AuditEntry(models.Model):
    """Who did what, when, and on whose behalf.

    A chain is all entries of one subject: (`chain_kind`, `chain_id`), e.g. ("case", 42) or ("institution", 1);
    `seq` counts from 1 without gaps. `hash` seals the entry's content and `previous`. `act` is the idempotency key
    of the request that caused it: the database refuses the same act twice. Rows cannot be updated or deleted:
    triggers in both databases. The institution is its subject's: the database does not check it again, for that would
    lock that one row with every act of everybody. Personal data: who acted; `data` may hold what was said.
    """

    institution = models.ForeignKey("core.Institution", on_delete=models.PROTECT, db_index=False, db_constraint=False)
    chain_kind = models.CharField(max_length=16)
    chain_id = models.BigIntegerField()
    seq = models.IntegerField()
    at = models.DateTimeField(_("cuándo"))
    actor = models.ForeignKey("core.Person", on_delete=models.PROTECT, null=True, related_name="+", db_index=False)
    on_behalf_of = models.ForeignKey(
        "core.Person", on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )
    action = models.CharField(_("acto"), max_length=60)
    data = models.JSONField(default=dict)
    act = models.UUIDField(null=True)
    previous = models.CharField(max_length=64)
    hash = models.CharField(max_length=64)

    class Meta:
        verbose_name = _("registro de auditoría")
        verbose_name_plural = _("registros de auditoría")
        constraints = [
            models.UniqueConstraint(fields=["chain_kind", "chain_id", "seq"], name="audit_seq_once"),
            models.UniqueConstraint(fields=["act"], condition=models.Q(act__isnull=False), name="audit_act_once"),
        ]


class ChainHead(models.Model):
    """The last entry of a chain whose subject keeps no head of its own (cases keep theirs in the case row).
    Its row lock orders the chain. Personal data: none."""

    institution = models.ForeignKey("core.Institution", on_delete=models.PROTECT)
    chain_kind = models.CharField(max_length=16)
    chain_id = models.BigIntegerField()
    seq = models.PositiveIntegerField(default=0)
    hash = models.CharField(max_length=64, default="")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["chain_kind", "chain_id"], name="chain_head_once")]


class AuditCheckpoint(models.Model):
    """A sealed summary of every entry up to `last_entry`, keyed with the install's secret, so that nobody with the
    database alone can rewrite a whole chain unseen.

    `digest` goes on from the digest of the checkpoint before it, over the hashes of the entries in between, in order
    of id; `entries` counts all of them since the beginning. Rows cannot be updated or deleted. Personal data: none.
    """

    at = models.DateTimeField()
    last_entry = models.BigIntegerField(unique=True)
    entries = models.PositiveBigIntegerField()
    digest = models.CharField(max_length=64)
    seal = models.CharField(max_length=64)
