"""What an activity's action knows before anybody types: the figures of a report (`PREPARATIONS`). Reads only."""

from __future__ import annotations

import logging
from datetime import datetime

from ..actions import PREPARATIONS, Prepared
from ..definitions import Definition
from ..models import Case

log = logging.getLogger(__name__)


def prepared(definition: Definition, form: str, case: Case, moment: datetime) -> Prepared:
    """What stands in a fresh sheet of the case besides what its fields ask for; empty when nothing prepares it."""
    for activity in definition.procedure.activities:
        prepare = PREPARATIONS.find(activity.action or "")
        if activity.form == form and prepare is not None:
            try:
                return prepare(definition, activity, case, moment)
            except ValueError:  # the manual's words: the page opens all the same, and the act says what is wrong
                log.exception("%s, actividad %s: la acción no se entiende", definition.procedure.key, activity.step)
    return Prepared()
