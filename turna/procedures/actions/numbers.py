"""Actions that take a number from a series of the institution."""

from __future__ import annotations

from django.utils.translation import gettext as _

from turna.core import folios
from turna.core.models import FolioSeries

from .calling import ACTIONS, ActionFailed, Context, Done


def take_number(context: Context, *kinds: str) -> str:
    """The next number of the institution's series that numbers one of `kinds`. Raises: ActionFailed."""
    series = FolioSeries.objects.select_related("institution").filter(institution=context.institution_id)
    found = next((row for kind in kinds for row in series.filter(kind=kind)), None)
    if found is None:
        raise ActionFailed(_("Falta la serie de folios «%(kind)s». Pídala a quien administra.") % {"kind": kinds[0]})
    return folios.take(found, at=context.now)


@ACTIONS.register("reporte.numerar")
def number_report(context: Context) -> Done:
    """Gives the service report its number, from the series that numbers reports."""
    number = context.number or take_number(context, "reporte")
    return Done(number=number, note=_("Reporte %(number)s") % {"number": number})


@ACTIONS.register("oficio.responder")
def answer_oficio(context: Context) -> Done:
    """Gives the answering oficio its number, from the series that numbers oficios."""
    number = context.number or take_number(context, "oficio")
    return Done(number=number, note=_("Oficio de respuesta %(number)s") % {"number": number})
