"""How a service says no. One exception for every room; pages show its message, they do not invent their own."""

from __future__ import annotations

from collections.abc import Mapping


class Refused(Exception):
    """An act that is not done. `code` is for code, `message` (Spanish) for people, `fields` per form field."""

    def __init__(self, code: str, message: str, fields: Mapping[str, str] | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.fields = dict(fields or {})
