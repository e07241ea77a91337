"""Who asks for what in the demo: procedures as often as they come up, applicants that fit what is asked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from random import Random
from typing import Any

from turna.core.calendar import today
from turna.core.models import Institution, Person, Position
from turna.core.rights import Standing, standing_of
from turna.engine.definitions import Start

from ..definitions import Definition, definition_of
from ..models import Procedure
from ..services import Applicant
from .people import invented
from .player import Player

CITIZEN, HEAD = "ciudadano", "titular"

# How often a procedure comes up, by the beginning of its key; the rest once.
FREQUENCY = {
    "recepcion": 8, "mantenimiento": 4, "orden-de-pago": 5, "dictamen": 2, "creacion": 2, "alta": 2,
    "mesa-de-servicio": 8, "soporte-tecnico": 6, "registro-y-canalizacion": 8, "asignacion": 3, "correo": 3,
    "atencion": 6,
}  # fmt: skip
CITIZENS = 6
"""How many invented citizens ask for things, over and over."""
# What a service is asked by, in the words of the request and of the procedure's channels.
SPOKEN = {"telefono": "teléfono", "oficio": "oficio por Cero Papel"}


@dataclass(frozen=True)
class Role:
    """One case to be: its procedure, who starts it, for whom, and what they ask. `supervisor` may cancel it."""

    definition: Definition
    starter: Person
    applicant: Applicant | None
    sample: Mapping[str, Any]
    facts: Mapping[str, Any]
    supervisor: Standing

    def channel(self, typed: Mapping[str, Any], random: Random) -> str:
        """How it came in; the form says so itself, where it asks."""
        channels = self.definition.procedure.start.channels
        spoken = SPOKEN.get(str(typed.get("canal")), "")
        return spoken if spoken in channels else random.choice(channels) if channels else ""


@dataclass
class Casting:
    """Draws the cases of an institution. `areas`: how each unit that asks numbers its oficios and where it sits."""

    institution: Institution
    player: Player
    areas: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    _decks: dict[str, list[Mapping[str, Any]]] = field(default_factory=dict)

    def draw(self, random: Random, number: int) -> Role:
        definition = random.choice(self._often)
        start = definition.procedure.start
        sample = self._deal(start.form) if start.form else {}
        unit = sample.get("_de") or random.choice(sorted(self._applicants))
        official = random.choice(self._applicants.get(unit) or self._applicants[sorted(self._applicants)[0]])
        asking = self.citizen(number) if CITIZEN in {*start.by, start.on_behalf} else official
        if HEAD in {*start.by, start.on_behalf}:
            asking = self._heads.get(unit) or next(iter(self._heads.values()))
        position = next((definition.positions.get(key) for key in start.by if key in definition.positions), None)
        starter = self._holders[position] if position is not None else asking
        facts = self._facts(unit, asking, number)
        return Role(definition, starter, self._behalf(start, asking), sample, facts, self._head(definition))

    def found(self, definition: Definition) -> Role:
        """The role of a case that began by itself: by the calendar, or called by another."""
        supervisor = self._head(definition)
        return Role(definition, next(iter(self._holders.values())), None, {}, {}, supervisor)

    def citizen(self, number: int) -> Person:
        """One of a few invented citizens with an account of their own."""
        n = number % CITIZENS
        email = f"ciudadania{n + 1}@{self.institution.key}.example"
        person, _made = Person.objects.get_or_create(email=email, defaults=invented(n * 7 + 1))
        return person

    def _behalf(self, start: Start, asking: Person) -> Applicant | None:
        """In whose name the starter begins it; None: in their own."""
        if start.on_behalf is None:
            return None
        if start.on_behalf == CITIZEN:
            return Applicant(name=asking.full_name, email=asking.email)
        return Applicant(person_id=asking.pk)

    def _deal(self, form: str) -> Mapping[str, Any]:
        """A sample of the start's format; none comes again before all have come."""
        deck = self._decks.setdefault(form, [])
        if not deck:
            deck += self.player.samples.get(form) or [{}]
            self.player.random.shuffle(deck)
        return deck.pop()

    def _facts(self, unit: str, applicant: Person, number: int) -> dict[str, Any]:
        """What follows from who asks: the number of their oficio, their office, their name."""
        area, day = self.areas.get(unit, {}), today(self.institution)
        facts: dict[str, Any] = {"contacto": applicant.full_name}
        if "oficio" in area:
            facts["oficio_numero"] = f"{area['oficio']}/OF/{140 + number * 3:04}/{day.year}"
        if "ubicacion" in area:
            facts["ubicacion"] = area["ubicacion"]
        return facts

    @cached_property
    def _often(self) -> list[Definition]:
        drawn: list[Definition] = []
        for procedure in Procedure.objects.filter(institution=self.institution, is_active=True).order_by("code", "key"):
            if not definition_of(procedure.versions.get(valid_until=None).pk).procedure.start.by:
                continue  # only the calendar begins it
            often = next((n for word, n in FREQUENCY.items() if procedure.key.startswith(word)), 1)
            drawn += [definition_of(procedure.versions.get(valid_until=None).pk)] * often
        return drawn

    @cached_property
    def _holders(self) -> dict[int, Person]:
        people = Person.objects.filter(institution=self.institution, appointments__isnull=False).order_by("pk")
        rows = people.values_list("appointments__position", "pk")
        by_id = {person.pk: person for person in people}
        return {position: by_id[person] for position, person in rows}

    @cached_property
    def _applicants(self) -> dict[str, list[Person]]:
        """People of the units that ask, by unit: those whose positions no activity names, if there are any."""
        acting = {r.key for definition in self._often for a in definition.procedure.activities for r in a.responsibles}
        rows = Position.objects.filter(institution=self.institution, unit__isnull=False).select_related("unit")
        asking = rows.filter(unit__key__in=self.areas) if self.areas else rows
        idle = asking.exclude(key__in=[key for key in acting if key])
        found: dict[str, list[Person]] = {}
        for position in (idle if idle.exists() else asking).order_by("is_head", "pk"):
            if position.unit is not None and position.pk in self._holders:
                found.setdefault(position.unit.key, []).append(self._holders[position.pk])
        return found

    @cached_property
    def _heads(self) -> dict[str, Person]:
        """Who heads each unit."""
        rows = Position.objects.filter(institution=self.institution, is_head=True, unit__isnull=False)
        pairs = rows.order_by("-pk").values_list("unit__key", "pk")
        return {key: self._holders[pk] for key, pk in pairs if pk in self._holders}

    def _head(self, definition: Definition) -> Standing:
        """Who heads the responsible area."""
        heads = Position.objects.filter(
            institution=self.institution, is_head=True, unit__key=definition.procedure.unit, pk__in=self._holders
        )
        head = heads.order_by("pk").first()
        return standing_of(self._holders[head.pk]) if head is not None else Standing(0, self.institution.pk)
