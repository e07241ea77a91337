"""Whether the install is well: what the health page and the probe show. Nothing here is changed but the beats."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path

from django.conf import settings
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.utils.translation import gettext as _

from turna.core import antivirus
from turna.core.calendar import now
from turna.core.models import AuditCheckpoint, Beat, OutboxMail

GOOD, ATTENTION, BAD = "good", "attention", "bad"
WORKER = "worker"
_STALE = timedelta(minutes=5)
_MAIL_LATE = timedelta(minutes=30)


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing looked at: how it is (`good`, `attention`, `bad`), and in words what to do."""

    name: str
    state: str
    words: str


def beat(name: str = WORKER) -> None:
    """Say that something that runs by itself is alive; the worker calls it every minute or so."""
    Beat.objects.update_or_create(name=name, defaults={"at": now()})


def database_answers() -> bool:
    """One small query; for a probe that is asked often."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
        return True
    except DatabaseError:
        return False


def examine(institution_id: int | None = None) -> list[Finding]:
    """Look at everything: database, migrations, disk, worker, mail, antivirus, audit seals."""
    return [
        _database(),
        _migrations(),
        _disk(),
        _worker(now()),
        _outbox(now(), institution_id),
        _antivirus(),
        _seals(now()),
    ]


def _database() -> Finding:
    name = partial(Finding, _("Base de datos"))
    if not database_answers():
        return name(BAD, _("No responde."))
    if connection.vendor == "sqlite":
        return name(GOOD, _("SQLite, en este equipo. Para más de unas decenas de personas conviene PostgreSQL."))
    return name(GOOD, _("PostgreSQL responde."))


def _migrations() -> Finding:
    name = partial(Finding, _("Actualizaciones de la base"))
    try:
        executor = MigrationExecutor(connection)
        pending = executor.migration_plan(executor.loader.graph.leaf_nodes())
    except DatabaseError:
        return name(BAD, _("No se pudo comprobar."))
    if pending:
        return name(BAD, _("Faltan %d. Ejecute «turna migrate».") % len(pending))
    return name(GOOD, _("Al día."))


def _disk() -> Finding:
    name = partial(Finding, _("Espacio en disco"))
    place = Path(settings.DATA_DIR)
    while not place.exists():
        place = place.parent
    usage = shutil.disk_usage(place)
    free, part = usage.free / 2**30, usage.free / usage.total
    words = _("Quedan %(free).1f GB (%(part)d %%) donde se guardan los archivos.") % {"free": free, "part": part * 100}
    if free < 1:
        return name(BAD, words)
    return name(ATTENTION if part < 0.1 else GOOD, words)


def _worker(moment: datetime) -> Finding:
    name = partial(Finding, _("Trabajos en segundo plano"))
    last = Beat.objects.filter(name=WORKER).values_list("at", flat=True).first()
    if last is None:
        return name(BAD, _("Nunca han corrido: los plazos no avisan y el correo no sale. Inicie «turna worker»."))
    minutes = int((moment - last).total_seconds() // 60)
    if moment - last > _STALE:
        return name(BAD, _("No dan señal desde hace %d minutos. Revise «turna worker».") % minutes)
    return name(GOOD, _("Corren; última señal hace %d minutos.") % minutes)


def _outbox(moment: datetime, institution_id: int | None) -> Finding:
    name = partial(Finding, _("Correo"))
    mails = OutboxMail.objects.filter(institution_id=institution_id) if institution_id else OutboxMail.objects.all()
    failed = mails.filter(status=OutboxMail.Status.FAILED).count()
    late = mails.filter(status__in=["queued", "sending"], created_at__lt=moment - _MAIL_LATE).count()
    if not settings.SMTP_URL:
        return name(ATTENTION, _("No hay servidor de correo configurado (TURNA_SMTP_URL): los correos esperan."))
    if failed or late:
        words = _("%(failed)d no se pudieron enviar y %(late)d llevan más de media hora en espera.")
        return name(ATTENTION, words % {"failed": failed, "late": late})
    return name(GOOD, _("Sale con normalidad."))


def _antivirus() -> Finding:
    name = partial(Finding, _("Antivirus"))
    if not antivirus.is_configured():
        return name(ATTENTION, _("No está configurado (TURNA_CLAMD): los archivos no se revisan."))
    if antivirus.is_reachable():
        return name(GOOD, _("Responde."))
    return name(BAD, _("No responde: por ahora no se reciben archivos."))


def _seals(moment: datetime) -> Finding:
    name = partial(Finding, _("Sellos de la auditoría"))
    last = AuditCheckpoint.objects.order_by("-last_entry").values_list("at", flat=True).first()
    if last is None:
        return name(ATTENTION, _("Todavía no hay ninguno. Se hace con «turna audit checkpoint»."))
    days = (moment - last).days
    if days >= 2:
        return name(ATTENTION, _("El último es de hace %d días.") % days)
    return name(GOOD, _("Hay un punto de control reciente."))
