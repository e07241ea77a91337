"""`turna message FOLIO NAME`: the door for what other systems tell a case that waits (`espera`)."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError

from turna.core.rights import system_standing
from turna.procedures.models import Case
from turna.procedures.services import Refused, receive_message


class Command(BaseCommand):
    help = "Entrega a un expediente el mensaje de fuera que espera (pago.recibido…); el expediente sigue."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("folio", metavar="FOLIO", help="El folio del expediente.")
        parser.add_argument("name", metavar="MENSAJE", help="El nombre del mensaje, como lo escribe el manual.")
        parser.add_argument("--institution", metavar="CLAVE", help="La institución, si dos tienen ese folio.")
        parser.add_argument("--data", default="{}", help="Lo que dice el mensaje, en JSON; queda en el historial.")
        parser.add_argument("--act", type=UUID, help="UUID del envío: repetido, cuenta una vez.")

    def handle(self, *args: Any, **options: Any) -> None:
        case = _case(options["folio"], options["institution"])
        try:
            told = json.loads(options["data"])
        except ValueError as wrong:
            raise CommandError(f"--data no es JSON: {wrong}", returncode=2) from None
        if not isinstance(told, dict):
            raise CommandError('--data debe ser un objeto JSON, como {"monto": 5}.', returncode=2)
        try:
            done = receive_message(
                case.pk, options["name"], told, by=system_standing(case.institution_id), act=options["act"]
            )
        except Refused as refused:
            raise CommandError(refused.message, returncode=1) from None
        steps = ", ".join(t.step for t in done.opened) or done.outcome or "sigue en espera"
        self.stdout.write(f"{case.folio}: {'ya se había entregado' if done.repeated else steps}")


def _case(folio: str, institution: str | None) -> Case:
    rows = Case.objects.filter(folio=folio)
    if institution:
        rows = rows.filter(institution__key=institution)
    found = list(rows[:2])
    if len(found) != 1:
        several = "Dos instituciones tienen ese folio: diga cuál con --institution."
        raise CommandError(several if found else "Ese folio no existe.", returncode=1)
    return found[0]
