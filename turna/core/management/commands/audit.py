"""`turna audit verify` and `turna audit checkpoint`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser
from django.db import connection
from django.utils.translation import gettext as _

from turna.core import audit
from turna.core.models import AuditEntry


class Command(BaseCommand):
    help = "Comprueba la historia sellada (verify), o sella lo que va de ella (checkpoint)."

    def add_arguments(self, parser: CommandParser) -> None:
        verbs = parser.add_subparsers(dest="verb", required=True, metavar="verify|checkpoint")
        verify = verbs.add_parser("verify", help="comprueba cada registro; sale con 1 si algo no coincide y dice dónde")
        verify.add_argument("--kind", help="solo las cadenas de esta clase, por ejemplo case")
        verify.add_argument("--chain", type=int, help="solo esta cadena (con --kind)")
        verbs.add_parser("checkpoint", help="sella todos los registros hasta ahora")

    def handle(self, *args: Any, **options: Any) -> None:
        if self._nothing_yet():
            self.stdout.write(_("Esta instalación todavía no tiene datos: no hay nada que comprobar."))
            return
        if options["verb"] == "checkpoint":
            self._checkpoint()
        else:
            self._verify(options["kind"], options["chain"])

    def _nothing_yet(self) -> bool:
        """A fresh checkout: the embedded database has never been made. A database that was named must answer."""
        embedded = settings.DATABASES["default"]["NAME"] if connection.vendor == "sqlite" else ""
        return bool(embedded) and not Path(str(embedded)).exists()

    def _checkpoint(self) -> None:
        sealed = audit.checkpoint()
        if sealed is None:
            self.stdout.write(_("Todavía no hay registros que sellar."))
            return
        self.stdout.write(
            _("Sellados %(entries)d registros (hasta el %(last)d). Sello: %(seal)s")
            % {"entries": sealed.entries, "last": sealed.last_entry, "seal": sealed.seal}
        )

    def _verify(self, kind: str | None, chain: int | None) -> None:
        breaks = 0
        for found in audit.verify(kind, chain):
            breaks += 1
            self.stdout.write(str(found))
        if breaks:
            self.stderr.write(_("La auditoría no está íntegra: %d diferencias.") % breaks)
            sys.exit(1)
        self.stdout.write(_("La auditoría está íntegra: %d registros.") % AuditEntry.objects.count())
