"""`turna demo`: migrates, installs the manuals, invents people and their last two months, and serves."""

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
from turna.procedures.demo.samples import read_samples
from turna.procedures.demo.stories import DAYS, tell_stories
from turna.procedures.services.packs import install_pack

TOWNS = {
    "veracruz-dmiga": ("turna.example", 0.4),
    "puebla-dge": ("puebla.example", 0.4),
    "agua-df07": ("agua.example", 0.1),
    "huatabampo": ("huatabampo.example", 0.06),
    "puebla-estado": ("estado.example", 0.04),
}
"""The manuals that are installed, each with the domain of its people and its share of the cases."""


class Command(BaseCommand):
    help = "Prepara la demostración y la sirve en http://localhost:8000 (solo con TURNA_MODE=demo)."

    told = 0

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--cases", type=int, default=260, help="cuántos expedientes inventar")
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
        if not Institution.objects.exists():
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
        """Installs the manuals and lives their last two months; without fsync, as it can be invented again."""
        if connection.vendor == "sqlite":
            connection.cursor().execute("PRAGMA synchronous=OFF")
        since = now() - timedelta(days=DAYS + 30)
        self.stdout.write("Instalando los manuales…")
        for pack, (domain, _share) in TOWNS.items():
            with clock_at(since):
                install_pack(settings.MANUALS_DIR / pack, system_standing(), note="Primera publicación en Turna")
            populate(Institution.objects.get(key=pack), (since - timedelta(days=400)).date(), domain)
        self.stdout.write("Inventando dos meses de trabajo…")
        for number, (pack, (_domain, share)) in enumerate(TOWNS.items()):
            self.live(pack, round(cases * share), number)
        self.stdout.write("\r  100 %\n")
        connection.close()  # the next one is durable again

    def live(self, pack: str, cases: int, number: int) -> None:
        institution = Institution.objects.get(key=pack)
        told = read_samples(settings.MANUALS_DIR / pack)
        player = Player(institution, Random(1519 + number), told.formats, told.reasons)  # noqa: S311 - a play
        tell_stories(
            institution,
            player,
            Casting(institution, player, told.areas),
            cases,
            lambda share: self.progress((number + share) / len(TOWNS)),
        )

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
