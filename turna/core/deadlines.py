"""Terms and the deadlines they give: when they run out, day by day why, and what light that puts a task in.

`due` stands on the hot path and only looks up; `explain` tells the same result to people. Which days count is the
calendar's business (`core.calendar`, where the rules of counting are written down).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Literal

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from turna.core.calendar import NEVER, UNITS, Pause, WorkingCalendar
from turna.core.wording import hour, long_moment, plural, short_date, weekday_date

OnExpiry = Literal["warn", "escalate", "close", "accept", "deny", "go"]
WARN_SHARE = 0.8
"""How much of a term has gone by when its holder is warned."""
SOON_WORKING_DAYS = 2
_UNIT_WORDS = {
    "working_days": (gettext_noop("día hábil"), gettext_noop("días hábiles")),
    "calendar_days": (gettext_noop("día natural"), gettext_noop("días naturales")),
    "hours": (gettext_noop("hora"), gettext_noop("horas")),
    "minutes": (gettext_noop("minuto"), gettext_noop("minutos")),
}


@dataclass(frozen=True, slots=True)
class Term:
    """A time limit (plazo) as a rule: `amount` of `unit`, counted `since` an event or field (None: when the task
    opens). `target`: where the case goes when it runs out, as the definition says it."""

    amount: int
    unit: str
    text: str = ""
    legal_ground: str = ""
    on_expiry: str = "warn"
    target: str | None = None
    since: str | None = None

    def __post_init__(self) -> None:
        if self.amount < 1 or self.unit not in UNITS:
            raise ValueError(f"not a term: {self.amount} {self.unit}")

    @property
    def words(self) -> str:
        """As it was written, or "3 días hábiles"."""
        one, many = _UNIT_WORDS[self.unit]
        return self.text or plural(self.amount, _(one), _(many))

    def to_json(self) -> dict[str, Any]:
        """For a JSON column: only what differs from the defaults."""
        told: dict[str, Any] = {"amount": self.amount, "unit": self.unit}
        for name, default in _DEFAULTS:
            value = getattr(self, name)
            if value != default:
                told[name] = value
        return told

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Term:
        """What `to_json` told. Unknown keys are ignored: an older Turna may have written them."""
        known = {name: data[name] for name, _ in _DEFAULTS if name in data}
        return cls(data["amount"], data["unit"], **known)


_DEFAULTS = (
    ("text", ""),
    ("legal_ground", ""),
    ("on_expiry", "warn"),
    ("target", None),
    ("since", None),
)


@dataclass(frozen=True, slots=True)
class CountedDay:
    """One day of a deadline's explanation. `number`: which day of its term it is (0 when it does not count)."""

    date: date
    counted: bool
    number: int
    why: str
    of_extension: bool = False

    @property
    def words(self) -> str:
        """lunes 16 de noviembre: no cuenta, Día de la Revolución Mexicana (descanso obligatorio federal)."""
        if not self.counted:
            return _("%(date)s: no cuenta, %(why)s") % {"date": weekday_date(self.date), "why": self.why}
        told = _("%(date)s: día %(number)d de la prórroga") if self.of_extension else _("%(date)s: día %(number)d")
        return told % {"date": weekday_date(self.date), "number": self.number}


@dataclass(frozen=True, slots=True)
class Deadline:
    """A deadline that explains itself: the rule, what it is counted from, each day, and the result.

    `due_at` is NEVER while a suspension has no end. `days` is empty for hours and minutes, which count real time.
    """

    rule: str
    legal_ground: str
    starting_event: str
    starts_at: datetime
    days: tuple[CountedDay, ...]
    due_at: datetime
    extension: str
    pauses: tuple[str, ...]
    summary: str

    @property
    def counted(self) -> int:
        """How many days count, extension included."""
        return sum(day.counted for day in self.days)


@dataclass(frozen=True, slots=True)
class Light:
    """How a deadline stands: on_time, soon, overdue or none; and in words, since colour alone says nothing."""

    name: Literal["on_time", "soon", "overdue", "none"]
    words: str


def due(
    term: Term,
    starts_at: datetime,
    calendar: WorkingCalendar,
    pauses: Sequence[Pause] = (),
    extension: Term | None = None,
) -> datetime:
    """When the term runs out, in UTC; NEVER while a pause has no end. The extension is counted from there on."""
    end = calendar.add(starts_at, term.amount, term.unit, pauses)
    if extension is None or end == NEVER:
        return end
    return calendar.add(end, extension.amount, extension.unit, pauses)


def warn_at(term: Term, starts_at: datetime, due_at: datetime) -> datetime:
    """When to warn that the term is running out: once 80 % of the time from its start has gone by."""
    if due_at >= NEVER:
        return NEVER
    return starts_at + (due_at - starts_at) * WARN_SHARE


def explain(
    term: Term,
    starts_at: datetime,
    calendar: WorkingCalendar,
    pauses: Sequence[Pause] = (),
    extension: Term | None = None,
    *,
    event: str = "",
) -> Deadline:
    """The deadline day by day. Its `due_at` is what `due` gives; `event` names what the count starts from."""
    first_end = due(term, starts_at, calendar, pauses)
    end = due(term, starts_at, calendar, pauses, extension)
    days = tuple(_days(term, starts_at, first_end, calendar, pauses, of_extension=False))
    if extension is not None and first_end != NEVER:
        days += tuple(_days(extension, first_end, end, calendar, pauses, of_extension=True))
    return Deadline(
        rule=term.words,
        legal_ground=term.legal_ground,
        starting_event=f"{event or _('Se recibió')}: {long_moment(starts_at, calendar.zone)}",
        starts_at=starts_at,
        days=days,
        due_at=end,
        extension="" if extension is None else extension.words,
        pauses=tuple(_pause_words(pause, calendar) for pause in pauses),
        summary=_summary(term, end, calendar),
    )


def _days(
    term: Term,
    starts_at: datetime,
    end: datetime,
    calendar: WorkingCalendar,
    pauses: Sequence[Pause],
    *,
    of_extension: bool,
) -> Iterator[CountedDay]:
    if term.unit not in ("working_days", "calendar_days"):
        return
    paused = [(calendar.local_day(begin), finish and calendar.local_day(finish)) for begin, finish in pauses]
    day, number = calendar.local_day(starts_at), 0
    # While the clock stands still the explanation ends where it stopped.
    last = calendar.local_day(end) if end != NEVER else max(begin for begin, finish in paused if finish is None)
    while day < last:
        day += timedelta(days=1)
        why = "" if term.unit == "calendar_days" else calendar.why_not(day)
        if any(begin <= day and (finish is None or day <= finish) for begin, finish in paused):
            why = _("plazo suspendido")
        number += not why
        yield CountedDay(day, not why, 0 if why else number, why, of_extension)


def _pause_words(pause: Pause, calendar: WorkingCalendar) -> str:
    begin = short_date(calendar.local_day(pause[0]))
    if pause[1] is None:
        return _("Suspendido desde el %s") % begin
    end = short_date(calendar.local_day(pause[1]))
    return _("Suspendido del %(begin)s al %(end)s") % {"begin": begin, "end": end}


def _summary(term: Term, end: datetime, calendar: WorkingCalendar) -> str:
    if end == NEVER:
        return _("Plazo de %s; ahora está suspendido.") % term.words
    told = _("Plazo de %(term)s; vence el %(moment)s.")
    return told % {"term": term.words, "moment": long_moment(end, calendar.zone)}


def light(due_at: datetime | None, now: datetime, calendar: WorkingCalendar) -> Light:
    """How a deadline stands at `now`, with its words; "soon" from two working days before it on."""
    if due_at is None:
        return Light("none", _("Sin plazo"))
    if due_at >= NEVER:
        return Light("none", _("Plazo suspendido"))
    local, today = due_at.astimezone(calendar.zone), calendar.local_day(now)
    if now > due_at:
        return Light("overdue", _overdue_words(local, today, calendar))
    left = calendar.working_days_between(today, local.date())
    return Light("soon" if left <= SOON_WORKING_DAYS else "on_time", _left_words(local, today, left))


def _left_words(local: datetime, today: date, left: int) -> str:
    apart = (local.date() - today).days
    if apart == 0:
        return _("Vence hoy a las %s") % hour(local)
    if apart == 1:
        return _("Vence mañana")
    if left < 1:
        return _("Vence el %s") % weekday_date(local.date())
    return _("Vence en %s") % plural(left, _("día hábil"), _("días hábiles"))


def _overdue_words(local: datetime, today: date, calendar: WorkingCalendar) -> str:
    gone = calendar.working_days_between(local.date(), today)
    if local.date() == today:
        return _("Venció hoy")
    if gone < 1:
        return _("Venció el %s") % weekday_date(local.date())
    return _("Venció hace %s") % plural(gone, _("día hábil"), _("días hábiles"))
