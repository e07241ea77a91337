"""The institution's own calendar, on top of the federal base: hours of the week and published days."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _


class WorkingHours(models.Model):
    """Opening hours of one weekday (0 Monday .. 6 Sunday); a weekday without a row is not worked.
    Personal data: none."""

    institution = models.ForeignKey("core.Institution", on_delete=models.CASCADE, related_name="hours")
    weekday = models.PositiveSmallIntegerField(_("día"))
    opens = models.TimeField(_("abre"))
    closes = models.TimeField(_("cierra"))

    class Meta:
        verbose_name = _("horario")
        verbose_name_plural = _("horarios")
        constraints = [
            models.UniqueConstraint(fields=["institution", "weekday"], name="hours_once"),
            models.CheckConstraint(condition=Q(weekday__lte=6) & Q(closes__gt=F("opens")), name="hours_sane"),
        ]


class CalendarDay(models.Model):
    """A day on which the institution departs from the base: inhábil, or worked although the base says otherwise.

    Appended, never changed: an amendment withdraws the row and adds another, so that what a deadline was counted
    with can be told afterwards. `source`: where it was published (Gaceta, acuerdo). Personal data: none.
    """

    institution = models.ForeignKey("core.Institution", on_delete=models.CASCADE, related_name="days")
    date = models.DateField(_("fecha"))
    is_working = models.BooleanField(_("es hábil"), default=False)
    name = models.CharField(_("nombre"), max_length=160)
    source = models.CharField(_("fuente"), max_length=300, blank=True)
    added_at = models.DateTimeField()
    added_by = models.ForeignKey("core.Person", on_delete=models.PROTECT, null=True, blank=True)
    withdrawn_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("día del calendario")
        verbose_name_plural = _("días del calendario")
        constraints = [
            models.UniqueConstraint(
                fields=["institution", "date"], condition=Q(withdrawn_at__isnull=True), name="day_once"
            )
        ]
