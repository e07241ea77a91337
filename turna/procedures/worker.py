"""What runs beside the pages: terms that run out, mail, summaries, tidying up. Any number of workers may run.

Every job takes its work from rows that it locks or leases (docs/adr/0003), so nothing is done twice and nothing is lost
with a worker that dies. Not here: what each job does.
"""

from __future__ import annotations

import ctypes
import logging
import os
import signal
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from threading import Event
from time import monotonic

from django.contrib.sessions.models import Session
from django.db import close_old_connections

from turna.core import audit
from turna.core.calendar import now
from turna.core.envelopes import destroy_old
from turna.core.files import sweep_orphans
from turna.core.health import beat
from turna.core.limits import forget_old
from turna.core.mail import blank_old_mail, send_waiting
from turna.core.models import AuditCheckpoint
from turna.core.notices import send_digests
from turna.core.registry import Registry
from turna.procedures.services.due import run_due

log = logging.getLogger("turna.worker")
DUE_LIMIT, MAIL_LIMIT = 200, 100
LONGEST_REST = 300.0
NIGHT = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class Job:
    """Something to be done every so many seconds. `run` returns how much it did; `full`: when it returns at least
    this much there is probably more, and it runs again at once. `first_after`: seconds after the worker's start."""

    run: Callable[[], int]
    seconds: float
    full: int = 0
    first_after: float = 0.0


JOBS: Registry[Job] = Registry("trabajos en segundo plano")
"""A domain adds its own in its `hooks.py`."""


def _beat() -> int:
    beat()
    return 0


def _checkpoint() -> int:
    """Seal the audit once a day, whoever of the workers comes first."""
    last = AuditCheckpoint.objects.order_by("-last_entry").values_list("at", flat=True).first()
    if last is not None and now() - last < NIGHT:
        return 0
    return int(audit.checkpoint() is not None)


def _forget_sessions() -> int:
    return Session.objects.filter(expire_date__lt=now()).delete()[0]


JOBS.add("beat", Job(_beat, 30))
JOBS.add("due", Job(lambda: run_due(now(), DUE_LIMIT).total, 2, full=DUE_LIMIT))
JOBS.add("mail", Job(lambda: send_waiting(MAIL_LIMIT), 3, full=MAIL_LIMIT))
JOBS.add("digests", Job(send_digests, 60, first_after=5))
JOBS.add("checkpoint", Job(_checkpoint, 3600, first_after=60))
JOBS.add("orphans", Job(sweep_orphans, 6 * 3600, first_after=600))
JOBS.add("old-mail", Job(blank_old_mail, 6 * 3600, first_after=660))
JOBS.add("limits", Job(forget_old, 3600, first_after=690))
JOBS.add("envelopes", Job(lambda: destroy_old(now()), 3600, first_after=120))
JOBS.add("sessions", Job(_forget_sessions, 6 * 3600, first_after=720))


@dataclass(slots=True)
class _Turn:
    """When a job is due next, and how often in a row it has failed."""

    job: Job
    at: float
    failures: int = 0


@dataclass(slots=True)
class Worker:
    """The loop: one job after another in this thread, until `stop` is set. A job that fails rests, ever longer; the
    others go on."""

    stop: Event = field(default_factory=Event)
    parent: int = 0
    """Process to stop with, when another one has started this worker."""
    _turns: dict[str, _Turn] = field(default_factory=dict)

    def run(self) -> None:
        """Until told to stop."""
        begun = monotonic()
        self._turns = {name: _Turn(job, begun + job.first_after) for name, job in JOBS.items()}
        log.info("En marcha: %s.", ", ".join(self._turns))
        while not self.stop.is_set() and not self._orphaned():
            self.stop.wait(max(self.step() - monotonic(), 0.05))
        log.info("Detenido.")

    def step(self) -> float:
        """Run what is due now; returns when the next job is."""
        for name, turn in self._turns.items():
            if turn.at <= monotonic() and not self.stop.is_set():
                self._take(name, turn)
        return min(turn.at for turn in self._turns.values())

    def _take(self, name: str, turn: _Turn) -> None:
        close_old_connections()
        try:
            done = turn.job.run()
        except Exception:
            turn.failures += 1
            log.exception("Falló «%s» (%d veces seguidas).", name, turn.failures)
            rest = min(turn.job.seconds * 2 ** min(turn.failures, 8), max(LONGEST_REST, turn.job.seconds))
        else:
            turn.failures = 0
            rest = 0.0 if turn.job.full and done >= turn.job.full else turn.job.seconds
        finally:
            close_old_connections()
        turn.at = monotonic() + rest

    def _orphaned(self) -> bool:
        return bool(self.parent) and os.getppid() != self.parent


def run_once() -> dict[str, int]:
    """Every job one time, in order; what each did. Raises what a job raises."""
    return {name: job.run() for name, job in JOBS.items()}


def stop_on_signals(stop: Event) -> None:
    """SIGTERM and SIGINT set `stop`; what is under way is finished first."""
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())


def die_with_parent() -> None:
    """Linux: this process gets SIGTERM when the one that started it dies, however that happens."""
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(1, signal.SIGTERM)
