"""`turna worker`: terms, mail, summaries and tidying up; any number of them may run."""

from __future__ import annotations

import logging
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from turna.procedures.worker import Worker, run_once, stop_on_signals


class Command(BaseCommand):
    help = "Atiende los plazos, el correo y lo que corre por sí solo."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--once", action="store_true", help="una sola vuelta, y termina")
        parser.add_argument("--parent", type=int, default=0, help="termina cuando muere este proceso, que lo inició")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["once"]:
            for name, done in run_once().items():
                self.stdout.write(f"{name}: {done}")
            return
        if not logging.getLogger().handlers:
            logging.basicConfig(level=logging.INFO, format="%(asctime)s %(name)s %(levelname)s %(message)s")
        worker = Worker(parent=options["parent"])
        stop_on_signals(worker.stop)
        worker.run()
