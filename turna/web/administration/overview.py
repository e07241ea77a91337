"""The administration's first page, the health page, and the probe that a machine asks."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from turna.core import health as core_health
from turna.core.models import Appointment, FolioSeries, OutboxMail, Person, Position, Unit
from turna.web.requests import Request

from .access import ANY_RIGHT, administration_page, page


@administration_page(*ANY_RIGHT)
@require_safe
def administration(request: Request) -> HttpResponse:
    own = {"institution": request.institution}
    filled = Appointment.objects.filter(**own).values("position")
    counts = [
        (_("Unidades vigentes"), Unit.objects.filter(is_active=True, **own).count()),
        (_("Puestos vigentes"), Position.objects.filter(is_active=True, **own).count()),
        (
            _("Puestos que nadie ha ocupado"),
            Position.objects.filter(is_active=True, **own).exclude(pk__in=filled).count(),
        ),
        (_("Cuentas activas"), Person.objects.filter(is_active=True, **own).count()),
        (_("Series de folios"), FolioSeries.objects.filter(**own).count()),
        (_("Correos que no salieron"), OutboxMail.objects.filter(status="failed", **own).count()),
    ]
    return page(request, "overview", "", {"counts": counts})


@administration_page("audit.read", "mail.read")
@require_safe
def health(request: Request) -> HttpResponse:
    return page(request, "health", "admin_health", {"findings": core_health.examine()})


@never_cache
@require_safe
def probe(request: HttpRequest) -> HttpResponse:
    """For a machine: 200 and "ok" while the database answers, 503 otherwise. Tells nothing else to a stranger."""
    well = core_health.database_answers()
    return HttpResponse("ok" if well else "mal", status=200 if well else 503, content_type="text/plain; charset=utf-8")
