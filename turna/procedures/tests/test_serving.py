"""`turna serve` as a process: it comes up, mends itself, stops cleanly and leaves nobody behind."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from time import monotonic, sleep
from urllib.error import HTTPError
from urllib.request import urlopen

import pytest

CORE = Path(__file__).resolve().parents[2] / "core"
pytestmark = [
    pytest.mark.faults,
    pytest.mark.skipif(not list((CORE / "migrations").glob("0001*")), reason="needs the migrations"),
    pytest.mark.skipif(sys.platform != "linux", reason="reads /proc"),
]
TURNA = [sys.executable, "-m", "turna.config.cli"]


@pytest.fixture
def surroundings(tmp_path: Path) -> dict[str, str]:
    """An install of its own, on an embedded database."""
    own = {"TURNA_MODE": "demo", "TURNA_DATA_DIR": str(tmp_path), "TURNA_LOG_LEVEL": "INFO", "DATABASE_URL": ""}
    told = {**os.environ, **own}
    for command in (["migrate", "-v", "0"], ["collectstatic", "--noinput", "-v", "0"]):
        subprocess.run([*TURNA, *command], env=told, check=True, timeout=120)
    return told


class Served:
    def __init__(self, surroundings: dict[str, str]) -> None:
        with socket.create_server(("127.0.0.1", 0)) as probe:
            self.port = probe.getsockname()[1]
        self.process = subprocess.Popen([*TURNA, "serve", "--port", str(self.port)], env=surroundings)

    def answers(self, within: float = 20.0) -> bool:
        until = monotonic() + within
        while monotonic() < until:
            try:
                with urlopen(f"http://127.0.0.1:{self.port}/cuenta/login/", timeout=2) as answer:
                    return answer.status == 200
            except HTTPError:
                return False
            except OSError:
                sleep(0.05)
        return False

    def children(self) -> dict[str, int]:
        """The serving process and the worker, by name."""
        found = {}
        for task in Path("/proc", str(self.process.pid), "task").iterdir():
            for child in (task / "children").read_text().split():
                words = Path("/proc", child, "cmdline").read_bytes().split(b"\0")
                found["worker" if b"worker" in words else "web"] = int(child)
        return found

    def both(self, but_not: int = 0) -> dict[str, int]:
        """Wait until both run, and the dead one has been replaced."""
        until = monotonic() + 30
        while monotonic() < until:
            found = self.children()
            if len(found) == 2 and but_not not in found.values():
                return found
            sleep(0.1)
        raise AssertionError("somebody is missing")


@pytest.fixture
def served(surroundings) -> Iterator[Served]:
    served = Served(surroundings)
    try:
        assert served.answers()
        yield served
    finally:
        served.process.kill()
        served.process.wait(10)


def gone(pids: list[int], within: float = 15.0) -> bool:
    until = monotonic() + within
    while monotonic() < until:
        if not any(Path("/proc", str(pid)).exists() and _runs(pid) for pid in pids):
            return True
        sleep(0.1)
    return False


def _runs(pid: int) -> bool:
    try:
        return Path("/proc", str(pid), "stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def test_what_dies_comes_back_and_a_stop_is_clean(served: Served) -> None:
    web = served.both()["web"]
    os.kill(web, signal.SIGKILL)
    worker = served.both(but_not=web)["worker"]
    assert served.answers()
    os.kill(worker, signal.SIGKILL)
    running = served.both(but_not=worker)
    served.process.terminate()
    assert served.process.wait(20) == 0
    assert gone(list(running.values()))


def test_nobody_outlives_a_killed_server(served: Served) -> None:
    running = list(served.both().values())
    served.process.kill()
    assert gone(running)
