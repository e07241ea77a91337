"""Giving and withdrawing user names. The database lets nobody have a name that somebody has or has had.

How names are formed is `naming`'s; who asks for one (an activity's action, the administration) is above.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.db.models.functions import Lower
from django.utils.translation import gettext as _

from turna.core.models import UserName
from turna.core.naming import FullName, candidates, plain_letters
from turna.core.refusals import Refused

_WISH = re.compile(r"[A-Za-z0-9._-]+")
_AT_A_TIME = 20


@dataclass(frozen=True, slots=True)
class Convention:
    """How the names of one kind of account are formed; as `naming.candidates` reads `forms`. `domain`: what follows the
    @ of an address; it is no part of the name."""

    key: str
    forms: tuple[str, ...]
    domain: str = ""
    longest: int = 64
    upper: bool = False

    def written(self, name: str) -> str:
        """The name as its holder types it."""
        return f"{name}@{self.domain}" if self.domain else name


@dataclass(frozen=True, slots=True)
class Giving:
    """In which institution and in what a name is given, by whom and when. `owner`: kind and id, as files have."""

    institution_id: int
    owner: tuple[str, int]
    at: datetime
    person_id: int | None = None


def give(convention: Convention, holder: FullName, giving: Giving, *, wish: str = "") -> UserName:
    """A name that nobody has: the wished one, else the first free one of the convention. Asked again for the same
    holder in the same case, it answers what it has given. Call it inside the transaction that uses the name.

    Raises: Refused("invalid_form"): the wish is taken or badly written, or no name is left.
    """
    wished = _wished(convention, wish)
    held = _held(convention, holder, giving)
    if held is not None and wished.lower() in ("", held.name.lower()):
        return held
    if wished:
        return _give_wished(convention, wished, holder, giving, held)
    for name in _untaken(convention, holder, giving.institution_id):
        given = _insert(convention, name, holder, giving)
        if given is not None:
            return given
    raise _invalid(_("No se pudo formar el usuario con esos nombres y apellidos: escríbalo usted."))


def withdraw(convention: Convention, typed: str, giving: Giving) -> UserName:
    """Takes a name out of use, for good; one that was never given here is noted as withdrawn, so that it never will be.

    Raises: Refused("invalid_form"): no name, or badly written.
    """
    name = _wished(convention, typed)
    if not name:
        raise _invalid(_("Diga qué usuario se da de baja."))
    found: UserName | None = _rows(convention, giving.institution_id).filter(low=name.lower()).first()
    row = found or _insert(convention, name, FullName("", ""), giving)
    if row is None:
        raise _invalid(_("El usuario «%(name)s» se está dando en este momento; vuelva a intentar.") % {"name": name})
    if row.withdrawn_at is None:
        row.withdrawn_at, row.withdrawn_by_id = giving.at, giving.person_id
        row.save(update_fields=["withdrawn_at", "withdrawn_by"])
    return row


def _rows(convention: Convention, institution_id: int) -> QuerySet[Any]:
    """Every name of the convention, given or withdrawn; `low`: in lower case."""
    rows = UserName.objects.filter(institution=institution_id, account=convention.key)
    return rows.annotate(low=Lower("name"))


def _held(convention: Convention, holder: FullName, giving: Giving) -> UserName | None:
    """What this holder was given before in the same case."""
    kind, number = giving.owner
    rows = _rows(convention, giving.institution_id).filter(owner_kind=kind, owner_id=number, withdrawn_at__isnull=True)
    found: UserName | None = rows.filter(holder_key=_key(holder)).first()
    return found


def _give_wished(
    convention: Convention, wished: str, holder: FullName, giving: Giving, held: UserName | None
) -> UserName:
    given = _insert(convention, wished, holder, giving)
    if given is None:
        told = _("El usuario «%(name)s» ya se dio a alguien. Deje el campo vacío para formar otro.")
        raise _invalid(told % {"name": wished})
    if held is not None:
        withdraw(convention, held.name, giving)
    return given


def _wished(convention: Convention, typed: str) -> str:
    """What somebody typed, without the domain, in the convention's case. Raises: Refused("invalid_form")."""
    name = typed.strip()
    if convention.domain and name.lower().endswith(f"@{convention.domain.lower()}"):
        name = name[: -len(convention.domain) - 1]
    if name and not _WISH.fullmatch(name):
        raise _invalid(_("Un usuario lleva letras sin acento, números, punto o guion, y ningún espacio."))
    if len(name) > convention.longest:
        raise _invalid(_("Ese usuario pasa de %(n)d caracteres.") % {"n": convention.longest})
    return name.upper() if convention.upper else name.lower()


def _untaken(convention: Convention, holder: FullName, institution_id: int) -> Iterator[str]:
    """The convention's names but for those known to be taken; another may still come first."""
    names = candidates(convention.forms, holder, longest=convention.longest, upper=convention.upper)
    while some := list(islice(names, _AT_A_TIME)):
        rows = _rows(convention, institution_id)
        taken = set(rows.filter(low__in=[name.lower() for name in some]).values_list("low", flat=True))
        yield from (name for name in some if name.lower() not in taken)


def _insert(convention: Convention, name: str, holder: FullName, giving: Giving) -> UserName | None:
    """None: somebody has it, or is being given it by an act that has just ended."""
    kind, number = giving.owner
    try:
        with transaction.atomic():
            return UserName.objects.create(
                institution_id=giving.institution_id,
                account=convention.key,
                name=name,
                holder=str(holder)[:250],
                holder_key=_key(holder),
                owner_kind=kind,
                owner_id=number,
                given_at=giving.at,
                given_by_id=giving.person_id,
            )
    except IntegrityError:
        return None


def _key(holder: FullName) -> str:
    return plain_letters(str(holder))[:250]


def _invalid(words: str) -> Refused:
    return Refused("invalid_form", words, {"usuario": words})
