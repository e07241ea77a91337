"""Searching cases: folio first, then words of subject and applicant; only what the reader may see.

Reads only. The indexes it stands on are made by `database`; `Case.search` is written by the services.
"""

# ruff: noqa: S608 - the fragments are our own words; every value travels as a parameter
from __future__ import annotations

import re
from dataclasses import dataclass

from django.db import connection
from django.db.models.expressions import RawSQL

from turna.core.rights import Standing

from .models import Case
from .searching import searchable
from .walks import own_cases

LIMIT = 20
LOOK_BACK = 1000  # own cases of each kind looked at when words are too common
DEPTH = 400  # newest matches looked at before rights are applied
CASE = Case._meta.db_table
NOT_WORD = re.compile(r"[^0-9a-z]+")


@dataclass(frozen=True, slots=True)
class Found:
    """What a search found, best first. `more`: there is more than shown; the reader should say more."""

    cases: tuple[Case, ...]
    more: bool


def words_of(text: str) -> list[str]:
    return [word for word in NOT_WORD.split(searchable(text)) if word][:8]


def find_cases(standing: Standing, institution_id: int, text: str) -> Found:
    """At most 20 cases that `standing` may see: the folio itself, folios that begin so, then words, newest first."""
    clean = " ".join(text.replace("\0", "").split())[:200]
    if not clean:
        return Found((), False)
    folios = _by_folio(institution_id, clean)
    # What looks like a folio and is the beginning of one is not looked for as words, which a folio has in common with
    # every other.
    matches = [] if folios and "/" in clean else candidates(institution_id, clean, limit=DEPTH)
    ranked = dict.fromkeys([*folios, *matches])
    visible = Case.objects.visible_to(standing).filter(pk__in=list(ranked)).select_related("procedure")
    by_id = {case.pk: case for case in visible}
    if len(matches) >= DEPTH and len(by_id) < LIMIT:
        by_id |= {case.pk: case for case in _among_own(standing, institution_id, clean)}
        ranked.update(dict.fromkeys(by_id))
    cases = [by_id[key] for key in ranked if key in by_id]
    deep = len(matches) >= DEPTH or len(folios) >= DEPTH
    return Found(tuple(cases[:LIMIT]), len(cases) > LIMIT or (deep and bool(cases)))


def candidates(institution_id: int, text: str, limit: int) -> list[int]:
    """Ids of cases whose folio, subject or applicant hold all words (from two letters on they may be unfinished),
    newest first. Rights are not applied: the caller does."""
    words = words_of(text)
    if not words:
        return []
    reading = _postgresql if connection.vendor == "postgresql" else _sqlite
    sql, params = reading(institution_id, words, limit)
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return [row[0] for row in cursor.fetchall()]


def _by_folio(institution_id: int, text: str) -> list[int]:
    """The folio itself, or those that begin so, the latest first, by the index of folios."""
    typed = text.upper()
    exact = Case.objects.filter(institution_id=institution_id, folio__in={text, typed}).values_list("pk", flat=True)
    found = list(exact[:1])
    if found:
        return found
    begins = "folio LIKE %s ESCAPE '!'" if connection.vendor == "postgresql" else "folio >= %s AND folio < %s"
    escaped = re.sub(r"([!%_])", r"!\1", typed)
    params = [f"{escaped}%"] if connection.vendor == "postgresql" else [typed, typed + "\U0010ffff"]
    sql = f"SELECT id FROM {CASE} WHERE institution_id = %s AND {begins} ORDER BY folio DESC LIMIT {DEPTH}"
    with connection.cursor() as cursor:
        cursor.execute(sql, [institution_id, *params])
        return [row[0] for row in cursor.fetchall()]


def _postgresql(institution_id: int, words: list[str], limit: int) -> tuple[str, list[int | str]]:
    query = " & ".join(_alternatives(word, "{}:*" if len(word) > 1 else "{}", " | ") for word in words)
    sql = (
        f"SELECT id FROM {CASE} WHERE institution_id = %s AND turna_words(search) @@ to_tsquery('simple', %s)"
        f" ORDER BY opened_at DESC, id DESC LIMIT {limit}"
    )
    return sql, [institution_id, query]


def _sqlite(institution_id: int, words: list[str], limit: int) -> tuple[str, list[int | str]]:
    query = " AND ".join(_alternatives(word, '"{}"*' if len(word) > 1 else '"{}"', " OR ") for word in words)
    sql = (
        f"SELECT c.id FROM case_search s CROSS JOIN {CASE} c ON c.id = s.rowid"
        f" WHERE case_search MATCH %s AND c.institution_id = %s ORDER BY s.rowid DESC LIMIT {limit}"
    )
    return sql, [query, institution_id]


def _alternatives(word: str, pattern: str, joiner: str) -> str:
    """A number is also looked for with the zeros that folios put before it: 42 finds 00042."""
    forms = [word]
    if word.isdigit():
        forms += [word.zfill(width) for width in range(len(word) + 1, 7)]
    return "(" + joiner.join(pattern.format(form) for form in forms) + ")"


def _among_own(standing: Standing, institution_id: int, text: str) -> list[Case]:
    """When the whole institution has too many matches: the same words among the reader's own cases."""
    near = own_cases(standing.person_id, institution_id, LOOK_BACK, standing.positions)
    mine = RawSQL(near.text, near.params)  # noqa: S611 - parameters travel apart
    own = Case.objects.visible_to(standing).filter(pk__in=mine)
    for word in words_of(text):
        own = own.filter(search__contains=word)
    return list(own.select_related("procedure").order_by("-opened_at", "-pk")[: LIMIT + 1])
