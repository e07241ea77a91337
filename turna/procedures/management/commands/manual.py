"""`turna manual export PACK` and `turna manual format PACK/FORMAT`: the printed manual, and a blank form of it."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from turna.core.calendar import now
from turna.core.refusals import Refused
from turna.procedures.finding import NotFound, find_format, find_pack
from turna.procedures.printing.exporting import WRITERS, format_file, manual_file


class Command(BaseCommand):
    help = "Imprime un manual completo (export) o uno de sus formatos en blanco (format)."
    requires_system_checks: list[str] = []  # noqa: RUF012 - Django's own spelling

    def add_arguments(self, parser: ArgumentParser) -> None:
        acts = parser.add_subparsers(dest="act", required=True)
        export = acts.add_parser("export", help="Escribe el manual completo.")
        export.add_argument("id", metavar="MANUAL", help="Su nombre, o la ruta de su carpeta.")
        export.add_argument("--format", choices=list(WRITERS), default="pdf", help="En qué (pdf).")
        blank = acts.add_parser("format", help="Escribe un formato en blanco, en PDF.")
        blank.add_argument("id", metavar="MANUAL/FORMATO", help="El manual y la clave del formato.")
        for sub in (export, blank):
            sub.add_argument("--out", type=Path, help="Archivo; sin él, MANUAL.FORMATO o FORMATO.pdf en esta carpeta.")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            name, data = self.made(options)
        except NotFound as missing:
            lines = "\n".join(str(f) for f in missing.findings)
            raise CommandError(f"{missing}\n{lines}".strip(), returncode=1) from None
        except Refused as refused:
            raise CommandError(refused.message, returncode=1) from None
        out: Path = options["out"] or Path(name)
        out.write_bytes(data)
        self.stdout.write(f"{out}: {len(data):,} bytes")

    def made(self, options: dict[str, Any]) -> tuple[str, bytes]:
        """The file's own name, and what stands in it."""
        if options["act"] == "format":
            pack, form = find_format(options["id"])
            return f"{form.key}.pdf", format_file(pack, form, now())
        pack = find_pack(options["id"])
        return f"{pack.key}.{options['format']}", manual_file(pack, options["format"], now())
