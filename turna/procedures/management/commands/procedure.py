"""`turna procedure export|paths|run ID`: a procedure as JSON, Markdown, SVG or PDF, its paths, and a walk on paper."""

from __future__ import annotations

import json
import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from turna.core.calendar import now
from turna.core.refusals import Refused
from turna.engine import exporting, flowchart, walking
from turna.engine.flow import IllegalAct
from turna.procedures.finding import Found, NotFound, find_procedure, packs_on_disk
from turna.procedures.printing.exporting import procedure_file


class Command(BaseCommand):
    help = "Exporta un procedimiento, lista sus caminos o lo recorre. ID: MANUAL/PROCEDIMIENTO o una ruta."
    requires_system_checks: list[str] = []  # noqa: RUF012 - Django's own spelling

    def add_arguments(self, parser: ArgumentParser) -> None:
        acts = parser.add_subparsers(dest="act", required=True)
        export = acts.add_parser("export", help="Escribe el procedimiento en otro formato.")
        paths = acts.add_parser("paths", help="Caminos que juntos pasan por todas las flechas, uno por renglón.")
        run = acts.add_parser("run", help="Recorre el procedimiento con estas respuestas y dice por dónde pasa.")
        for sub in (export, paths, run):
            told = "MANUAL/PROCEDIMIENTO, o la ruta de uno en el disco."
            sub.add_argument("id", metavar="ID", nargs="?" if sub is export else None, default="", help=told)
        export.add_argument("--all", action="store_true", help="Todos los de la carpeta de manuales, uno por archivo.")
        kinds = ["json", "md", "svg", "pdf"]
        export.add_argument("--format", choices=kinds, default="json", help="En qué (json).")
        export.add_argument("--out", type=Path, help="Archivo (con --all, carpeta); sin él, la salida estándar.")
        run.add_argument("--answers", default="", help="sí,no,sí… en el orden de las preguntas.")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["act"] == "export" and options["all"]:
            self.export_all(options["format"], options["out"])
            return
        try:
            found = find_procedure(options["id"])
        except NotFound as missing:
            lines = "\n".join(str(f) for f in missing.findings)
            raise CommandError(f"{missing}\n{lines}".strip(), returncode=1) from None
        if options["act"] == "export":
            self.export(found, options["format"], options["out"])
        elif options["act"] == "paths":
            for path in walking.cover(found.procedure):
                self.stdout.write(str(path))
        else:
            self.run(found, options["answers"])

    def export_all(self, form: str, folder: Path | None) -> None:
        """One file per procedure of every pack on disk: `MANUAL__PROCEDIMIENTO.json`."""
        if folder is None:
            raise CommandError("Con --all diga en qué carpeta: --out CARPETA.", returncode=1)
        folder.mkdir(parents=True, exist_ok=True)
        try:
            packs = packs_on_disk()
        except NotFound as missing:
            raise CommandError("\n".join([str(missing), *map(str, missing.findings)]), returncode=1) from None
        found = [Found.of(pack, procedure) for pack in packs for procedure in pack.procedures.values()]
        for one in found:
            self.export(one, form, folder / f"{one.procedure.pack}__{one.procedure.key}.{form}")
        self.stdout.write(f"{len(found)} procedimientos en {folder}.")

    def export(self, found: Found, form: str, out: Path | None) -> None:
        # A pack that nobody has published yet would become version 1.
        version = found.version or 1
        if form == "pdf":
            self.print(found, out)
            return
        if form == "json":
            text = json.dumps(exporting.to_json(found.procedure, version), ensure_ascii=False, indent=2)
        elif form == "md":
            text = exporting.to_markdown(found.procedure, version, found.names)
        else:
            text = flowchart.draw(found.procedure, names=found.names).svg
        if out is None:
            self.stdout.write(text)
        else:
            out.write_text(text.rstrip("\n") + "\n", encoding="utf-8")

    def print(self, found: Found, out: Path | None) -> None:
        try:
            data = procedure_file(found.pack, found.procedure, "pdf", now())
        except Refused as refused:
            raise CommandError(refused.message, returncode=1) from None
        if out is None:
            sys.stdout.buffer.write(data)
        else:
            out.write_bytes(data)

    def run(self, found: Found, answers: str) -> None:
        """Prints the activities visited, one per line, and where it ended or what is still open."""
        try:
            walk = walking.walk(found.procedure, walking.read_answers(answers))
        except IllegalAct as wrong:
            raise CommandError(str(wrong), returncode=1) from None
        self.stdout.write(" → ".join([*walk.visited, *(["fin"] if walk.ended else [])]))
        if walk.ended:
            self.stdout.write(f"resultado: {walk.outcome}")
        else:
            self.stdout.write(f"pendiente: {', '.join(walk.pending)}")
        if walk.unused:
            self.stderr.write(f"respuestas que nadie pidió: {', '.join(walk.unused)}")
