"""How often something was tried, for rate limits that hold across processes."""

from __future__ import annotations

from django.db import models


class Attempt(models.Model):
    """How many times one thing was tried in one stretch of time (`window`: its number since 1970).

    `key` is a keyed hash, so that nobody reads addresses here. Deleted when the stretch is past.
    Personal data: none that can be read.
    """

    key = models.CharField(max_length=64)
    window = models.BigIntegerField()
    expires_at = models.DateTimeField(db_index=True)
    count = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["key", "window"], name="attempt_once")]
