"""Walks a procedure of a pack through the real services, along answers given beforehand, as those who hold the posts.

Beside the real case runs the drawing alone (`engine.walking.legs`): before each activity both must stand in the same
places, so that what the services do is what the manual draws.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from datetime import datetime, timedelta
from random import Random

from turna.core.calendar import clock_at, now
from turna.core.models import AuditEntry, Person, Position
from turna.core.rights import standing_of, system_standing
from turna.engine.definitions import Activity
from turna.engine.flow import State
from turna.engine.walking import EXPIRES, IN_TIME, Leg, cover, legs
from turna.procedures.definitions import definition_of
from turna.procedures.demo.player import Player, Wish, wishes_for
from turna.procedures.models import Case, Procedure, Task, Wait
from turna.procedures.services import Applicant, receive_message, start_case
from turna.procedures.services.expiring import fire_task, fire_wait
from turna.procedures.services.start import start_by_calendar

ONLOOKERS = 3
"""How many others are asked, for each task, that must not find it in their inbox."""


class Walker:
    """Takes cases of one procedure along ways; the same seed walks the same."""

    def __init__(self, player: Player, procedure: Procedure) -> None:
        self.player = player
        self.procedure = procedure
        self.definition = definition_of(procedure.versions.get(valid_until=None).pk)
        held = Person.objects.filter(appointments__isnull=False, institution=procedure.institution)
        self.everybody = [standing_of(person) for person in held.order_by("pk")]
        self.random = Random(5)
        self.clock = ExitStack()
        self.passed = 0  # decisions of the case that data have taken and the walk has come past

    def walk(self, answers: Sequence[str]) -> Case:
        """The case at the end of the answers."""
        ahead = list(legs(self.definition.procedure, answers))
        with self.clock:
            case = self.start(ahead)
            self.passed = 0
            for number, leg in enumerate(ahead):
                self.do(case, leg, ahead[number:])
        case.refresh_from_db()
        return case

    # --- Beginning ---------------------------------------------------------------------

    def start(self, ahead: Sequence[Leg]) -> Case:
        start = self.definition.procedure.start
        if start.schedule is not None and not start.by:
            begun = start_by_calendar(self.definition, system_standing(self.procedure.institution_id), now())
            return Case.objects.get(pk=begun.case_id)
        first = self.definition.activity(ahead[0].token.step) if ahead else None
        wishes = list(self.upcoming(start.form, ahead)) if first is None or first.form != start.form else []
        typed = self.player.typed(self.definition, start.form, wishes=wishes)
        applicant = None
        if start.on_behalf is not None:
            asking = self.citizen() if start.on_behalf == "ciudadano" else self.asking_head()
            applicant = Applicant(person_id=asking.pk)
        by = standing_of(self.starter())
        typed = self.player.with_files(self.definition, start.form, typed, by)
        started = start_case(self.procedure.pk, by, typed=typed, applicant=applicant)
        return Case.objects.get(pk=started.case_id)

    def starter(self) -> Person:
        """Whoever may start: the holder of the first post that is named, else a head, an official or a citizen."""
        by = self.definition.procedure.start.by
        posts = [self.definition.positions[key] for key in by if key in self.definition.positions]
        if posts:
            return Person.objects.filter(appointments__position=posts[0]).order_by("pk")[0]
        return self.citizen() if "ciudadano" in by else self.asking_head()

    def citizen(self) -> Person:
        person, _ = Person.objects.get_or_create(
            email="ciudadana@turna.example", defaults={"given_names": "Elena", "surname1": "Cedros"}
        )
        return person

    def asking_head(self) -> Person:
        """The head of a unit whose posts do nothing in the procedure: who would ask for it."""
        acting = {r.key for a in self.definition.procedure.activities for r in a.responsibles if r.kind == "position"}
        heads = Position.objects.filter(institution=self.procedure.institution, is_head=True).order_by("-pk")
        head = next((p for p in heads if p.key not in acting), heads[0])
        return Person.objects.filter(appointments__position=head).order_by("pk")[0]

    # --- One activity ------------------------------------------------------------------

    def do(self, case: Case, leg: Leg, ahead: Sequence[Leg]) -> None:
        """Everybody does their part of one activity. What data have decided by themselves is only looked at."""
        step, activity = leg.token.step, self.definition.activity(leg.token.step)
        if self.passed_by(case, step, leg.choice):
            return
        assert self.standing(case) == places(leg.before), f"before activity {step}"
        if leg.choice == EXPIRES and activity.answer(EXPIRES) is None:
            self.run_out(case, step)
            return
        self.wait_over(case, leg)
        pending = Task.objects.select_related("case", "person").filter(case=case, status="open")
        first = pending.filter(step=step).order_by("id").first()
        if first is None:
            assert self.awaited_only(activity), f"activity {step} gave nobody a task"
            return
        self.everyone_acts(pending, first, leg, ahead)

    def everyone_acts(self, pending, first: Task, leg: Leg, ahead: Sequence[Leg]) -> None:
        activity = self.definition.activity(leg.token.step)
        wishes = list(self.upcoming(activity.form, ahead))
        answer = None if leg.choice == IN_TIME else leg.choice
        # What data decide by themselves nobody has to answer.
        told = None if activity.answers and all(a.automatic for a in activity.answers) else answer
        while (task := pending.filter(token=first.token, round=first.round).order_by("id").first()) is not None:
            self.assert_in_inbox_of_its_holder(task)
            self.player.act(task, told, "No coincide con lo solicitado." if answer else "", wishes)
            assert not Task.objects.filter(pk=task.pk, status="open").exists()
        if activity.answers:
            last = Task.objects.filter(
                case=first.case_id, token=first.token, kind="work", status="done", step=first.step
            )
            assert last.order_by("-done_at", "-id")[0].answer == answer

    def awaited_only(self, activity: Activity) -> bool:
        """Whether nobody has a task in it: it only waits, or a child answers its question."""
        return bool(activity.waits_for or activity.call) or activity.action_automatic

    def passed_by(self, case: Case, step: str, choice: str | None) -> bool:
        rows = (
            AuditEntry.objects.filter(chain_kind="case", chain_id=case.pk)
            .order_by("seq")
            .values_list("data", flat=True)
        )
        passed = [tuple(pair) for data in rows for pair in data.get("passed", ())]
        if passed[self.passed :][:1] != [(step, choice)]:
            return False
        self.passed += 1
        return True

    def standing(self, case: Case) -> list[str]:
        return places(State.from_json(Case.objects.values_list("state", flat=True).get(pk=case.pk)))

    def upcoming(self, form: str | None, ahead: Sequence[Leg]) -> Iterator[Wish]:
        """What the answers ahead wish of a format that is about to be filled, until it is filled again."""
        for number, leg in enumerate(ahead):
            activity = self.definition.activity(leg.token.step)
            if number and activity.form == form:
                return
            yield from wishes_for(activity, leg.choice)

    # --- What nobody does --------------------------------------------------------------

    def pass_time(self, until: datetime) -> None:
        if until > now():
            self.clock.enter_context(clock_at(until))

    def run_out(self, case: Case, step: str) -> None:
        """The term of the activity, or of what it waits for, runs out."""
        task = Task.objects.filter(case=case, status="open", step=step, due_at__isnull=False).first()
        wait = Wait.objects.filter(case=case, closed_at__isnull=True, step=step, due_at__isnull=False).first()
        late = task or wait
        assert late is not None and late.due_at is not None, f"activity {step} has no term that could run out"
        self.pass_time(late.due_at + timedelta(minutes=1))
        fire = fire_task if task is not None else fire_wait
        for _ in range(3):  # warned first, then due
            fire(late.pk, now())
        late.refresh_from_db()
        assert late.next_at is None

    def wait_over(self, case: Case, leg: Leg) -> None:
        """What the activity waits for comes: a message, a time, the end of its child cases."""
        step = leg.token.step
        wait = Wait.objects.filter(case=case, closed_at__isnull=True, step=step).first()
        if wait is None:
            return
        if wait.kind == Wait.Kind.TIME:
            assert wait.due_at is not None
            self.pass_time(wait.due_at + timedelta(seconds=1))
            fire_wait(wait.pk, now())
        elif wait.kind == Wait.Kind.MESSAGE:
            receive_message(case.pk, wait.name, by=system_standing(case.institution_id))
        else:
            self.end_children(case, wait.token, leg.choice)

    def end_children(self, case: Case, token: int, choice: str | None) -> None:
        """The child cases are carried to an end: to the outcome that answers the parent's question, if it does."""
        for child in Case.objects.filter(parent=case, parent_token=token, status="open").order_by("id"):
            walker = Walker(self.player, child.procedure)
            ways = cover(walker.definition.procedure)
            way = next((w for w in ways if w.outcome == choice), min(ways, key=lambda w: len(w.visited)))
            with walker.clock:
                ahead = list(legs(walker.definition.procedure, way.answers))
                for number, leg in enumerate(ahead):
                    walker.do(child, leg, ahead[number:])
            child.refresh_from_db()
            assert child.status == "ended"

    # --- Inboxes -----------------------------------------------------------------------

    def assert_in_inbox_of_its_holder(self, task: Task) -> None:
        holder = standing_of(self.player.holder(task))
        rows = Task.objects.filter(pk=task.pk)
        if holder.institution_id:
            assert rows.doable_by(holder).exists()
        else:  # a citizen works in no institution, and has no inbox of one
            assert task.person_id == holder.person_id
        others = [by for by in self.everybody if by.person_id != holder.person_id]
        for by in self.random.sample(others, k=min(ONLOOKERS, len(others))):
            heads = task.unit is not None and by.heads(task.unit.path)
            assert heads or not rows.doable_by(by).exists(), f"{by.person_id} finds {task.step} too"


def places(state: State) -> list[str]:
    """Where a case stands, without branches that only wait for others."""
    return sorted(token.step for token in state.tokens if token.kind != "parked")
