"""The only clock, and the working calendar: which days count for an institution, and why others do not.

Not here: terms and their explanation (`core.deadlines`), how dates are worded (`core.wording`).
`clock` stands first: modules that these ones need import `now` from here.
"""

from .clock import clock_at, now, today, zone_of
from .services import CalendarAmended, OwnDay, add_day, publish_calendar, set_hours, withdraw_day
from .working import NEVER, UNITS, Pause, WorkingCalendar, calendar_at, calendar_of, forget_calendars

__all__ = [
    "NEVER",
    "UNITS",
    "CalendarAmended",
    "OwnDay",
    "Pause",
    "WorkingCalendar",
    "add_day",
    "calendar_at",
    "calendar_of",
    "clock_at",
    "forget_calendars",
    "now",
    "publish_calendar",
    "set_hours",
    "today",
    "withdraw_day",
    "zone_of",
]
