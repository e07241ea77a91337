"""Pages of the calendar, the opening hours and the folio series."""

from __future__ import annotations

from contextlib import suppress
from datetime import date, timedelta
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from turna.core import calendar as core_calendar
from turna.core import folios
from turna.core.models import CalendarDay, FolioCounter, FolioSeries, WorkingHours
from turna.web.requests import Request

from .access import administration_page, attempt, form_page, page, try_act
from .forms import WEEKDAYS, CalendarDayForm, HoursForm, SeriesForm

manages = administration_page("calendar.manage")


def _year(request: Request) -> int:
    this = core_calendar.today(request.institution).year
    with suppress(ValueError):
        asked = int(request.GET.get("anio", this))
        return asked if 2000 <= asked <= 2100 else this
    return this


@manages
@require_safe
def calendar(request: Request) -> HttpResponse:
    """The year's days that are not worked or are worked against the base, and why; and the opening hours."""
    year = _year(request)
    own = CalendarDay.objects.filter(institution=request.institution, date__year=year).select_related("added_by")
    hours = WorkingHours.objects.filter(institution=request.institution).order_by("weekday")
    context = {
        "year": year,
        "days": own.filter(withdrawn_at=None).order_by("date"),
        "withdrawn": own.exclude(withdrawn_at=None).order_by("date"),
        "base": _base_days(request, year),
        "hours": [(WEEKDAYS[row.weekday], row) for row in hours],
    }
    return page(request, "calendar", "admin_calendar", context)


def _base_days(request: Request, year: int) -> list[tuple[date, str]]:
    """Days of the year not worked, other than the weekly rest, that are not the institution's own."""
    counted = core_calendar.calendar_of(request.institution)
    opened = set(WorkingHours.objects.filter(institution=request.institution).values_list("weekday", flat=True))
    own = set(
        CalendarDay.objects.filter(institution=request.institution, withdrawn_at=None).values_list("date", flat=True)
    )
    days = (date(year, 1, 1) + timedelta(days=n) for n in range(366))
    return [
        (day, counted.why_not(day))
        for day in days
        if day.year == year and day.weekday() in opened and day not in own and not counted.is_working(day)
    ]


@manages
def new_day(request: Request) -> HttpResponse:
    form = CalendarDayForm(request.POST or None)

    def act(typed: dict[str, Any]) -> None:
        chosen = {"is_working": typed["is_working"], "source": typed["source"]}
        core_calendar.add_day(request.institution.pk, typed["date"], typed["name"], by=request.standing, **chosen)

    if request.method == "POST" and attempt(form, act):
        messages.success(request, _("El día quedó publicado y los plazos se cuentan de nuevo."))
        return redirect("admin_calendar")
    return form_page(request, "admin_calendar", form, _("Publicar un día"), reverse("admin_calendar"))


@manages
@require_POST
def withdraw_day(request: Request, day_id: int) -> HttpResponse:
    row = get_object_or_404(CalendarDay, pk=day_id, institution=request.institution)
    try_act(
        request,
        lambda: core_calendar.withdraw_day(row.pk, by=request.standing),
        _("El día quedó retirado y los plazos se cuentan de nuevo."),
    )
    return redirect(f"{reverse('admin_calendar')}?anio={row.date.year}")


@manages
def hours(request: Request) -> HttpResponse:
    initial: dict[str, Any] = {}
    for row in WorkingHours.objects.filter(institution=request.institution):
        initial |= {f"opens_{row.weekday}": row.opens, f"closes_{row.weekday}": row.closes}
    form = HoursForm(request.POST or None, initial=initial)
    if request.method == "POST" and attempt(
        form, lambda typed: core_calendar.set_hours(request.institution.pk, typed["hours"], by=request.standing)
    ):
        messages.success(request, _("El horario quedó guardado."))
        return redirect("admin_calendar")
    lead = _("Los plazos en días hábiles vencen a la hora de cierre. Deje vacíos los días que no se trabaja.")
    back = reverse("admin_calendar")
    return form_page(request, "admin_calendar", form, _("Horario de atención"), back, lead=lead, pairs=True)


@manages
@require_safe
def series(request: Request) -> HttpResponse:
    rows = FolioSeries.objects.filter(institution=request.institution).order_by("key")
    counters: dict[int, list[FolioCounter]] = {}
    for counter in FolioCounter.objects.filter(institution=request.institution).order_by("-year"):
        counters.setdefault(counter.series_id, []).append(counter)
    listed = [(row, folios.preview(row.pattern), counters.get(row.pk, [])[:3]) for row in rows]
    return page(request, "series", "admin_series", {"rows": listed})


@manages
def new_series(request: Request) -> HttpResponse:
    form = SeriesForm(request.POST or None)
    if request.method == "POST" and attempt(
        form, lambda typed: folios.create_series(request.standing, request.institution, **typed)
    ):
        messages.success(request, _("La serie quedó lista."))
        return redirect("admin_series")
    return form_page(request, "admin_series", form, _("Nueva serie de folios"), reverse("admin_series"))


@manages
def edit_series(request: Request, series_id: int) -> HttpResponse:
    row = get_object_or_404(FolioSeries, pk=series_id, institution=request.institution)
    form = SeriesForm(request.POST or None, series=row, initial={"pattern": row.pattern})
    if request.method == "POST" and attempt(
        form, lambda typed: folios.change_pattern(request.standing, row, typed["pattern"])
    ):
        messages.success(request, _("Los folios siguientes llevarán el formato nuevo."))
        return redirect("admin_series")
    return form_page(request, "admin_series", form, _("Formato de la serie %s") % row.key, reverse("admin_series"))
