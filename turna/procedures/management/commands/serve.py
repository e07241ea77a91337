"""`turna serve`: the pages and the worker, on one machine."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from turna.procedures.serving import serve


class Command(BaseCommand):
    help = "Sirve las páginas, con el trabajo en segundo plano a su lado."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--host", default="127.0.0.1", help="dirección en la que escucha (127.0.0.1)")
        parser.add_argument("--port", type=int, default=8000, help="puerto (8000)")
        parser.add_argument("--threads", type=int, default=4, help="peticiones atendidas a la vez (4)")
        parser.add_argument("--no-worker", action="store_true", help="sin el trabajo en segundo plano")

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(f"Turna en http://{options['host']}:{options['port']}")
        self.stdout.flush()
        serve(options["host"], options["port"], threads=options["threads"], worker=not options["no_worker"])
