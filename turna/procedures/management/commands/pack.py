"""`turna pack check|install|move|test|defects|record`: packs from the command line."""

from __future__ import annotations

from argparse import ArgumentParser
from collections.abc import Callable
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from turna.core.rights import system_standing
from turna.engine.defects import report
from turna.engine.definitions import Finding, Pack
from turna.engine.stories import tell_all, untold
from turna.procedures.finding import NotFound, find_pack
from turna.procedures.models import Case, Procedure
from turna.procedures.recording import Untellable, as_yaml, record
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
    help = "Revisa, instala y prueba un manual, y dice qué tiene mal el publicado."
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
        test = acts.add_parser("test", help="Recorre las `pruebas` de cada procedimiento; sale con 0 o 1.")
        defects = acts.add_parser("defects", help="Qué tiene mal el manual publicado y cómo se lee aquí (Markdown).")
        for sub in (test, defects):
            sub.add_argument("pack", metavar="MANUAL", help="Su clave o su carpeta.")
        defects.add_argument("--out", type=Path, help="Archivo; sin él, la salida estándar.")
        record = acts.add_parser("record", help="Un expediente terminado como prueba, sin datos personales (YAML).")
        record.add_argument("folio", metavar="FOLIO", help="El de un expediente que ya terminó.")

    def handle(self, *args: Any, **options: Any) -> None:
        acts: dict[str, Callable[[], None]] = {
            "check": lambda: self.check_pack(options["folder"]),
            "install": lambda: self.install(options["folder"], options["note"]),
            "move": lambda: self.move(options["id"], options["decided"].split(","), options["note"]),
            "test": lambda: self.test(self.pack(options["pack"])),
            "defects": lambda: self.defects(self.pack(options["pack"]), options["out"]),
            "record": lambda: self.record(options["folio"]),
        }
        if options["act"] == "install" and options["plan"]:
            self.plan(options["folder"])
        else:
            acts[options["act"]]()

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

    def pack(self, name: str) -> Pack:
        try:
            return find_pack(name)
        except NotFound as missing:
            self.tell(Path(name), list(missing.findings))
            raise CommandError(str(missing), returncode=1) from None

    def test(self, pack: Pack) -> None:
        told = tell_all(pack)
        for story in told:
            self.stdout.write(f"{'mal ' if story.wrong else 'bien'}  {story.procedure}: {story.name}")
            for wrong in story.wrong:
                self.stdout.write(f"      {wrong}")
        missing = [(p.key, step, answer) for p in pack.procedures.values() for step, answer in untold(p)]
        for key, step, answer in missing:
            self.stdout.write(f"falta {key}: ninguna prueba contesta «{answer}» en la actividad {step}")
        failed = sum(bool(story.wrong) for story in told)
        self.stdout.write(f"{len(told)} pruebas, {failed} mal, {len(missing)} respuestas sin probar.")
        if failed:
            raise CommandError(f"{pack.key}: {failed} de {len(told)} pruebas salieron mal.", returncode=1)

    def defects(self, pack: Pack, out: Path | None) -> None:
        text = report(pack)
        if out is None:
            self.stdout.write(text)
        else:
            out.write_text(text, encoding="utf-8")

    def record(self, folio: str) -> None:
        case = Case.objects.select_related("institution").filter(folio=folio.strip()).first()
        if case is None:
            raise CommandError(f"No existe el expediente «{folio}».", returncode=1)
        try:
            self.stdout.write(as_yaml(record(case)))
        except Untellable as why:
            raise CommandError(str(why), returncode=1) from None
