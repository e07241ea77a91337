"""The published manual: releases of a pack, procedures and their versions, schedules."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _


class PackRelease(models.Model):
    """One installation of a pack: its texts exactly as they were on disk (`sources`: path to text). Never changes.
    Personal data: who installed it."""

    institution = models.ForeignKey("core.Institution", on_delete=models.PROTECT, related_name="releases")
    key = models.SlugField(max_length=80)
    number = models.PositiveIntegerField()
    digest = models.CharField(max_length=64)
    sources = models.JSONField()
    note = models.CharField(_("cambio"), max_length=300, blank=True)
    installed_at = models.DateTimeField()
    installed_by = models.ForeignKey("core.Person", on_delete=models.PROTECT, null=True)

    class Meta:
        verbose_name = _("edición del manual")
        verbose_name_plural = _("ediciones del manual")
        constraints = [models.UniqueConstraint(fields=["institution", "key", "number"], name="release_once")]


class Procedure(models.Model):
    """A procedure of the manual, whatever its version. `unit` is the responsible area. Columns repeat what lists
    and searches need from the present version. Personal data: none."""

    institution = models.ForeignKey("core.Institution", on_delete=models.PROTECT, related_name="procedures")
    pack = models.SlugField(max_length=80)
    key = models.SlugField(max_length=100)
    code = models.CharField(_("clave"), max_length=60)
    name = models.CharField(_("nombre"), max_length=250)
    unit = models.ForeignKey("core.Unit", on_delete=models.PROTECT, null=True)
    search = models.TextField(blank=True)
    is_active = models.BooleanField(default=True)

    class Meta:
        verbose_name = _("procedimiento")
        verbose_name_plural = _("procedimientos")
        constraints = [models.UniqueConstraint(fields=["institution", "pack", "key"], name="procedure_once")]

    def __str__(self) -> str:
        return self.name


class ProcedureVersion(models.Model):
    """A published version: in force from `valid_from` until a later one takes its place. Never changes but for
    `valid_until`. A case stays on the version it began with. Personal data: none."""

    institution = models.ForeignKey("core.Institution", on_delete=models.PROTECT)
    procedure = models.ForeignKey(Procedure, on_delete=models.PROTECT, related_name="versions")
    number = models.PositiveIntegerField()
    release = models.ForeignKey(PackRelease, on_delete=models.PROTECT, related_name="versions")
    digest = models.CharField(max_length=64)
    valid_from = models.DateTimeField()
    valid_until = models.DateTimeField(null=True)
    note = models.CharField(_("cambio"), max_length=300, blank=True)

    class Meta:
        verbose_name = _("versión del procedimiento")
        verbose_name_plural = _("versiones de los procedimientos")
        constraints = [
            models.UniqueConstraint(fields=["procedure", "number"], name="version_once"),
            models.UniqueConstraint(
                fields=["procedure"], condition=Q(valid_until__isnull=True), name="one_version_in_force"
            ),
            models.CheckConstraint(
                condition=Q(valid_until__isnull=True) | Q(valid_until__gte=F("valid_from")), name="version_dates"
            ),
        ]


class Schedule(models.Model):
    """A procedure that begins by the calendar (`inicio.programado`). `last_key` is the period last begun, so that two
    workers begin it once. Personal data: none."""

    institution = models.ForeignKey("core.Institution", on_delete=models.PROTECT)
    procedure = models.OneToOneField(Procedure, on_delete=models.CASCADE, related_name="schedule")
    rule = models.CharField(max_length=120)
    next_at = models.DateTimeField(null=True, db_index=True)
    last_key = models.CharField(max_length=40, blank=True)
