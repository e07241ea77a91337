"""What the fields of a sheet name: a person, a position, a unit, a case, a file of this case.

People type or choose a name; its id (of a case the folio) is what is kept. Here names become ids, ids names, and what
one types suggestions. One query per kind for what is known already. Changes nothing.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass
from typing import Any

from django.db.models import F, Q, QuerySet, TextField, Value
from django.db.models.functions import Cast, Concat
from django.urls import reverse
from django.utils.translation import gettext as _

from turna.core.models import Person, Position, StoredFile, Unit
from turna.core.rights import Standing
from turna.engine.definitions import FieldDef, FormatDef
from turna.engine.suggest import plain
from turna.web.typed import Beside, KeptFile

from .documents import OWNER_KIND
from .forms import named_like
from .models import Case

DRAFT_KIND = "draft"
"""Owner of the files sent with a sheet that is not sent yet; `owner_id` is the person."""
FOLLOWED_KIND = "followed"
"""The same of an applicant without an account; `owner_id` is the case that they follow."""
FEW = 30
"""So many or fewer are offered as a list to choose from."""
OFFERED = 12
MOST_TYPED = 40
"""Names looked up in one sheet; beyond it people choose from the list."""
PICTURES = frozenset({"image/png", "image/jpeg", "image/webp"})
KINDS = ("person", "position", "unit")
FILES = ("file", "image", "signature")
_WORD = re.compile(r"[\w@.+-]+")

Labels = dict[tuple[str, str], str]


# --- Each kind: its rows, and what to call one ---------------------------------------------


def _person(person: Person) -> str:
    return _called(person.full_name, person.email)


def _position(position: Position) -> str:
    return _called(position.name, position.unit.name if position.unit else "")


def _unit(unit: Unit) -> str:
    return _called(unit.name, unit.parent.name if unit.parent else "")


def _people_like(institution_id: int, words: str) -> QuerySet[Any]:
    everybody = Person.objects.filter(institution_id=institution_id, is_active=True)
    return named_like(everybody, words).order_by("given_names", "surname1", "pk")


def _positions_like(institution_id: int, words: str) -> QuerySet[Any]:
    rows = Position.objects.filter(institution_id=institution_id, is_active=True).select_related("unit")
    for word in words.split()[:8]:
        rows = rows.filter(Q(name__icontains=word) | Q(unit__name__icontains=word) | Q(key__iexact=word))
    return rows.order_by("name", "unit__name", "pk")


def _units_like(institution_id: int, words: str) -> QuerySet[Any]:
    rows = Unit.objects.filter(institution_id=institution_id, is_active=True).select_related("parent")
    for word in words.split()[:8]:
        rows = rows.filter(Q(name__icontains=word) | Q(parent__name__icontains=word) | Q(key__iexact=word))
    return rows.order_by("name", "pk")


_LIKE: dict[str, Callable[[int, str], QuerySet[Any]]] = {
    "person": _people_like,
    "position": _positions_like,
    "unit": _units_like,
}
_LABEL: dict[str, Callable[[Any], str]] = {"person": _person, "position": _position, "unit": _unit}
_ROWS: dict[str, Callable[[], QuerySet[Any]]] = {
    "person": Person.objects.all,
    "position": Position.objects.all,
    "unit": Unit.objects.all,
}


def suggestions(
    kind: str, words: str, by: Standing, institution_id: int, procedure: str = "", pack: str = ""
) -> list[str]:
    """What somebody who typed `words` may mean: names, or folios of cases that they may see (of `procedure` of `pack`).

    People are told only to officials.
    """
    text = " ".join(words.split())[:100]
    if len(text) < 2 or (kind == "person" and not by.positions):
        return []
    if kind == "reference":
        cases = Case.objects.visible_to(by).filter(institution_id=institution_id)
        cases = cases.filter(Q(folio__icontains=text) | Q(subject__icontains=text))
        if procedure:
            cases = cases.filter(procedure__key=procedure, procedure__pack=pack)
        return list(cases.order_by("-opened_at").values_list("folio", flat=True)[:OFFERED])
    return [_LABEL[kind](row) for row in _LIKE[kind](institution_id, _words(text))[:OFFERED]]


def _words(text: str) -> str:
    return " ".join(_WORD.findall(text))


# --- Names to ids --------------------------------------------------------------------------


Spot = tuple[str, FieldDef, Any]
"""A place in a sheet: its path, its field, and the mapping that holds the value under the field's key."""


def _spots(form: FormatDef, typed: Mapping[str, Any]) -> Iterator[Spot]:
    """The fields, and the cells of rows, in which something stands."""
    for field in form.fields:
        value = typed.get(field.key)
        if field.type != "table":
            yield from [(field.key, field, typed)] if value not in (None, "", []) else []
            continue
        for at, row in enumerate(value if isinstance(value, list) else []):
            if isinstance(row, dict):
                yield from ((f"{field.key}.{at}.{c.key}", c, row) for c in field.columns if row.get(c.key))


def _kinds(form: FormatDef) -> set[str]:
    """The types of the fields and columns."""
    return {f.type for whole in form.fields for f in (whole, *whole.columns)}


def names_something(form: FormatDef) -> bool:
    """Whether the format has fields that this module concerns."""
    return not _kinds(form).isdisjoint((*KINDS, *FILES, "reference"))


def identified(
    form: FormatDef, typed: Mapping[str, Any], by: Standing, whose: tuple[int, str], case_id: int = 0
) -> tuple[dict[str, Any], dict[str, str]]:
    """`typed` with ids for names, and folios as they are written; and what nobody is or may see, by path.

    `whose`: institution and pack of the format. `case_id`: the case whose files the sheet may hold besides those just
    sent by this person.
    """
    known = deepcopy(dict(typed))
    spots = list(_spots(form, known))
    wrong: dict[str, str] = {}
    for kind in KINDS:
        _identify(kind, [s for s in spots if s[1].type == kind], whose[0], wrong)
    _find_cases([s for s in spots if s[1].type == "reference"], by, whose, wrong)
    _check_files([s for s in spots if s[1].type in FILES], by, case_id, wrong)
    return known, wrong


def _identify(kind: str, spots: list[Spot], institution_id: int, wrong: dict[str, str]) -> None:
    numbers = {int(v) for _p, f, at in spots if _is_number(v := at[f.key])}
    there = set(_ROWS[kind]().filter(institution_id=institution_id, pk__in=numbers).values_list("pk", flat=True)) if (
        numbers
    ) else set()  # fmt: skip
    found: dict[str, tuple[int, str]] = {}
    for path, field, holder in spots:
        value = holder[field.key]
        if _is_number(value):
            holder[field.key] = int(value)
            if int(value) not in there:
                wrong[path] = _("Elija de la lista: lo que se guardó ya no existe.")
        elif isinstance(value, str):
            if value not in found and len(found) < MOST_TYPED:
                found[value] = _meant(kind, value, institution_id)
            number, told = found.get(value, (0, _("Elija de la lista.")))
            holder[field.key] = number or value
            if not number:
                wrong[path] = told


def _is_number(value: Any) -> bool:
    return not isinstance(value, bool) and (isinstance(value, int) or (isinstance(value, str) and value.isdecimal()))


def _meant(kind: str, text: str, institution_id: int) -> tuple[int, str]:
    """(id, "") of the only one with that name, or (0, what to do)."""
    rows = list(_LIKE[kind](institution_id, _words(text))[:FEW])
    wanted = plain(" ".join(text.split()))
    exact = [r for r in rows if wanted in (plain(_LABEL[kind](r)), plain(_LABEL[kind](r).rsplit(" (", 1)[0]))]
    exact += [r for r in rows if wanted in (getattr(r, "key", ""), plain(getattr(r, "email", "")))]
    for some in (exact, rows):
        if len({r.pk for r in some}) == 1:
            return some[0].pk, ""
    if not rows:
        return 0, _("No se encontró «%(text)s». Escriba una parte del nombre y elija de la lista.") % {"text": text}
    return 0, _("Hay más de uno con ese nombre: elija de la lista.")


def _find_cases(spots: list[Spot], by: Standing, whose: tuple[int, str], wrong: dict[str, str]) -> None:
    typed = {str(at[f.key]).strip() for _p, f, at in spots}
    if not typed:
        return
    wanted = typed | {folio.upper() for folio in typed}
    institution_id, pack = whose
    cases = Case.objects.visible_to(by).filter(institution_id=institution_id, folio__in=wanted)
    found = {case.folio: case for case in cases.select_related("procedure")}
    for path, field, holder in spots:
        text = str(holder[field.key]).strip()
        case = found.get(text) or found.get(text.upper())
        if case is None:
            wrong[path] = _("No hay un expediente con el folio «%(folio)s» que usted pueda ver.") % {"folio": text}
        elif field.refers and (case.procedure.pack, case.procedure.key) != (pack, field.refers):
            wrong[path] = _("El expediente %(folio)s es de otro procedimiento: %(name)s.") % {
                "folio": case.folio,
                "name": case.procedure.name,
            }
        else:
            holder[field.key] = case.folio


def _check_files(spots: list[Spot], by: Standing, case_id: int, wrong: dict[str, str]) -> None:
    """A file is the case's own, its parent's (whose answers it began with), or one that this person has just sent: no
    sheet names another's."""
    named = {path: n for path, f, at in spots if (n := _file_of(f, at[f.key])) != ""}
    numbers = {path: int(n) for path, n in named.items() if _is_number(n)}
    wrong |= {path: _("Adjunte el archivo.") for path in named if path not in numbers}
    if not numbers:
        return
    parent = Case.objects.filter(pk=case_id, parent__isnull=False).values("parent")
    mine = Q(owner_kind__in=(OWNER_KIND, FOLLOWED_KIND), owner_id=case_id)
    mine |= Q(owner_kind=OWNER_KIND, owner_id__in=parent)
    if by.person_id:
        mine |= Q(owner_kind=DRAFT_KIND, owner_id=by.person_id)
    there = set(StoredFile.objects.filter(mine, pk__in=numbers.values()).values_list("pk", flat=True))
    wrong |= {path: _("Adjunte el archivo otra vez.") for path, number in numbers.items() if number not in there}


def _file_of(field: FieldDef, value: Any) -> Any:
    """The file that stands in the field, "" if none does: of a signature, its drawing."""
    if field.type == "signature":
        return (value.get("archivo") or "") if isinstance(value, Mapping) else ""
    return value


def file_ids(form: FormatDef, values: Mapping[str, Any]) -> dict[int, str]:
    """The files that the sheet holds, with the label of their field."""
    spots = _spots(form, values)
    return {int(n): f.label for _p, f, at in spots if f.type in FILES and _is_number(n := _file_of(f, at[f.key]))}


# --- Ids to names ----------------------------------------------------------------------------


@dataclass
class _Looked:
    """What one query found: rows (id, name, what it belongs to) by kind; folios and files that stand in the sheet."""

    rows: dict[str, list[tuple[int, str, str]]]

    def few(self, kind: str) -> bool:
        return kind != "person" and 0 < len(self.rows.get(kind, [])) <= FEW

    def names(self, chosen: Mapping[str, set[int]]) -> Labels:
        return {
            (kind, str(number)): _called(name, of)
            for kind in KINDS
            for number, name, of in self.rows.get(kind, [])
            if number in chosen.get(kind, ())
        }

    def options(self) -> dict[str, list[tuple[int, str]]]:
        """The choices of the kinds that have few."""
        return {
            kind: [(number, _called(name, of)) for number, name, of in self.rows[kind]]
            for kind in KINDS
            if self.few(kind)
        }


def beside(
    form: FormatDef, values: Mapping[str, Any], by: Standing, whose: tuple[int, str], around: Mapping[str, Any]
) -> Beside:
    """What the page of a sheet needs besides the format: names, choices, files, where to ask. One query. `whose`:
    institution and pack of the format."""
    institution_id, pack = whose
    kinds, spots = _kinds(form), list(_spots(form, values))
    chosen = _chosen(spots)
    found = _look_up(kinds, chosen, institution_id, folios=_folios(spots), files=list(file_ids(form, values)), by=by)
    options = found.options()
    return Beside(
        options=options,
        suggest={
            k: reverse("field_names", args=[k], query={"manual": pack} if k == "reference" else None)
            for k in (*KINDS, "reference")
            if k in kinds and k not in options
        },
        names=found.names(chosen),
        files={
            str(number): KeptFile(name, reverse("file", args=[number, name]), media in PICTURES)
            for number, name, media in found.rows.get("file", [])
        },
        links={folio: reverse("case", args=[folio]) for _pk, folio, _of in found.rows.get("reference", [])},
        around=around,
        colonias=reverse("field_places") if "address" in kinds else "",
    )


def listed(form: FormatDef, values: Mapping[str, Any], institution_id: int) -> tuple[Labels, dict[str, list[str]]]:
    """For a file to fill elsewhere: the names of what was chosen, and by type what may be, where there is a list."""
    chosen = _chosen(list(_spots(form, values)))
    found = _look_up(_kinds(form), chosen, institution_id)
    return found.names(chosen), {kind: [label for _pk, label in rows] for kind, rows in found.options().items()}


def _chosen(spots: list[Spot]) -> dict[str, set[int]]:
    return {kind: {int(v) for _p, f, at in spots if f.type == kind and _is_number(v := at[f.key])} for kind in KINDS}


def _folios(spots: list[Spot]) -> set[str]:
    return {str(at[f.key]) for _p, f, at in spots if f.type == "reference"}


def _look_up(
    kinds: set[str],
    chosen: Mapping[str, set[int]],
    institution_id: int,
    *,
    folios: Collection[str] = (),
    files: Collection[int] = (),
    by: Standing | None = None,
) -> _Looked:
    """Everything that the sheet names, and up to FEW + 1 of each kind that may be chosen, in one query."""
    asked: list[QuerySet[Any]] = []
    for kind in (k for k in KINDS if k in kinds):
        wanted = Q(pk__in=chosen[kind])
        if kind != "person":
            wanted |= Q(pk__in=_LIKE[kind](institution_id, "").values("pk")[: FEW + 1])
        asked.append(_told(kind, _ROWS[kind]().filter(wanted, institution_id=institution_id)))
    if folios and by is not None:
        cases = Case.objects.visible_to(by).filter(institution_id=institution_id, folio__in=folios)
        asked.append(_told("reference", cases))
    if files:
        asked.append(_told("file", StoredFile.objects.filter(pk__in=files)))
    rows: dict[str, list[tuple[int, str, str]]] = {}
    if asked:
        for kind, number, name, of in asked[0].union(*asked[1:], all=True):
            rows.setdefault(kind, []).append((number, " ".join(name.split()), of or ""))
    return _Looked({kind: sorted(found, key=lambda row: plain(f"{row[1]} {row[2]}")) for kind, found in rows.items()})


_TOLD: dict[str, tuple[Any, str]] = {
    "person": (Concat("given_names", Value(" "), "surname1", Value(" "), "surname2"), "email"),
    "position": (F("name"), "unit__name"),
    "unit": (F("name"), "parent__name"),
    "reference": (F("folio"), "status"),
    "file": (F("name"), "blob__media_type"),
}


def _told(kind: str, rows: QuerySet[Any]) -> QuerySet[Any]:
    """The rows as (kind, id, name, what it belongs to), so that those of several tables come together."""
    name, of = _TOLD[kind]
    told = rows.order_by().annotate(
        told_kind=Value(kind, output_field=TextField()),
        told_name=Cast(name, TextField()),
        told_of=Cast(F(of), TextField()),
    )
    return told.values_list("told_kind", "pk", "told_name", "told_of")


def _called(name: str, of: str) -> str:
    return f"{name} ({of})" if of else name
