"""A series has no gap and no double, whoever takes at once and whatever is rolled back."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import pytest
from django.db import connection, transaction
from django.db.transaction import TransactionManagementError

from turna.core import folios
from turna.core.models import AuditEntry, FolioCounter, FolioSeries
from turna.core.refusals import Refused
from turna.core.tests import factories as make

NEW_YEAR = datetime(2027, 1, 1, 3, tzinfo=UTC)  # still 2026 in Mexico City
LATER = datetime(2027, 1, 1, 12, tzinfo=UTC)


@pytest.mark.django_db
def test_folios_count_and_begin_anew_each_year_of_the_institution():
    series = make.make_series(make.make_institution(), pattern="DMIGA/{año}/{n:05}")
    assert [folios.take(series, at=NEW_YEAR) for _ in range(2)] == ["DMIGA/2026/00001", "DMIGA/2026/00002"]
    assert folios.take(series, at=LATER) == "DMIGA/2027/00001"


@pytest.mark.django_db
def test_a_series_that_does_not_begin_anew():
    series = make.make_series(make.make_institution(), pattern="R-{n}", is_yearly=False)
    assert [folios.take(series, at=moment) for moment in (NEW_YEAR, LATER)] == ["R-1", "R-2"]


@pytest.mark.django_db(transaction=True)
def test_a_folio_is_taken_inside_a_transaction():
    series = make.make_series(make.make_institution())
    with pytest.raises(TransactionManagementError):
        folios.take(series)


class Changed(Exception):
    """Somebody thought better of it."""


@pytest.mark.django_db(transaction=True)
def test_eight_at_once_with_rollbacks_leave_no_gap_and_no_double():
    series = make.make_series(make.make_institution(), pattern="{n}/{año}")
    series = FolioSeries.objects.select_related("institution").get(pk=series.pk)

    def taker(worker: int) -> list[int]:
        kept = []
        try:
            for turn in range(25):
                try:
                    with transaction.atomic():
                        folio = folios.take(series, at=LATER)
                        if (worker + turn) % 5 == 0:
                            raise Changed
                    kept.append(int(folio.split("/")[0]))
                except Changed:
                    pass
        finally:
            connection.close()
        return kept

    with ThreadPoolExecutor(8) as pool:
        taken = [number for kept in pool.map(taker, range(8)) for number in kept]
    assert len(taken) == 8 * 20
    assert sorted(taken) == list(range(1, 161))
    assert FolioCounter.objects.get().last == 160


@pytest.mark.parametrize(
    ("pattern", "good"),
    [
        ("DMIGA/{año}/{n:05}", True),
        ("{n}", True),
        ("DMIGA/{año}", False),
        ("{n}{otro}", False),
        ("{n.__class__}", False),
        ("{n", False),
        ("{n:zz}", False),
        ("{n:070}", False),
        ("{}", False),
    ],
)
def test_a_bad_pattern_is_refused_with_words(pattern, good):
    assert (folios.pattern_problem(pattern) == "") is good


@pytest.mark.django_db
def test_defining_a_series_needs_the_right_and_is_audited():
    person, by = make.make_official("calendar.manage")
    series = folios.create_series(by, person.institution, key="oficios", kind="oficio", pattern="OF/{año}/{n:04}")
    assert folios.preview(series.pattern, year=2026) == "OF/2026/0042"
    folios.change_pattern(by, series, "OFICIO/{año}/{n}")
    assert list(AuditEntry.objects.order_by("seq").values_list("action", flat=True)) == [
        "folios.series_created",
        "folios.pattern_changed",
    ]
    with pytest.raises(Refused, match="clave"):
        folios.create_series(by, person.institution, key="oficios", kind="oficio", pattern="X{año}{n}")
    with pytest.raises(Refused, match="repetiría"):
        folios.create_series(by, person.institution, key="vales", kind="vale", pattern="V{n}")
    _stranger, without = make.make_official(institution=person.institution)
    with pytest.raises(Refused) as refusal:
        folios.change_pattern(without, series, "Z/{año}/{n}")
    assert refusal.value.code == "not_allowed"
