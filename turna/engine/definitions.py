"""What a pack says, as typed and frozen values: the nouns of the procedure language.

Nothing here reads files (see `reading`) or judges what it read (see `checking`).
Spanish keys of the YAML appear in the docstrings; `docs/lenguaje.md` is the reference.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Literal

from .places import Finding, Lines, Place, no_lines
from .printed import Defect, Printed, Rule

__all__ = [
    "END", "AccountRule", "Activity", "Answer", "Attachment", "CalendarDef", "Call", "CheckDef", "DayDef", "Defect",
    "DocumentUse", "FieldDef", "FieldType", "Finding", "FormatDef", "InstitutionDef", "Issue", "Lines", "Mode",
    "NumberAt", "OnExpiry", "Pack", "PartyDef", "Pause", "Place", "PositionDef", "Printed", "Procedure", "Responsible",
    "Rule", "SectionDef", "SeriesDef", "Start", "Target", "Term", "TermUnit", "UnitDef",
]  # fmt: skip

END = "fin"
"""The word that names the end of a procedure as a target."""

TermUnit = Literal["working_days", "calendar_days", "hours", "minutes"]
OnExpiry = Literal["warn", "escalate", "close", "accept", "deny", "go"]
Mode = Literal["all", "any"]
NumberAt = Literal["issue", "signature"]


# --- The institution -------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class UnitDef:
    """A unit of the org chart (`unidades`). `parent` is the key of another unit or None."""

    key: str
    name: str
    parent: str | None
    place: Place


@dataclass(frozen=True, slots=True)
class PositionDef:
    """A position (`puestos`): the thing that acts. `unit` is a unit's key or None (a warning).

    `heads` says that it is the unit's head, who sees the work of the whole unit.
    `joint` marks a seat that every unit may have, so `PUESTO@solicitante` makes sense.
    """

    key: str
    name: str
    unit: str | None
    heads: bool
    place: Place
    external: bool = False


@dataclass(frozen=True, slots=True)
class PartyDef:
    """An external party (`externos`): an insurer, a supplier. Named `externo/KEY` by activities."""

    key: str
    name: str
    place: Place


@dataclass(frozen=True, slots=True)
class DayDef:
    """A day on which the institution departs from the federal calendar (`calendario.dias`).

    `working` False: inhábil; True: hábil although the base says otherwise. `source` is where
    it was published.
    """

    date: str  # ISO 8601
    name: str
    working: bool
    source: str
    place: Place


@dataclass(frozen=True, slots=True)
class CalendarDef:
    """Working week (`calendario`). `hours`: weekday 0 (Monday) .. 6 to (opens, closes) "HH:MM"."""

    hours: tuple[tuple[int, str, str], ...]
    days: tuple[DayDef, ...]
    time_zone: str


@dataclass(frozen=True, slots=True)
class SeriesDef:
    """A folio series (`series`): `pattern` such as `DMIGA/{año}/{n:05}`; `kind` names what it numbers."""

    key: str
    kind: str
    pattern: str
    yearly: bool
    place: Place


@dataclass(frozen=True, slots=True)
class AccountRule:
    """How user names of one kind of account are formed (`cuentas`).

    `forms` are tried in order until nobody has the name: `{inicial}{apellido}`. `domain`: what follows the @ when
    the account is an e-mail address. `longest`: characters that a name may have. `upper`: in capital letters.
    """

    key: str
    name: str
    forms: tuple[str, ...]
    place: Place
    domain: str = ""
    longest: int = 64
    upper: bool = False


@dataclass(frozen=True, slots=True)
class InstitutionDef:
    """`institucion.yaml`."""

    key: str
    name: str
    acronym: str
    time_zone: str
    theme: dict[str, str]
    units: tuple[UnitDef, ...]
    positions: tuple[PositionDef, ...]
    parties: tuple[PartyDef, ...]
    calendar: CalendarDef
    series: tuple[SeriesDef, ...]
    contact: dict[str, str] = field(default_factory=dict)
    accounts: tuple[AccountRule, ...] = ()

    def position(self, key: str) -> PositionDef | None:
        return next((p for p in self.positions if p.key == key), None)


# --- Formats ---------------------------------------------------------------------

FieldType = Literal[
    "text", "long_text", "integer", "decimal", "money", "date", "period", "time", "choice", "several",
    "table", "person", "position", "unit", "curp", "rfc", "clabe", "email", "phone", "address", "point",
    "file", "image", "signature", "reference", "computed", "yes_no",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class FieldDef:
    """A field of a format (`campos`).

    `show_if` is a CEL condition over the sibling fields; `computed` is a CEL expression for
    type "computed"; `prefill` names a path (`caso.…`, `persona.…`, `FORMATO.CAMPO`); `columns` are the
    fields of a row when the type is "table".
    """

    key: str
    label: str
    type: FieldType
    required: bool
    place: Place
    help: str = ""
    options: tuple[tuple[str, str], ...] = ()
    show_if: str | None = None
    computed: str | None = None
    prefill: str | None = None
    default: Any = None
    minimum: Any = None
    maximum: Any = None
    columns: tuple[FieldDef, ...] = ()
    accept: tuple[str, ...] = ()
    refers: str | None = None  # refiere: the procedure whose cases a "reference" may name
    lines: Lines = field(default_factory=no_lines, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class SectionDef:
    title: str
    fields: tuple[FieldDef, ...]
    help: str = ""


@dataclass(frozen=True, slots=True)
class CheckDef:
    """A rule between the fields of a format (`validaciones`): `condition` (CEL) must hold, or `message` is told, at
    `field` when it names one. It is not judged while something that it reads is missing."""

    condition: str
    message: str
    place: Place
    field: str | None = None


@dataclass(frozen=True, slots=True)
class FormatDef:
    """What people fill in (`formatos/*.yaml`). `key` is the file's name without its ending.

    `public_fields` may be shown to whoever follows a folio without an account. `spreadsheet`: it can also be filled in
    a spreadsheet, a tab per section (`hoja`).
    """

    key: str
    name: str
    code: str | None
    sections: tuple[SectionDef, ...]
    signatures: tuple[str, ...]
    place: Place
    subject: str | None = None  # template such as "Pago a {proveedor}", gives the case its subject (`asunto`)
    series: str | None = None
    validity: str | None = None
    note: str = ""
    public_fields: tuple[str, ...] = ()
    checks: tuple[CheckDef, ...] = ()
    spreadsheet: bool = False
    lines: Lines = field(default_factory=no_lines, compare=False, repr=False)

    @property
    def fields(self) -> tuple[FieldDef, ...]:
        return tuple(f for s in self.sections for f in s.fields)

    def field(self, key: str) -> FieldDef | None:
        return next((f for f in self.fields if f.key == key), None)


# --- Procedures ------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Target:
    """Where a flow leads: a `step`, or the end of the case with its `outcome` (None: "concluido")."""

    step: str | None
    outcome: str | None = None

    @property
    def is_end(self) -> bool:
        return self.step is None

    def __str__(self) -> str:
        return END if self.step is None else self.step


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer to an activity's question. `decide`: CEL over the case's data that proposes it,
    or takes it when `automatic`."""

    label: str
    target: Target
    place: Place
    decide: str | None = None
    automatic: bool = False


@dataclass(frozen=True, slots=True)
class Responsible:
    """Who does an activity.

    kind "position": `key` is a position. "applicant": whoever began the case, or on whose behalf.
    "applicant_position": position `key` in the unit that `where` says: "solicitante" (the applicant's own), "elemento"
    (the element of `por_cada`) or `FORMATO.CAMPO`, a field that names a unit. "citizen". "external": party `key`, and
    `recorder` is the position that records for it, for a citizen and for an applicant without an account.
    """

    kind: Literal["position", "applicant", "applicant_position", "citizen", "external"]
    key: str | None = None
    recorder: str | None = None
    label: str = ""  # as people read it, resolved by the reader
    where: str = ""


@dataclass(frozen=True, slots=True)
class Term:
    """A time limit (`plazo`): `amount` of `unit`. `since`: event or field it counts from (None: when the
    task opens). `on_expiry` "go" leads to `target`; "close" ends the case with `target.outcome`."""

    amount: int
    unit: TermUnit
    place: Place
    legal_ground: str | None = None
    since: str | None = None
    on_expiry: OnExpiry = "warn"
    target: Target | None = None
    text: str = ""


@dataclass(frozen=True, slots=True)
class DocumentUse:
    """A document an activity uses or leaves (`documentos`), with its copies (`tantos`)."""

    name: str
    copies: str = ""


@dataclass(frozen=True, slots=True)
class Issue:
    """A document that an activity issues (`genera`): its template and, when it takes a number of its own, the key of
    its `series` and the moment at which it takes it."""

    template: str
    series: str | None = None
    number_at: NumberAt = "issue"


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file that must come with an activity (`adjunta`). `max_mb` in mebibytes."""

    kind: str
    required: bool = True
    max_mb: int = 20
    accept: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Call:
    """Another procedure run as a child case (`llama`). `waits` False: `espera: no`."""

    procedure: str
    waits: bool = True


@dataclass(frozen=True, slots=True)
class Pause:
    """A time that an activity lets pass (`espera`): a `term` from when the case gets there, or `until` the date that a
    format holds (`{hasta: FORMATO.CAMPO}`)."""

    term: Term | None = None
    until: str | None = None


@dataclass(frozen=True, slots=True)
class Activity:
    """One numbered row of the manual. `targets` is where it goes when it asks no question; more than
    one forks. `joins` are the steps it waits for (`reune`)."""

    step: str
    responsibles: tuple[Responsible, ...]
    mode: Mode
    text: str
    place: Place
    documents: tuple[DocumentUse, ...] = ()
    form: str | None = None  # captura
    issues: tuple[Issue, ...] = ()  # genera
    signers: tuple[str, ...] = ()  # firma: position keys
    attachments: tuple[Attachment, ...] = ()
    question: str | None = None
    answers: tuple[Answer, ...] = ()
    targets: tuple[Target, ...] = ()
    joins: tuple[str, ...] = ()
    term: Term | None = None
    action: str | None = None
    action_automatic: bool = False
    action_with: Mapping[str, str] = field(default_factory=dict)  # con: what the action is told
    call: Call | None = None
    waits_for: str | None = None  # espera: a message's name; with `pause`, the time as it is written
    pause: Pause | None = None
    for_each: str | None = None  # por_cada: CEL giving a list, or the key of a table field
    notice: str | None = None  # aviso: what the applicant is told
    hint: str = ""  # ayuda: how to do it, shown beside the task
    printed: Printed | None = None  # impreso: what the published manual says otherwise
    lines: Lines = field(default_factory=no_lines, compare=False, repr=False)

    def place_of(self, key: str) -> Place:
        """Where `key` (the YAML key) of this activity is written."""
        return Place(self.place.file, self.lines.get(key, self.place.line))

    @property
    def is_decision(self) -> bool:
        return self.question is not None

    @property
    def all_targets(self) -> tuple[Target, ...]:
        """Every place the activity can lead to, answers first, its own expiry last."""
        out = tuple(a.target for a in self.answers) or self.targets
        if self.term and self.term.target is not None and self.term.target not in out:
            out = (*out, self.term.target)
        return out

    def answer(self, label: str) -> Answer | None:
        return next((a for a in self.answers if a.label == label), None)


@dataclass(frozen=True, slots=True)
class Start:
    """How a case begins (`inicio`). `by`: position keys, "servidor-publico", "titular" (whoever heads a unit),
    "ciudadano" or a desk.

    `on_behalf`: the starter names the applicant (`en_nombre_de`): "servidor-publico", "ciudadano",
    "unidad" or None (the starter is the applicant). `schedule`: `programado`.
    """

    by: tuple[str, ...]
    channels: tuple[str, ...] = ()
    form: str | None = None
    on_behalf: str | None = None
    public: bool = False
    identity_level: str | None = None
    schedule: str | None = None
    by_oficio: bool = False
    lines: Lines = field(default_factory=no_lines, compare=False, repr=False)


@dataclass(frozen=True)
class Procedure:
    """One procedure of a manual. Frozen; the first activity of the list is where a case begins."""

    key: str  # file name without ending: "orden-de-pago"
    pack: str  # "veracruz-dmiga"
    code: str  # clave: "PR-DMIGA-04"
    name: str
    unit: str  # area: a unit's key
    unit_name: str
    objective: str
    scope: str
    activities: tuple[Activity, ...]
    start: Start
    place: Place
    legal_ground: tuple[str, ...] = ()
    policies: tuple[str, ...] = ()
    frequency: str = ""
    average_time: str = ""
    term: Term | None = None
    reopen_days: int = 0
    extension: Term | None = None  # prorroga allowed once
    series: str | None = None
    keywords: tuple[str, ...] = ()
    printed_date: str = ""
    tests: tuple[dict[str, Any], ...] = ()
    rules: tuple[Rule, ...] = ()  # reglas
    defects: tuple[Defect, ...] = ()  # defectos
    lines: Lines = field(default_factory=no_lines, compare=False, repr=False)

    @property
    def id(self) -> str:
        return f"{self.pack}/{self.key}"

    @cached_property
    def by_step(self) -> dict[str, Activity]:
        return {a.step: a for a in self.activities}

    @property
    def first(self) -> Activity:
        return self.activities[0]


@dataclass(frozen=True)
class Pack:
    """A folder of `manuales/`, read. `sources`: relative path to text, exactly as on disk; what
    installing keeps and versions hash."""

    key: str
    institution: InstitutionDef
    formats: dict[str, FormatDef]
    templates: frozenset[str]
    procedures: dict[str, Procedure]
    manual: dict[str, Any]
    sources: dict[str, str]
