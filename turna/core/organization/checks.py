"""What every service of the org chart asks first."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from turna.core.refusals import Refused
from turna.core.rights import Standing

MANAGE = "organization.manage"


def own(by: Standing, institution_id: int | None) -> None:
    """Raises Refused("not_allowed") for another institution's rows; who administers the install may touch all."""
    if by.institution_id != institution_id and not by.administers:
        raise Refused("not_allowed", _("Esto pertenece a otra institución."))


def invalid(field: str, words: str) -> Refused:
    return Refused("invalid_form", words, {field: words})


@contextmanager
def unless_taken(field: str, words: str) -> Iterator[None]:
    """One transaction; a row that the database refuses as repeated becomes a refusal of that field."""
    try:
        with transaction.atomic():
            yield
    except IntegrityError:
        raise invalid(field, words) from None
