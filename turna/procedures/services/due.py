"""The worker's sweep: what has run out or must be announced. Each fires once though several workers sweep."""

from __future__ import annotations

from datetime import datetime


def run_due(now: datetime, limit: int) -> int:
    """Fire at most `limit` of what is due at `now`; returns how many were."""
    return 0
