"""What every expression of a manual may ask besides data: today, and the institution's working days."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from turna.core.calendar import WorkingCalendar
from turna.engine.expressions import TODAY, WORKING_DAYS


def surroundings(calendar: WorkingCalendar, now: datetime) -> dict[str, Any]:
    """For `around` of `engine.filling` and the data of conditions: the institution's day and who counts its days."""
    return {TODAY: calendar.local_day(now).isoformat(), WORKING_DAYS: calendar}
