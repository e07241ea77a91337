"""How dates, amounts and counts read in Spanish."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from turna.core import wording

MEXICO = ZoneInfo("America/Mexico_City")
MOMENT = datetime(2026, 11, 20, 20, 5, tzinfo=UTC)


def test_dates_and_hours() -> None:
    day = date(2026, 11, 20)
    assert wording.long_date(day) == "20 de noviembre de 2026"
    assert wording.short_date(day) == "20 nov 2026"
    assert wording.weekday_date(day) == "viernes 20 de noviembre"
    assert wording.weekday_date(day, year=True) == "viernes 20 de noviembre de 2026"
    assert wording.hour(time(9, 5)) == "09:05 h"
    assert wording.hour(time(23, 59, 59)) == "24:00 h"
    assert wording.long_moment(MOMENT, MEXICO) == "viernes 20 de noviembre de 2026, 14:05 h"
    assert wording.short_moment(MOMENT, MEXICO) == "20 nov 2026, 14:05 h"
    # The day is the institution's, not UTC's.
    assert wording.short_moment(MOMENT + timedelta(hours=8), MEXICO).startswith("20 nov")


@pytest.mark.parametrize(
    ("amount", "words"),
    [
        ("1234.5", "$1,234.50"),
        (0, "$0.00"),
        (Decimal("-0.005"), "-$0.01"),
        (Decimal("1000000"), "$1,000,000.00"),
        (2.675, "$2.68"),
        (-1500, "-$1,500.00"),
    ],
)
def test_money(amount, words: str) -> None:
    assert wording.money(amount) == words


@pytest.mark.parametrize(
    ("gone", "words"),
    [
        (timedelta(seconds=20), "hace un momento"),
        (timedelta(minutes=1), "hace 1 minuto"),
        (timedelta(hours=5), "hace 5 horas"),
        (timedelta(hours=15), "ayer"),
        (timedelta(days=3), "hace 3 días"),
        (timedelta(days=60), "el 21 sep 2026"),
        (-timedelta(days=2), "el 22 nov 2026"),
    ],
)
def test_ago(gone: timedelta, words: str) -> None:
    assert wording.ago(MOMENT - gone, MOMENT, MEXICO) == words


def test_counts_and_lists() -> None:
    assert wording.plural(1, "día", "días") == "1 día"
    assert wording.plural(1200, "día", "días") == "1,200 días"
    assert [wording.file_size(n) for n in (1, 312, 4096, 1_572_864)] == ["1 byte", "312 bytes", "4 KB", "1.5 MB"]
    assert wording.listing([]) == ""
    assert wording.listing(["pdf"]) == "pdf"
    assert wording.listing(["a", "b", "c"]) == "a, b y c"
    assert wording.listing(["padres", "hijos"]) == "padres e hijos"
    assert wording.listing(["agua", "hielo"]) == "agua y hielo"
