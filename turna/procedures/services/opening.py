"""Opening a case: folio, secret code, first filing, first tasks. Who may is `start`'s business."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from secrets import choice
from typing import Any

from django.utils.translation import gettext as _

from turna.core import folios
from turna.core.deadlines import due, warn_at
from turna.core.models import FolioSeries, Institution
from turna.core.rights import Standing
from turna.engine.filling import subject
from turna.engine.flow import IllegalAct, Move, State, begin

from ..definitions import Definition
from ..models import Case
from ..searching import searchable
from .carrying import Carried, Entry, Filed, carry_out, refusal
from .data import CaseData
from .outcomes import Refused
from .placing import Scene, counted_from
from .step import CaseRow, Desk

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # Crockford's base 32: no I, L, O, U to misread
CODE_LENGTH = 10


@dataclass(frozen=True, slots=True)
class Applicant:
    """On whose behalf a case is opened: somebody with an account, or a name and how to reach them."""

    person_id: int | None = None
    name: str = ""
    email: str = ""
    phone: str = ""
    unit_id: int | None = None


@dataclass(frozen=True, slots=True)
class Opening:
    """A case about to be opened. `filed`: formats with their kept values; `place`: the parent's token and slot."""

    definition: Definition
    applicant: Applicant
    channel: str = ""
    subject: str = ""
    filed: Mapping[str, Mapping[str, Any]] | None = None
    parent_id: int | None = None
    place: tuple[int, int] | None = None

    @classmethod
    def of_child(
        cls,
        parent: Case,
        definition: Definition,
        place: tuple[int, int] | None,
        element: str,
        filed: Mapping[str, Mapping[str, Any]],
    ) -> Opening:
        """A child has its parent's applicant, and its subject with the element it is for."""
        about = f"{parent.subject}: {element}" if element else parent.subject
        applicant = Applicant(
            parent.applicant_id,
            parent.applicant_name,
            parent.applicant_email,
            parent.applicant_phone,
            parent.applicant_unit_id,
        )
        return cls(definition, applicant, parent.channel, about[:300], filed, parent.pk, place)


@dataclass(frozen=True, slots=True)
class Opened:
    move: Move
    carried: Carried
    code: str


def open_case(desk: Desk, opening: Opening, by: Standing, now: datetime, entry: Entry) -> Opened:
    """Writes the case, its first tasks and the first entry of its history. The caller sees to after-effects."""
    definition = opening.definition
    institution = Institution.objects.get(pk=definition.institution_id)
    code = new_code()
    row = _insert(opening, institution, by, now, code)
    case = as_row(row, institution)
    filings = {key: dict(values) for key, values in (opening.filed or {}).items()}
    data = CaseData(definition, case, now, filings)
    scene = Scene(case, definition, now, "", data)
    _set_term(row, scene)
    try:
        move = begin(definition.procedure, data)
    except IllegalAct as error:
        raise refusal(error) from None
    told = {"procedure": definition.procedure.id, "version": definition.version_id, "folio": row.folio, **entry.data}
    whole = Entry(entry.action, told, by.actor_id, entry.on_behalf_of, entry.act)
    filed = [Filed(key, "", 1, values) for key, values in filings.items()]
    return Opened(move, carry_out(desk, scene, move, whole, before=State(), filed=filed), code)


def new_code() -> str:
    """A secret code: 50 bits, told once."""
    return "".join(choice(ALPHABET) for _ in range(CODE_LENGTH))


def code_digest(code: str) -> str:
    """What is kept of a code. Typing is forgiven: case, blanks, hyphens, O for 0, I and L for 1."""
    plain = "".join(code.upper().split()).replace("-", "")
    return sha256(plain.translate(str.maketrans("OIL", "011")).encode()).hexdigest()


def _insert(opening: Opening, institution: Institution, by: Standing, now: datetime, code: str) -> Case:
    applicant = opening.applicant
    token, slot = opening.place or (None, None)
    folio = folios.take(_series(opening.definition, institution), at=now)
    about = opening.subject.strip() or _subject(opening) or opening.definition.procedure.name
    return Case.objects.create(
        institution=institution,
        procedure_id=opening.definition.procedure_id,
        version_id=opening.definition.version_id,
        folio=folio,
        code_digest=code_digest(code),
        subject=about[:300],
        channel=opening.channel,
        applicant_id=applicant.person_id,
        applicant_name=applicant.name,
        applicant_email=applicant.email,
        applicant_phone=applicant.phone,
        applicant_unit_id=applicant.unit_id,
        opened_by_id=by.actor_id,
        opened_at=now,
        state=State().to_json(),
        parent_id=opening.parent_id,
        parent_token=token,
        parent_slot=slot,
        search=searchable(folio, about, applicant.name),
    )


def _subject(opening: Opening) -> str:
    form = opening.definition.procedure.start.form
    if form is None or form not in (opening.filed or {}):
        return ""
    return subject(opening.definition.formats[form], (opening.filed or {})[form])


def _series(definition: Definition, institution: Institution) -> FolioSeries:
    rows = FolioSeries.objects.filter(institution=institution)
    wanted = definition.procedure.series
    found = rows.filter(key=wanted).first() if wanted else rows.filter(kind__in=["caso", "case"]).order_by("pk").first()
    if found is None:
        raise Refused("not_allowed", _("Falta la serie de folios de los expedientes. Avise a quien administra."))
    found.institution = institution
    return found


def _set_term(row: Case, scene: Scene) -> None:
    """The term of the whole procedure, if it has one."""
    term = scene.definition.term
    if term is None:
        return
    since = counted_from(scene, term.since)
    due_at = due(term, since, scene.calendar)
    Case.objects.filter(pk=row.pk).update(due_at=due_at, next_at=max(warn_at(term, since, due_at), scene.now))


def as_row(case: Case, institution: Institution) -> CaseRow:
    """The case as a row without its state and history: for reading, not to be written from."""
    return CaseRow(
        case.pk, case.institution_id, case.procedure_id, case.version_id, case.folio, case.status, "", 0, 0, "",
        case.applicant_id, case.applicant_unit_id, case.opened_by_id, case.opened_at, case.parent_id,
        case.parent_token, case.parent_slot, institution.calendar_version, institution.time_zone,
        case.applicant_id is not None or case.applicant_email != "",
    )  # fmt: skip
