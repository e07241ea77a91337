"""The worker's loop and what `turna serve` refuses; that jobs fire once is each job's own test."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta
from threading import Event, Thread
from time import monotonic, sleep

import pytest
from django.core.management import CommandError, call_command

from turna.core.calendar import now
from turna.core.models import AuditCheckpoint, Beat, Institution
from turna.core.registry import Registry
from turna.procedures import serving, worker
from turna.procedures.worker import JOBS, Job, Worker

pytestmark = pytest.mark.django_db


@pytest.fixture
def jobs(monkeypatch) -> Iterator[Registry[Job]]:
    own: Registry[Job] = Registry("prueba")
    monkeypatch.setattr(worker, "JOBS", own)
    # Closing the connection would end the test's own transaction.
    monkeypatch.setattr(worker, "close_old_connections", lambda: None)
    return own


def run_for(seconds: float, busy: Worker | None = None) -> Worker:
    busy = busy or Worker()
    thread = Thread(target=busy.run)
    thread.start()
    sleep(seconds)
    busy.stop.set()
    thread.join(5)
    assert not thread.is_alive()
    return busy


def test_a_failing_job_rests_and_the_others_go_on(jobs, caplog) -> None:
    ran, failed = [], []

    def break_down() -> int:
        failed.append(monotonic())
        raise RuntimeError("se cayó")

    jobs.add("bad", Job(break_down, 0.05))
    jobs.add("good", Job(lambda: ran.append(1) or 1, 0.05))
    run_for(0.9)
    assert len(ran) > 8
    assert 2 <= len(failed) <= 5, "it rests twice as long each time"
    assert failed[-1] - failed[-2] > failed[1] - failed[0]
    assert "se cayó" in caplog.text


def test_a_job_with_more_to_do_runs_again_at_once(jobs) -> None:
    waiting = [5, 5, 5, 2]
    took = []

    def take() -> int:
        took.append(waiting.pop(0) if waiting else 0)
        return took[-1]

    jobs.add("due", Job(take, 60, full=5))
    run_for(0.5)
    assert took == [5, 5, 5, 2]


def test_stops_soon_and_with_its_parent(jobs) -> None:
    jobs.add("slow", Job(lambda: 0, 3600))
    begin = monotonic()
    run_for(0.1)
    assert monotonic() - begin < 2
    gone = Worker(parent=os.getpid())  # its parent is somebody else
    gone.run()
    assert not gone.stop.is_set()


def test_one_round_of_the_real_jobs(settings, tmp_path, capsys) -> None:
    settings.FILES_DIR, settings.SMTP_URL = tmp_path, ""
    call_command("worker", "--once")
    said = capsys.readouterr().out
    assert [line.split(":")[0] for line in said.splitlines()] == list(JOBS)
    assert Beat.objects.filter(at__gt=now() - timedelta(minutes=1)).exists()


def test_the_audit_is_sealed_once_a_day(monkeypatch) -> None:
    called = []
    monkeypatch.setattr(worker.audit, "checkpoint", lambda: called.append(1))
    worker._checkpoint()
    AuditCheckpoint.objects.create(at=now() - timedelta(hours=25), last_entry=1, entries=1, digest="", seal="")
    worker._checkpoint()
    assert len(called) == 2
    AuditCheckpoint.objects.create(at=now() - timedelta(hours=2), last_entry=2, entries=2, digest="", seal="")
    assert worker._checkpoint() == 0 and len(called) == 2


def test_production_does_not_serve_published_passwords(settings) -> None:
    serving.refuse_unless_ready()
    Institution.objects.create(key="demo", name="Ayuntamiento de prueba", is_demo=True)
    serving.refuse_unless_ready()
    settings.TURNA_MODE = "production"
    with pytest.raises(CommandError, match="demostración"):
        serving.refuse_unless_ready()


def test_the_keeper_starts_a_dead_worker_again(monkeypatch) -> None:
    started = []
    real = subprocess.Popen

    def start(*_args, **_options):
        # The first dies at once, the second stays.
        started.append(real([sys.executable, "-c", f"import time; time.sleep({60 * len(started)})"]))
        return started[-1]

    monkeypatch.setattr(serving.subprocess, "Popen", start)
    keeper = serving.WorkerKeeper(stop=Event())
    keeper.start()
    until = monotonic() + 10
    while len(started) < 2 and monotonic() < until:
        sleep(0.05)
    keeper.end()
    assert len(started) == 2 and started[1].poll() is not None
