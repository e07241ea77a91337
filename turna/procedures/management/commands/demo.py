"""`turna demo`: migrates, installs the manual, invents people and their last two months, and serves."""

from __future__ import annotations

from argparse import ArgumentParser
from datetime import timedelta
from pathlib import Path
from random import Random
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import connection

from turna.core.calendar import clock_at, now
from turna.core.models import Institution
from turna.core.rights import system_standing
from turna.procedures.demo.casting import Casting
from turna.procedures.demo.people import PASSWORD, accounts, populate
from turna.procedures.demo.player import Player
from turna.procedures.demo.samples import load, load_areas, load_reasons
from turna.procedures.demo.stories import DAYS, tell_stories
from turna.procedures.services.packs import install_pack

PACK = "veracruz-dmiga"


class Command(BaseCommand):
    help = "Prepara la demostración y la sirve en http://localhost:8000 (solo con TURNA_MODE=demo)."

    told = 0

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--cases", type=int, default=130, help="cuántos expedientes inventar")
        parser.add_argument("--host", default="127.0.0.1", help="dirección en la que escucha (127.0.0.1)")
        parser.add_argument("--port", type=int, default=8000, help="puerto (8000)")
        parser.add_argument("--no-serve", action="store_true", help="solo prepara los datos")

    def handle(self, *args: Any, **options: Any) -> None:
        if settings.TURNA_MODE != "demo":
            raise CommandError("La demostración solo corre con TURNA_MODE=demo: use «make demo».")
        Path(settings.DATA_DIR).mkdir(parents=True, exist_ok=True)
        call_command("migrate", verbosity=0)
        call_command("collectstatic", interactive=False, verbosity=0)
        done = Path(settings.DATA_DIR) / "demostracion-lista"
        if not Institution.objects.filter(key=PACK).exists():
            self.build(options["cases"])
            done.touch()
        elif not done.exists():
            raise CommandError(
                f"La demostración quedó a medias. Borre la carpeta {settings.DATA_DIR} y ejecute de nuevo «make demo»."
            )
        self.say()
        if not options["no_serve"]:
            call_command("serve", host=options["host"], port=options["port"])

    def build(self, cases: int) -> None:
        """Installs the pack and lives its last two months; without fsync, as it can be invented again."""
        if connection.vendor == "sqlite":
            connection.cursor().execute("PRAGMA synchronous=OFF")
        folder = settings.MANUALS_DIR / PACK
        self.stdout.write("Instalando el manual de Veracruz…")
        since = now() - timedelta(days=DAYS + 30)
        with clock_at(since):
            install_pack(folder, system_standing(), note="Primera publicación en Turna")
        institution = Institution.objects.get(key=PACK)
        populate(institution, (since - timedelta(days=400)).date())
        told = folder / "demostracion.yaml"
        text = told.read_text(encoding="utf-8") if told.exists() else ""
        self.stdout.write("Inventando dos meses de trabajo…")
        random = Random(1519)  # noqa: S311 - a play, not a secret
        player = Player(institution, random, load(text), load_reasons(text))
        tell_stories(institution, player, Casting(institution, player, load_areas(text)), cases, self.progress)
        self.stdout.write("\r  100 %\n")
        connection.close()  # the next one is durable again

    def progress(self, share: float) -> None:
        """Tells every tenth of the way, in one line where there is a terminal."""
        if int(share * 10) > self.told:
            self.told = int(share * 10)
            self.stdout.write(f"\r  {share:4.0%}", ending="")
            self.stdout.flush()

    def say(self) -> None:
        """Prints the accounts, as the log-in page shows them."""
        listed = accounts()
        width = max(len(account.position) for account in listed)
        self.stdout.write(f"\nCuentas de la demostración (contraseña de todas: {PASSWORD}):\n")
        for account in listed:
            self.stdout.write(f"  {account.position:<{width}}  {account.email}  ({account.name})")
        self.stdout.write("")
