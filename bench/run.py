"""The benchmarks of one database; run by `bench.__main__` in a process of its own."""

from __future__ import annotations

import json
import os
import statistics
import sys
import time
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

import django

from .floor import PostgresHand, SqliteHand
from .measure import Row, against, in_turns

CASES = 40
LOOKS = 40


def engine_rows(database: str) -> list[Row]:
    """Completing a task: ours against the floor and, on PostgreSQL, against the peers; on SQLite against the SQL."""
    from .ours import Ours
    from .viewflow_peer import Viewflow

    ours = Ours()
    what = f"complete_task/{database}"
    if database == "sqlite":
        path = Path(os.environ["TURNA_DATA_DIR"]) / "bare.sqlite3"
        runs = in_turns({"turna": ours.cases(CASES), "bare": SqliteHand(path).cases(CASES)})
        return against(what, runs, "turna", "steps/s", {"bare": "≥ 0.3"})
    from .spiff import Spiff

    url = os.environ["DATABASE_URL"]
    contenders = {
        "turna": ours.cases(CASES),
        "floor": PostgresHand(url).cases(CASES),
        "spiffworkflow": Spiff(url).cases(CASES // 2),
        "viewflow": Viewflow(ours.person("ventanilla")).cases(CASES // 8),
    }
    goals = {"floor": "≥ 1.0", "spiffworkflow": "≥ 2.0", "viewflow": "≥ 6.0"}
    return against(what, in_turns(contenders), "turna", "steps/s", goals)


def http_rows(database: str) -> list[Row]:
    """An authenticated completion over HTTP against an authenticated POST that does nothing, by one `turna serve`."""
    from .http import Browser
    from .serving import served

    # What the worker does afterwards (telling people) is not part of the request.
    with served("bench.settings", "--no-worker") as (url, _, _):
        browser = Browser(url)
        runs = in_turns({"turna": browser.completions(100), "nothing": browser.nothings(100)})
    ratios = [other / mine for mine, other in zip(runs["turna"], runs["nothing"], strict=True)]
    value = statistics.median(runs["turna"])
    row = Row(
        f"http_complete/{database}/nothing", value, "requests/s", round(statistics.median(ratios), 2), ratios, "≤ 2.0"
    )
    return [row]


def timed(look: Callable[[], None]) -> float:
    """Median milliseconds of one look, after a warm-up."""
    times = []
    for turn in range(LOOKS + 5):
        begin = time.perf_counter()
        look()
        if turn >= 5:
            times.append((time.perf_counter() - begin) * 1000)
    return round(statistics.median(times), 2)


def growth_rows(database: str) -> list[Row]:
    """Inbox and folio search at 1,000, 100,000 and 1,000,000 cases: milliseconds, and last ÷ first."""
    from .fill import fill
    from .http import Reader
    from .ours import Ours

    ours = Ours()
    version = ours.procedure.versions.get(valid_until=None)
    most = int(os.environ["BENCH_MOST"])
    times: dict[str, list[float]] = {}
    queries: dict[str, list[int]] = {}
    filled = 0
    for size in [size for size in (1_000, 100_000, 1_000_000) if size <= most]:
        fill(ours.institution.pk, ours.procedure.pk, version.pk, size, already=filled)
        filled = size
        reader = Reader(ours.institution.pk)
        for name, look in reader.looks(size).items():
            times.setdefault(name, []).append(timed(look))
            queries.setdefault(name, []).append(reader.queries(look))
        print(f"  {database} {size:,}: {times} {queries}", file=sys.stderr)
    rows = []
    for name, found in times.items():
        assert len(set(queries[name])) == 1, f"{name}: the number of queries grows: {queries[name]}"
        # Words have no goal: a word that stands in every case costs what its length says.
        goal = "" if name == "search_words" else "≤ 1.5"
        growth = round(found[-1] / found[0], 2)
        row = Row(f"{name}/{database}/1000-to-{filled}", found[-1], "ms", growth, found, goal)
        rows += [row, Row(f"{name}_queries/{database}/limit", queries[name][-1], "queries", None, [], "≤ 12")]
    return rows


def serve_rows(database: str) -> list[Row]:
    from .serving import measure

    return measure(database)


def main(database: str, result: str) -> None:
    django.setup()
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    rows = [*engine_rows(database), *http_rows(database), *growth_rows(database), *serve_rows(database)]
    Path(result).write_text(json.dumps([asdict(row) for row in rows]))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
