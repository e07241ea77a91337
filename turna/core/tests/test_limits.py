"""Rate limits hold across threads, slide, and forget."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection

from turna.core import limits
from turna.core.calendar import clock_at
from turna.core.models import Attempt

NOON = datetime(2026, 6, 10, 18, tzinfo=UTC)


def tries(times: int, whose: str = "10.0.0.1") -> list[bool]:
    return [limits.allow("follow", whose, limit=10, seconds=600) for _ in range(times)]


@pytest.mark.django_db
def test_the_eleventh_try_is_refused_and_others_are_not():
    with clock_at(NOON):
        assert tries(11) == [True] * 10 + [False]
        assert tries(1, "10.0.0.2") == [True]
        assert limits.allow("login", "10.0.0.1", limit=10, seconds=600)
        assert limits.exhausted("follow", "10.0.0.1", limit=10, seconds=600)
        limits.forgive("follow", "10.0.0.1")
        assert tries(1) == [True]


@pytest.mark.django_db
def test_the_stretch_slides():
    with clock_at(NOON):
        tries(10)
    with clock_at(NOON + timedelta(minutes=11)):  # one minute into the next stretch: nine tenths still count
        assert tries(2) == [True, False]
    with clock_at(NOON + timedelta(minutes=25)):
        assert tries(1) == [True]


@pytest.mark.django_db
def test_old_counts_are_forgotten_and_no_address_is_kept():
    with clock_at(NOON):
        tries(1)
        assert "10.0.0.1" not in Attempt.objects.get().key
        assert limits.forget_old() == 0
    with clock_at(NOON + timedelta(hours=1)):
        assert limits.forget_old() == 1


@pytest.mark.django_db(transaction=True)
def test_eight_threads_get_ten_together():
    moment = NOON

    def many(_worker: int) -> int:
        try:
            with clock_at(moment):
                return sum(tries(5))
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(many, range(8))) == 10
