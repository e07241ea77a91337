"""How dates, amounts and counts are worded for people. Pure functions; nothing here reads the clock."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from decimal import ROUND_HALF_UP, Decimal
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

MONTHS = (
    gettext_noop("enero"),
    gettext_noop("febrero"),
    gettext_noop("marzo"),
    gettext_noop("abril"),
    gettext_noop("mayo"),
    gettext_noop("junio"),
    gettext_noop("julio"),
    gettext_noop("agosto"),
    gettext_noop("septiembre"),
    gettext_noop("octubre"),
    gettext_noop("noviembre"),
    gettext_noop("diciembre"),
)
WEEKDAYS = (
    gettext_noop("lunes"),
    gettext_noop("martes"),
    gettext_noop("miércoles"),
    gettext_noop("jueves"),
    gettext_noop("viernes"),
    gettext_noop("sábado"),
    gettext_noop("domingo"),
)


def long_date(day: date) -> str:
    """20 de noviembre de 2026."""
    return _("%(day)d de %(month)s de %(year)d") % {
        "day": day.day,
        "month": _(MONTHS[day.month - 1]),
        "year": day.year,
    }


def short_date(day: date) -> str:
    """20 nov 2026."""
    return f"{day.day} {_(MONTHS[day.month - 1])[:3]} {day.year}"


def weekday_date(day: date, *, year: bool = False) -> str:
    """lunes 16 de noviembre; with the year on request."""
    weekday = _(WEEKDAYS[day.weekday()])
    if year:
        return f"{weekday} {long_date(day)}"
    return _("%(weekday)s %(day)d de %(month)s") % {
        "weekday": weekday,
        "day": day.day,
        "month": _(MONTHS[day.month - 1]),
    }


def hour(moment: datetime | time) -> str:
    """14:05 h; the last second of a day is its end, 24:00 h."""
    if (moment.hour, moment.minute, moment.second) == (23, 59, 59):
        return "24:00 h"
    return f"{moment.hour:02}:{moment.minute:02} h"


def long_moment(moment: datetime, zone: ZoneInfo) -> str:
    """viernes 20 de noviembre de 2026, 14:05 h, on the clock of that zone."""
    local = moment.astimezone(zone)
    return f"{weekday_date(local, year=True)}, {hour(local)}"


def short_moment(moment: datetime, zone: ZoneInfo) -> str:
    """20 nov 2026, 14:05 h, on the clock of that zone."""
    local = moment.astimezone(zone)
    return f"{short_date(local)}, {hour(local)}"


def plural(amount: int, one: str, many: str) -> str:
    """1 día; 1,200 días."""
    return f"{amount:,} {one if amount == 1 else many}"


def money(amount: Decimal | int | float | str) -> str:
    """$1,234.50; a debt as -$1,234.50."""
    exact = Decimal(str(amount)).quantize(Decimal("0.01"), ROUND_HALF_UP)
    return f"{'-' if exact < 0 else ''}${abs(exact):,.2f}"


def file_size(size: int) -> str:
    """312 bytes; 4 KB; 1.5 MB."""
    if size < 1024:
        return plural(size, _("byte"), _("bytes"))
    if size < 1024 * 1024:
        return f"{size / 1024:.0f} KB"
    return f"{size / 1024 / 1024:.1f} MB"


def ago(moment: datetime, now: datetime, zone: ZoneInfo) -> str:
    """hace 3 días; hoy is told in minutes and hours, more than a month by the date."""
    days = (now.astimezone(zone).date() - moment.astimezone(zone).date()).days
    if moment > now or days > 30:
        return _("el %s") % short_date(moment.astimezone(zone))
    if days == 1:
        return _("ayer")
    if days > 1:
        return _("hace %d días") % days
    return _ago_today(now - moment)


def _ago_today(gone: timedelta) -> str:
    minutes = int(gone.total_seconds() // 60)
    if minutes < 1:
        return _("hace un momento")
    if minutes < 60:
        return _("hace %s") % plural(minutes, _("minuto"), _("minutos"))
    return _("hace %s") % plural(minutes // 60, _("hora"), _("horas"))


def listing(words: list[str]) -> str:
    """a, b y c."""
    if len(words) < 2:
        return "".join(words)
    link = "e" if words[-1].lower().startswith(("i", "hi")) and not words[-1].lower().startswith("hie") else "y"
    return f"{', '.join(words[:-1])} {link} {words[-1]}"
