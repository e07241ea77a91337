"""The days of obligatory rest of the Ley Federal del Trabajo, art. 74, as the `holidays` package keeps them.

They are: 1 January; the first Monday of February (for the 5th); the third Monday of March (for the 21st); 1 May;
16 September; the third Monday of November (for the 20th); 1 October every six years when the federal executive changes
hands (2024, 2030…); 25 December. A day that falls on a weekend is not moved. Art. 74 also frees the days that electoral
laws name: those differ by place and year, so an institution publishes them as its own days.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from functools import lru_cache

from django.utils.translation import gettext_noop
from holidays import country_holidays

LAW = gettext_noop("descanso obligatorio federal")
# Where the law's own words say more than the package's.
_NAMES = {
    "Día de la Revolución": "Día de la Revolución Mexicana",
    "Día de la Constitución": "Día de la Constitución",
}


@lru_cache(maxsize=8)
def federal_days(first_year: int, last_year: int) -> Mapping[date, str]:
    """Every federal day of rest in those years (inclusive) with its Spanish name."""
    base = country_holidays("MX", years=range(first_year, last_year + 1), language="es", categories="public")
    return {day: _NAMES.get(name, name) for day, name in base.items()}
