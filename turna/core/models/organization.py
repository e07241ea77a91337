"""The institution and its org chart: units as a tree, positions, who holds them, who stands in."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _


class Institution(models.Model):
    """A government body with its own manual: a municipality, a state ministry, a utility.

    `theme`: CSS variables by name. `calendar_version` grows whenever the calendar is amended.
    `is_demo`: invented people with published passwords; production refuses to serve it.
    Personal data: none.
    """

    key = models.SlugField(_("clave"), max_length=60, unique=True)
    name = models.CharField(_("nombre"), max_length=200)
    acronym = models.CharField(_("siglas"), max_length=20, blank=True)
    time_zone = models.CharField(_("zona horaria"), max_length=60, default="America/Mexico_City")
    theme = models.JSONField(_("tema"), default=dict, blank=True)
    contact = models.JSONField(_("contacto"), default=dict, blank=True)
    calendar_version = models.PositiveIntegerField(default=1)
    is_demo = models.BooleanField(default=False)

    class Meta:
        verbose_name = _("institución")
        verbose_name_plural = _("instituciones")

    def __str__(self) -> str:
        return self.name


class Unit(models.Model):
    """A unit of the org chart (dependencia, dirección, departamento).

    `path` holds the ids from the root down to the unit itself, each followed by "/" ("3/17/"), so that
    "this unit and all below" is one indexed prefix. Personal data: none.
    """

    institution = models.ForeignKey(Institution, on_delete=models.PROTECT, related_name="units")
    key = models.SlugField(_("clave"), max_length=80)
    name = models.CharField(_("nombre"), max_length=200)
    parent = models.ForeignKey("self", on_delete=models.PROTECT, null=True, blank=True, related_name="children")
    path = models.CharField(max_length=200, default="", editable=False)
    is_active = models.BooleanField(_("vigente"), default=True)

    class Meta:
        verbose_name = _("unidad")
        verbose_name_plural = _("unidades")
        constraints = [models.UniqueConstraint(fields=["institution", "key"], name="unit_key_once")]
        indexes = [models.Index(fields=["institution", "path"], name="unit_path")]

    def __str__(self) -> str:
        return self.name


class Position(models.Model):
    """A position of the org chart (puesto): what a manual names as responsible. People come and go, it stays.

    `is_head`: its holder sees the work of the unit and of all units below. Personal data: none.
    """

    institution = models.ForeignKey(Institution, on_delete=models.PROTECT, related_name="positions")
    key = models.SlugField(_("clave"), max_length=80)
    name = models.CharField(_("nombre"), max_length=200)
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, null=True, blank=True, related_name="positions")
    is_head = models.BooleanField(_("es titular de la unidad"), default=False)
    is_active = models.BooleanField(_("vigente"), default=True)

    class Meta:
        verbose_name = _("puesto")
        verbose_name_plural = _("puestos")
        constraints = [models.UniqueConstraint(fields=["institution", "key"], name="position_key_once")]

    def __str__(self) -> str:
        return self.name


class PositionRight(models.Model):
    """A right that a position gives beyond its own tasks (see `core.rights.RIGHTS`). Personal data: none."""

    institution = models.ForeignKey(Institution, on_delete=models.PROTECT)
    position = models.ForeignKey(Position, on_delete=models.CASCADE, related_name="rights")
    right = models.CharField(_("derecho"), max_length=60)

    class Meta:
        verbose_name = _("derecho de un puesto")
        verbose_name_plural = _("derechos de los puestos")
        constraints = [models.UniqueConstraint(fields=["position", "right"], name="right_once")]


class Appointment(models.Model):
    """Who holds a position, from when to when (nombramiento). `ends_on` is the last day, inclusive.

    Several people may hold one position at once. Personal data: the tie of a person to a post (public by law).
    """

    institution = models.ForeignKey(Institution, on_delete=models.PROTECT)
    person = models.ForeignKey("core.Person", on_delete=models.PROTECT, related_name="appointments")
    position = models.ForeignKey(Position, on_delete=models.PROTECT, related_name="appointments")
    starts_on = models.DateField(_("desde"))
    ends_on = models.DateField(_("hasta"), null=True, blank=True)

    class Meta:
        verbose_name = _("nombramiento")
        verbose_name_plural = _("nombramientos")
        constraints = [
            models.UniqueConstraint(fields=["person", "position", "starts_on"], name="appointment_once"),
            models.CheckConstraint(
                condition=Q(ends_on__isnull=True) | Q(ends_on__gte=F("starts_on")), name="appointment_dates"
            ),
        ]
        indexes = [
            models.Index(fields=["institution", "person", "starts_on"], name="appointment_person"),
            models.Index(fields=["institution", "position", "starts_on"], name="appointment_position"),
        ]


class Substitution(models.Model):
    """An absence and who stands in for it (suplencia). `position` None: for all of the person's positions.

    `reason` is an administrative word (vacaciones, comisión, licencia), never a diagnosis.
    Personal data: that a person is away.
    """

    institution = models.ForeignKey(Institution, on_delete=models.PROTECT)
    absent = models.ForeignKey("core.Person", on_delete=models.PROTECT, related_name="absences")
    substitute = models.ForeignKey("core.Person", on_delete=models.PROTECT, related_name="substitutions")
    position = models.ForeignKey(Position, on_delete=models.PROTECT, null=True, blank=True)
    starts_on = models.DateField(_("desde"))
    ends_on = models.DateField(_("hasta"))
    reason = models.CharField(_("motivo"), max_length=120, blank=True)
    cancelled_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("suplencia")
        verbose_name_plural = _("suplencias")
        constraints = [
            models.CheckConstraint(condition=Q(ends_on__gte=F("starts_on")), name="substitution_dates"),
            models.CheckConstraint(condition=~Q(absent=F("substitute")), name="substitution_two_people"),
        ]
        indexes = [models.Index(fields=["institution", "substitute", "ends_on"], name="substitution_by")]


class ExternalParty(models.Model):
    """Somebody outside the institution who acts in a procedure: a supplier, an insurer. Personal data: an e-mail."""

    institution = models.ForeignKey(Institution, on_delete=models.PROTECT)
    key = models.SlugField(_("clave"), max_length=80)
    name = models.CharField(_("nombre"), max_length=200)
    email = models.EmailField(_("correo"), blank=True)

    class Meta:
        verbose_name = _("parte externa")
        verbose_name_plural = _("partes externas")
        constraints = [models.UniqueConstraint(fields=["institution", "key"], name="party_key_once")]

    def __str__(self) -> str:
        return self.name
