"""`turna serve`: seconds until it answers, and its memory over 10,000 requests."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.postgres import free_port

from .measure import Row

REQUESTS = 10_000


def answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=2) as answer:
            return answer.status == 200
    except OSError:
        return False


def tree_memory(pid: int) -> float:
    """Resident megabytes of a process and all below it (shared pages counted once each)."""
    total, queue = 0.0, [pid]
    while queue:
        one = queue.pop()
        try:
            rollup = Path(f"/proc/{one}/smaps_rollup").read_text()
            queue += [int(child) for child in Path(f"/proc/{one}/task/{one}/children").read_text().split()]
        except (FileNotFoundError, ProcessLookupError):
            continue
        total += next(int(line.split()[1]) for line in rollup.splitlines() if line.startswith("Pss:")) / 1024
    return round(total, 1)


def load(url: str, count: int) -> None:
    """`count` requests from four threads."""

    def some() -> None:
        for _ in range(count // 4):
            assert answers(url)

    threads = [threading.Thread(target=some) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


@contextmanager
def served(settings: str, *more: str) -> Iterator[tuple[str, int, float]]:
    """A running `turna serve` (with `more` options): its address, its process and the seconds until it answered."""
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": settings}
    turna = [sys.executable, "-m", "turna.config.cli"]
    if settings == "turna.config.settings":
        subprocess.run([*turna, "collectstatic", "--no-input", "-v0"], env=environment, check=True)
    begin = time.perf_counter()
    process = subprocess.Popen([*turna, "serve", "--port", str(port), *more], env=environment)
    try:
        while not answers(f"{url}/cuenta/login/"):
            assert time.perf_counter() - begin < 30, "the server does not answer"
            time.sleep(0.02)
        yield url, process.pid, time.perf_counter() - begin
    finally:
        process.terminate()
        process.wait(20)


def measure(database: str) -> list[Row]:
    with served("turna.config.settings") as (url, pid, start):
        load(f"{url}/cuenta/login/", 1_000)
        early = tree_memory(pid)
        load(f"{url}/cuenta/login/", REQUESTS - 1_000)
        late = tree_memory(pid)
    return [
        Row(f"serve_start/{database}/limit", round(start, 2), "s", None, [], "≤ 3"),
        Row(f"serve_memory/{database}/limit", late, "MB", round(late / early, 2), [early, late], "≤ 200, flat"),
    ]
