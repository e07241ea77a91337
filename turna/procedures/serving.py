"""`turna serve`: one command for one machine: the pages, and a worker beside them.

Granian serves from a process of its own with a few threads; this process starts it, starts the worker, starts either
again should it die, and stops both. Not here: the worker's jobs (`worker`), what is served (`config.wsgi`).
"""

from __future__ import annotations

import logging
import os
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event, Thread
from typing import Any

from django.conf import settings
from django.contrib.staticfiles.storage import staticfiles_storage
from django.core.management.base import CommandError
from django.db import DatabaseError, connection, connections
from django.db.migrations.executor import MigrationExecutor
from django.utils.module_loading import import_string
from django.utils.translation import gettext as _
from granian.constants import Interfaces
from granian.server import Server

from turna.core.models import Institution
from turna.procedures.worker import die_with_parent

log = logging.getLogger("turna.serve")
STOP_SECONDS = 15.0
_CALM_SECONDS = 60.0


def refuse_unless_ready() -> None:
    """What must be so before anyone is served. Raises CommandError with what to do."""
    try:
        executor = MigrationExecutor(connection)
        pending = executor.migration_plan(executor.loader.graph.leaf_nodes())
    except DatabaseError as trouble:
        raise CommandError(_("La base de datos no responde: %s") % trouble) from trouble
    if pending:
        raise CommandError(_("Faltan %d actualizaciones de la base. Ejecute «turna migrate».") % len(pending))
    if settings.TURNA_MODE == "production" and Institution.objects.filter(is_demo=True).exists():
        told = _("Esta base contiene la institución de demostración, con contraseñas publicadas. Use otra base.")
        raise CommandError(told)
    manifest = getattr(staticfiles_storage, "manifest_name", "")
    if manifest and not (Path(settings.STATIC_ROOT) / manifest).exists():
        raise CommandError(_("Faltan los archivos estáticos. Ejecute «turna collectstatic --noinput»."))


def _load(dotted_name: str) -> Any:
    """Runs in the serving process: it must not outlive the one that watches over it."""
    die_with_parent()
    return import_string(dotted_name)


@dataclass(slots=True)
class WorkerKeeper:
    """Keeps one `turna worker` running in a process of its own."""

    stop: Event = field(default_factory=Event)
    process: subprocess.Popen[bytes] | None = None
    _thread: Thread | None = None

    def start(self) -> None:
        self._thread = Thread(target=self._keep, name="worker-keeper", daemon=True)
        self._thread.start()

    def _keep(self) -> None:
        # Not before the serving process has been forked off: a fork beside a busy thread may inherit its locks.
        self.stop.wait(0.3)
        rest = 1.0
        while not self.stop.is_set():
            self.process = subprocess.Popen(  # noqa: S603 (our own command line)
                [sys.executable, "-m", "turna.config.cli", "worker", f"--parent={os.getpid()}"]
            )
            lived = self._wait()
            if not self.stop.is_set():
                rest = 1.0 if lived > _CALM_SECONDS else min(rest * 2, _CALM_SECONDS)
                log.error("El trabajo en segundo plano terminó; se inicia de nuevo en %d s.", rest)
                self.stop.wait(rest)

    def _wait(self) -> float:
        """Until the process ends; how long it ran, in seconds."""
        waited = 0.0
        while self.process is not None and self.process.poll() is None and not self.stop.is_set():
            self.stop.wait(0.5)
            waited += 0.5
        return waited

    def end(self) -> None:
        """Stop the worker and wait until it has finished what it was doing."""
        self.stop.set()
        if self._thread is not None:
            self._thread.join(STOP_SECONDS)
        if self.process is not None and self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                self.process.kill()


def serve(host: str, port: int, *, threads: int = 4, worker: bool = True) -> None:
    """Serve until SIGTERM or SIGINT. Raises CommandError when the install is not ready."""
    refuse_unless_ready()
    # The serving process is a fork of this one and must open connections of its own.
    connections.close_all()
    server = Server(
        settings.WSGI_APPLICATION,
        address=host,
        port=port,
        interface=Interfaces.WSGI,
        workers=1,
        blocking_threads=threads,
        blocking_threads_idle_timeout=600,
        respawn_failed_workers=True,
        workers_kill_timeout=int(STOP_SECONDS),
        log_access=False,
    )
    keeper = WorkerKeeper()
    if worker:
        server.on_startup(keeper.start)
        server.on_shutdown(keeper.end)
    try:
        server.serve(target_loader=_load)
    finally:
        keeper.end()
