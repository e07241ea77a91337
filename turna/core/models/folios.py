"""Folio series: gapless numbers per institution, kind and year."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class FolioSeries(models.Model):
    """A series of official numbers. `pattern`: `DMIGA/{año}/{n:05}`; `kind`: what it numbers (caso, reporte, oficio…).
    Personal data: none."""

    institution = models.ForeignKey("core.Institution", on_delete=models.PROTECT, related_name="series")
    key = models.SlugField(_("clave"), max_length=60)
    kind = models.CharField(_("numera"), max_length=40)
    pattern = models.CharField(_("formato"), max_length=80)
    is_yearly = models.BooleanField(_("comienza cada año"), default=True)

    class Meta:
        verbose_name = _("serie de folios")
        verbose_name_plural = _("series de folios")
        constraints = [models.UniqueConstraint(fields=["institution", "key"], name="series_once")]

    def __str__(self) -> str:
        return self.key


class FolioCounter(models.Model):
    """The last number given in a series and year (year 0: the series does not start anew). Its row lock is what
    makes a series gapless: the number is taken in the transaction that uses it. Personal data: none."""

    institution = models.ForeignKey("core.Institution", on_delete=models.PROTECT)
    series = models.ForeignKey(FolioSeries, on_delete=models.PROTECT, related_name="counters")
    year = models.PositiveSmallIntegerField()
    last = models.PositiveBigIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["series", "year"], name="counter_once")]
