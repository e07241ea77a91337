"""The request as views see it: which institution it concerns and what the person may do. Filled by `middleware`."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest

CHOSEN = "institution"
"""Where the session keeps the key of the institution that a visitor chose."""


class Request(HttpRequest):
    """`standing` is None for somebody without an account. `person` exists only behind `login_required`.

    `institution` and `standing` are read from the database when first used, so a request that needs neither pays
    for neither. A type for views to name: nobody makes one.
    """

    institution: Any
    standing: Any
    htmx: bool


def institution_id(request: HttpRequest) -> int:
    """The institution this request concerns (`middleware` says which); 0 when there is none yet."""
    institution = getattr(request, "institution", None)
    return int(institution.pk) if institution else 0
