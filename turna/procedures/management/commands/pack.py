"""`turna pack check DIR`, `turna pack install DIR [--plan] [--note]` and `turna pack move ID`: packs from the command
line."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from turna.core.rights import system_standing
from turna.engine.definitions import Finding
from turna.procedures.models import Case, Procedure
from turna.procedures.services import (
    PackPlan,
    PackRefused,
    Refused,
    check_folder,
    install_pack,
    move_open_cases,
    plan_pack,
)

MOVED = {"moves": "pasó a la versión en vigor", "stays": "se queda", "decide": "falta decidir (--decided FOLIO)"}
VERDICTS = {"moves": "puede pasar", "stays": "se queda", "decide": "hay que decidir"}


class Command(BaseCommand):
    help = "Revisa un manual (check), lo instala (install) o pasa sus expedientes a la versión en vigor (move)."
    requires_system_checks: list[str] = []  # noqa: RUF012 - Django's own spelling

    def add_arguments(self, parser: ArgumentParser) -> None:
        acts = parser.add_subparsers(dest="act", required=True)
        check = acts.add_parser("check", help="Dice todo lo que está mal: ARCHIVO:LÍNEA: …; sale con 0 o 1.")
        install = acts.add_parser("install", help="Publica el manual; nada si tiene un error.")
        for sub in (check, install):
            sub.add_argument("folder", metavar="DIR", type=Path, help="Carpeta del manual.")
        install.add_argument("--plan", action="store_true", help="Solo dice qué pasaría con cada expediente abierto.")
        install.add_argument("--note", default="", help="Qué cambió, para el control de cambios.")
        move = acts.add_parser("move", help="Pasa los expedientes abiertos de un procedimiento a su versión en vigor.")
        move.add_argument("id", metavar="ID", help="MANUAL/PROCEDIMIENTO")
        move.add_argument("--decided", default="", help="Folios que pasan aunque hubiera que decidir, con comas.")
        move.add_argument("--note", default="", help="Por qué, para el historial de cada expediente.")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["act"] == "move":
            self.move(options["id"], options["decided"].split(","), options["note"])
            return
        folder: Path = options["folder"]
        if options["act"] == "check":
            self.check_pack(folder)
        elif options["plan"]:
            self.plan(folder)
        else:
            self.install(folder, options["note"])

    def check_pack(self, folder: Path) -> None:
        pack, findings = check_folder(folder)
        self.tell(folder, findings)
        errors = sum(f.severity == "error" for f in findings)
        if pack is None or errors:
            raise CommandError(f"{folder}: {errors} {'error' if errors == 1 else 'errores'}.", returncode=1)
        count = len(pack.procedures)
        self.stdout.write(f"{folder}: sin errores; {count} procedimientos, {len(pack.formats)} formatos.")

    def tell(self, folder: Path, findings: list[Finding]) -> None:
        for finding in findings:
            self.stdout.write(f"{folder}/{finding}" if folder.is_dir() else str(finding))

    def plan(self, folder: Path) -> None:
        pack, findings = check_folder(folder)
        if pack is None:
            self.tell(folder, findings)
            raise CommandError("El manual tiene errores; no se instalaría nada.", returncode=1)
        self.tell_plan(plan_pack(pack))

    def tell_plan(self, plan: PackPlan) -> None:
        for title, keys in (("nuevos", plan.new), ("cambian", plan.changed), ("ya no están", plan.gone)):
            if keys:
                self.stdout.write(f"Procedimientos que {title}: {', '.join(keys)}")
        if not (plan.new or plan.changed or plan.gone):
            self.stdout.write("Ningún procedimiento cambia.")
        for case in plan.cases:
            self.stdout.write(f"{case.folio} ({case.procedure}): {VERDICTS[case.verdict]}. {case.why}")

    def install(self, folder: Path, note: str) -> None:
        try:
            done = install_pack(folder, system_standing(), note)
        except PackRefused as refused:
            self.tell(folder, refused.findings)
            raise CommandError(refused.message, returncode=1) from None
        for key, number in done.versions:
            self.stdout.write(f"{key}: versión {number}")
        for key in done.gone:
            self.stdout.write(f"{key}: ya no se inicia")
        count = len(done.versions)
        self.stdout.write(f"Edición {done.release} instalada; {count} procedimientos cambiaron.")

    def move(self, identity: str, decided: list[str], note: str) -> None:
        """Says, of each open case that was on another version, what became of it."""
        pack, _, key = identity.strip("/").rpartition("/")
        row = Procedure.objects.filter(pack=pack, key=key).first()
        if row is None:
            raise CommandError(f"No está instalado «{identity}». Escriba MANUAL/PROCEDIMIENTO.", returncode=1)
        folios = [folio.strip() for folio in decided if folio.strip()]
        chosen = list(Case.objects.filter(procedure=row, folio__in=folios).values_list("pk", flat=True))
        try:
            done = move_open_cases(row.pk, system_standing(row.institution_id), decided=chosen, note=note)
        except Refused as refused:
            raise CommandError(refused.message, returncode=1) from None
        for case in done:
            self.stdout.write(f"{case.folio}: {MOVED[case.verdict]}. {case.why}")
        moved = sum(case.verdict == "moves" for case in done)
        self.stdout.write(f"{moved} de {len(done)} expedientes pasaron.")
