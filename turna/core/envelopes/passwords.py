"""First passwords: random, easy to read from paper and to type, worth one entry."""

from __future__ import annotations

from secrets import choice, randbelow

_CONSONANTS, _VOWELS = "bcdfgjkmnprstvz", "aeiou"  # no letters that look or sound like others


def first_password() -> str:
    """Such as Tumaro-kebine-47: 44 bits, letters of both cases, digits and a hyphen."""
    return f"{_word().capitalize()}-{_word()}-{randbelow(90) + 10}"


def _word() -> str:
    return "".join(choice(_CONSONANTS) + choice(_VOWELS) for _ in range(3))
