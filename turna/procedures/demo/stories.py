"""A lived-in data set: some hundred cases in all states, told day by day with a seeded clock over the real services.

What may happen to one case is a `Story`; the `Village` lets them all happen in their order, in working hours. Which
procedures come up, who asks for them and what is typed is `casting`'s and the player's business.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from itertools import count
from random import Random

from django.db.models import F

from turna.core.calendar import WorkingCalendar, calendar_of, clock_at, now, today
from turna.core.deadlines import Term
from turna.core.models import Institution, Notice, OutboxMail
from turna.core.rights import Standing, standing_of, system_standing
from turna.engine.definitions import Activity

from ..definitions import Definition, definition_of
from ..models import Case, CorrectionNotice, Schedule, Task, Wait
from ..pages.telling import leads_back
from ..services import (
    Refused,
    answer_correction,
    ask_correction,
    cancel_case,
    claim_task,
    comment,
    receive_message,
    route_task,
    run_due,
    start_case,
    withdraw_case,
)
from ..services.schedules import next_time
from .casting import Casting, Role
from .player import Player, hopes_for, usual_answer, wishes_for

DAYS = 60
CARE = 0.85  # how often somebody fills a format the first time so that nobody sends it back
DAILY = 12  # days back from which daily duties are told
HEARD = 0.6  # how often, when one looks, what was awaited from outside has come
OPENS, CLOSES = time(8, 10), time(14, 50)
COMMENTS = (
    "Hablé por teléfono con el área; mandan el dato que falta hoy mismo.",
    "Queda pendiente que confirmen la fecha.",
    "Avisé por teléfono a la persona solicitante.",
    "Se revisa mañana a primera hora.",
)
# What is asked to be corrected, and the answer: of an oficio, and of what came in otherwise.
CORRECTION = "Falta la firma de la persona titular en el oficio. Envíelo de nuevo, firmado."
CORRECTED = "Se envía de nuevo el oficio, ya con la firma de la persona titular."
DETAIL = "Falta el número de inventario del equipo. Está en la etiqueta; indíquelo para poder atenderlo."
DETAILED = "El número de inventario es VER-EC-04412."
INSTRUCTION = "Revise y diga si hay observaciones."
# What becomes of a case, and how often: carried on; left lying somewhere; asked to be corrected; ended before its time.
FATES = (("go on", 71), ("lie", 16), ("correct", 8), ("cancel", 3), ("withdraw", 2))
# Of the cases of the last days more are still being asked something.
LATELY, LATE_FATES = 0.8, (("go on", 66), ("lie", 14), ("correct", 20))


@dataclass
class Village:
    """One institution living through its days. `tell` hears how far it has come, from 0 to 1."""

    institution: Institution
    player: Player
    calendar: WorkingCalendar
    until: datetime
    casting: Casting
    tell: Callable[[float], None] = lambda share: None
    told: set[int] = field(default_factory=set)
    """The cases that have a story."""
    _agenda: list[tuple[datetime, int, Callable[[], None]]] = field(default_factory=list)
    _order: Iterator[int] = field(default_factory=count)

    @property
    def random(self) -> Random:
        return self.player.random

    def plan(self, at: datetime, act: Callable[[], None]) -> None:
        """Puts an act on the agenda at the first working moment from `at` on; acts after the end never happen."""
        moment = self.working(at)
        if moment < self.until:
            heapq.heappush(self._agenda, (moment, next(self._order), act))

    def working(self, at: datetime) -> datetime:
        """The moment itself in working hours, else some time in the first hours of the next working day."""
        local = at.astimezone(self.calendar.zone)
        if self.calendar.is_working(local.date()) and OPENS <= local.time() <= CLOSES:
            return at
        day = local.date() if local.time() < OPENS else local.date() + timedelta(days=1)
        while not self.calendar.is_working(day):
            day += timedelta(days=1)
        begin = datetime.combine(day, OPENS, self.calendar.zone)
        return (begin + timedelta(minutes=self.random.randrange(150))).astimezone(at.tzinfo)

    def live(self) -> None:
        """Every act in its order, each at its own time; the worker passes once a day."""
        begin = min((at for at, _, _ in self._agenda), default=self.until)
        swept = begin
        while self._agenda:
            at, _, act = heapq.heappop(self._agenda)
            while swept + timedelta(days=1) < at:
                swept = self.sweep(swept + timedelta(days=1))
            with clock_at(at):
                act()
            self.tell((at - begin) / (self.until - begin))
        self.sweep(self.until)

    def sweep(self, at: datetime) -> datetime:
        with clock_at(at):
            run_due(at, 500)
            self.adopt()
        return at

    def adopt(self) -> None:
        """What began by itself, by the calendar or called by another case, is somebody's to do as well."""
        for case in Case.objects.filter(institution=self.institution).exclude(pk__in=self.told).order_by("pk"):
            self.told.add(case.pk)
            role = self.casting.found(definition_of(case.version_id))
            Story(self, role, self.random.choice((0.4, 1, 1)), "go on", 99, case.pk).go_on()


@dataclass
class Story:
    """One case from its start to wherever it gets. `left`: acts until its fate, if it has one."""

    village: Village
    role: Role
    slow: float
    fate: str
    left: int
    case_id: int = 0

    def begin(self) -> None:
        player, role, definition = self.village.player, self.role, self.role.definition
        form = definition.procedure.start.form
        typed = player.typed(definition, form, sample=role.sample, facts=role.facts)
        channel = role.channel(typed, self.village.random)
        by = standing_of(role.starter)
        typed = player.with_files(definition, form, typed, by)
        started = start_case(definition.procedure_id, by, typed=typed, channel=channel, applicant=role.applicant)
        self.case_id = started.case_id
        self.village.told.add(started.case_id)
        self.go_on()

    def go_on(self) -> None:
        """Plans what comes next in this case: mostly hours later, sometimes days."""
        if Case.objects.filter(pk=self.case_id, status=Case.Status.SUSPENDED).exists():
            self.village.plan(now() + timedelta(days=self.village.random.randint(3, 9)), self.step)
            return
        hours = self.village.random.expovariate(1 / (9 * self.slow)) + 0.2
        self.village.plan(now() + timedelta(hours=hours), self.step)

    def step(self) -> None:
        """One thing happens: mostly the next task is done; sometimes something is said, routed or asked first."""
        case = Case.objects.select_related("applicant").get(pk=self.case_id)
        self.left -= 1
        if case.status == Case.Status.SUSPENDED:
            self.answer(case)
        elif case.status != Case.Status.OPEN or (self.left == 0 and self.ends_here(case)):
            return
        elif not (self.left == 0 and self.asks(case)) and not self.aside(case):
            self.work()
        self.go_on()

    # --- What happens ------------------------------------------------------------------

    def work(self) -> None:
        """Every open task of the case is done by its holder."""
        player = self.village.player
        self.hear()
        pending = Task.objects.select_related("case", "person").filter(case=self.case_id, status="open")
        for task in list(pending.order_by("id")):
            definition = definition_of(task.case.version_id)
            activity = definition.activity(task.step)
            answer = self.answer_to(task, activity, definition) if task.kind == Task.Kind.WORK else None
            reason = ""
            if self.needs_reason(definition, activity, answer):
                reason = player.reason(definition.procedure.key, task.step)
            wishes = wishes_for(activity, answer)
            if task.round > 1 or self.village.random.random() < CARE:
                wishes += hopes_for(definition, activity.form)
            try:
                player.act(task, answer, reason, wishes)
            except Refused as refused:
                # Somebody else's part closed it, or it waits for an answer that was routed.
                if refused.code not in {"already_done", "not_allowed"}:
                    raise

    def hear(self) -> None:
        """What the case waits for from outside comes, mostly."""
        waits = Wait.objects.filter(case=self.case_id, closed_at__isnull=True, kind=Wait.Kind.MESSAGE)
        for wait in list(waits.order_by("token")):
            if self.village.random.random() < HEARD:
                receive_message(self.case_id, wait.name, by=system_standing(self.village.institution.pk))

    def answer_to(self, task: Task, activity: Activity, definition: Definition) -> str | None:
        """What data propose, when what they read has been filled before; else what the holder would choose."""
        own = (activity.form or "").replace("-", "_")
        rules = [(a.label, a.decide) for a in activity.answers if a.decide]
        if rules and (not own or own not in rules[0][1]):
            proposed = self.village.player.proposed(task, definition, rules)
            if proposed is not None:
                return proposed
        return self.village.player.choose(activity)

    def needs_reason(self, definition: Definition, activity: Activity, answer: str | None) -> bool:
        """What is sent back, and what goes another way than usual."""
        chosen = activity.answer(answer) if answer is not None else None
        if chosen is None:
            return False
        return answer != usual_answer(activity) or leads_back(definition, activity, chosen.target)

    def ends_here(self, case: Case) -> bool:
        """Whether nothing more happens in the case: it is left lying, or ends before its time."""
        if self.fate == "cancel":
            cancel_case(case.pk, self.role.supervisor, "Se duplicó con otro expediente del mismo asunto.")
        elif self.fate == "withdraw" and case.applicant is not None:
            withdraw_case(case.pk, standing_of(case.applicant), "Ya no se necesita: el área lo resolvió por su cuenta.")
        return self.fate in ("lie", "cancel", "withdraw")

    def asks(self, case: Case) -> bool:
        """Whether the applicant is asked to correct something."""
        task = Task.objects.filter(case=case, status="open", kind="work", position__isnull=False).first()
        if self.fate != "correct" or task is None or case.applicant_id is None:
            return False
        by = standing_of(self.village.player.holder(task))
        text = CORRECTION if "oficio" in case.channel else DETAIL
        ask_correction(case.pk, by, text, Term(10, "working_days"), "Plazo que fija el área")
        return True

    def answer(self, case: Case) -> None:
        """The applicant answers what was asked; one in three leaves it for later."""
        pending = CorrectionNotice.objects.filter(case=case, status="pending").first()
        if pending is not None and case.applicant is not None and self.village.random.random() < 0.67:
            answer = CORRECTED if pending.text == CORRECTION else DETAILED
            answer_correction(pending.pk, standing_of(case.applicant), answer)

    def aside(self, case: Case) -> bool:
        """Something besides the drawing; True when it took the turn."""
        dice = self.village.random.random()
        task = Task.objects.select_related("person").filter(case=case, status="open", kind="work").first()
        if task is None or task.position_id is None or dice > 0.1:
            return False
        by = standing_of(self.village.player.holder(task))
        if dice < 0.025 and task.waits_for == 0:
            return self.route(task, by)
        if dice < 0.05 and task.assignee_id is None:
            claim_task(task.pk, by)
        else:
            comment(case.pk, by, self.village.random.choice(COMMENTS), "internal")
        return True

    def route(self, task: Task, by: Standing) -> bool:
        others = Task.objects.exclude(position=task.position_id).filter(position__isnull=False, case=task.case_id)
        target = others.order_by("pk").values_list("position", flat=True).first()
        if target is not None:
            route_task(task.pk, by, to=[target], instruction=INSTRUCTION, term=Term(2, "working_days"))
        return target is not None


def tell_stories(
    institution: Institution, player: Player, casting: Casting, cases: int, tell: Callable[[float], None] | None = None
) -> None:
    """Lives the institution's last two months, up to last midnight. The same day tells the same stories."""
    random = player.random
    calendar = calendar_of(institution)
    midnight = datetime.combine(today(institution), time(), calendar.zone)
    village = Village(institution, player, calendar, midnight, casting)
    if tell is not None:
        village.tell = tell
    _hold_daily_ones(institution, midnight)
    fates, late_fates = ([f for f, often in table for _ in range(often)] for table in (FATES, LATE_FATES))
    for number in range(cases):
        back = timedelta(days=DAYS * (1 - number / cases) + 0.3, hours=random.uniform(-4, 4))
        slow = random.choice((0.4, 1, 1, 1.6, 3))
        fate = random.choice(late_fates if number > cases * LATELY else fates)
        story = Story(village, casting.draw(random, number), slow, fate, random.randint(1, 6))
        village.plan(midnight - back, story.begin)
    village.live()
    _tidy_up(institution, midnight)


def _hold_daily_ones(institution: Institution, until: datetime) -> None:
    """What begins every day begins only in the last days, or it would bury the rest."""
    begin = until - timedelta(days=DAILY)
    for schedule in Schedule.objects.filter(institution=institution, next_at__lt=begin):
        after = next_time(schedule.rule, begin, institution)
        if after is not None and after - begin < timedelta(days=DAILY / 2):
            Schedule.objects.filter(pk=schedule.pk).update(next_at=after)


def _tidy_up(institution: Institution, midnight: datetime) -> None:
    """Mail of invented people has gone nowhere and must never go; notices older than three days have been read."""
    OutboxMail.objects.filter(institution=institution).update(status=OutboxMail.Status.SENT, sent_at=F("created_at"))
    old = Notice.objects.filter(institution=institution, created_at__lt=midnight - timedelta(days=3))
    old.update(read_at=F("created_at"))
