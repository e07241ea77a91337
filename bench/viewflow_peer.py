"""django-viewflow on the work item: its own tables, one transaction per completion (claim and complete together)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.db import transaction
from viewflow import this
from viewflow.workflow import flow
from viewflow.workflow.flow import views
from viewflow.workflow.models import Process, Task

from .measure import Contender
from .work_item import COMPLETIONS, WALK


class WorkItem(flow.Flow):
    """Ten views, two decisions. The answer travels in the process' data, as its documentation shows."""

    process_class = Process

    start = flow.StartHandle().Next(this.a1)
    a1 = flow.View(views.UpdateProcessView.as_view(fields=[])).Next(this.a2)
    a2 = flow.View(views.UpdateProcessView.as_view(fields=[])).Next(this.a3)
    a3 = flow.View(views.UpdateProcessView.as_view(fields=[])).Next(this.g3)
    g3 = flow.If(lambda activation: activation.process.data.get("answer") == "no").Then(this.a2).Else(this.a4)
    a4 = flow.View(views.UpdateProcessView.as_view(fields=[])).Next(this.a5)
    a5 = flow.View(views.UpdateProcessView.as_view(fields=[])).Next(this.a6)
    a6 = flow.View(views.UpdateProcessView.as_view(fields=[])).Next(this.a7)
    a7 = flow.View(views.UpdateProcessView.as_view(fields=[])).Next(this.g7)
    g7 = flow.If(lambda activation: activation.process.data.get("answer") == "no").Then(this.a4).Else(this.a8)
    a8 = flow.View(views.UpdateProcessView.as_view(fields=[])).Next(this.a9)
    a9 = flow.View(views.UpdateProcessView.as_view(fields=[])).Next(this.a10)
    a10 = flow.View(views.UpdateProcessView.as_view(fields=[])).Next(this.end)
    end = flow.End()


class Viewflow:
    def __init__(self, person: Any) -> None:
        self.person = person

    def begin_case(self) -> Process:
        with transaction.atomic():
            WorkItem.start.run()
            return Process.objects.order_by("-pk")[0]

    def complete(self, process_id: int, step: str, answer: str | None) -> None:
        with transaction.atomic():
            task = Task.objects.select_for_update().get(process_id=process_id, status="NEW", flow_task_type="HUMAN")
            assert task.flow_task.name == f"a{step}"
            with task.activation() as activation:
                activation.assign(self.person)
                activation.start(None)
                activation.process.data = {"answer": answer or ""}
                activation.process.save()
                activation.execute()

    def cases(self, count: int) -> Contender:
        def prepare() -> Callable[[], int]:
            begun = [self.begin_case() for _ in range(count)]

            def work() -> int:
                for process in begun:
                    for step, answer in WALK:
                        self.complete(process.pk, step, answer)
                return count * COMPLETIONS

            return work

        return prepare
