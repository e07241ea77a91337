"""SpiffWorkflow on the work item, its state saved per step: load the case under a lock, step, dump, history row."""

from __future__ import annotations

import io
import json
from collections.abc import Callable

import psycopg
from lxml import etree
from SpiffWorkflow.bpmn.parser.BpmnParser import BpmnParser
from SpiffWorkflow.bpmn.serializer.workflow import BpmnWorkflowSerializer
from SpiffWorkflow.bpmn.workflow import BpmnWorkflow
from SpiffWorkflow.util.task import TaskState

from .measure import Contender
from .work_item import COMPLETIONS, STEPS, WALK, position_of

BPMN = "http://www.omg.org/spec/BPMN/20100524/MODEL"


def drawing() -> bytes:
    """The work item as BPMN 2.0: ten manual tasks, two exclusive gateways after 3 and 7."""
    nodes = ['<startEvent id="start"/>', '<endEvent id="end"/>']
    flows: list[tuple[str, str, str]] = [("start", "a1", "")]
    for step in STEPS:
        nodes.append(f'<manualTask id="a{step}" name="{step}"/>')
        after = "end" if step == "10" else f"a{int(step) + 1}"
        if step in {"3", "7"}:
            back = "a2" if step == "3" else "a4"
            nodes.append(f'<exclusiveGateway id="g{step}" default="f_g{step}_{after}"/>')
            flows += [(f"a{step}", f"g{step}", ""), (f"g{step}", back, "answer == 'no'"), (f"g{step}", after, "")]
        else:
            flows.append((f"a{step}", after, ""))
    lines = []
    for source, target, condition in flows:
        inner = f"<conditionExpression>{condition}</conditionExpression>" if condition else ""
        flow = (
            f'<sequenceFlow id="f_{source}_{target}" sourceRef="{source}" targetRef="{target}">{inner}</sequenceFlow>'
        )
        lines.append(flow)
    body = "".join(nodes + lines)
    return f'<definitions xmlns="{BPMN}"><process id="item" isExecutable="true">{body}</process></definitions>'.encode()


class Spiff:
    def __init__(self, url: str) -> None:
        parser = BpmnParser()
        parser.add_bpmn_xml(etree.parse(io.BytesIO(drawing())))
        self.spec = parser.get_spec("item")
        self.serializer = BpmnWorkflowSerializer(registry=BpmnWorkflowSerializer.configure())
        self.connection = psycopg.connect(url)
        self.connection.execute("create table spiff_case (id bigserial primary key, state text, position text)")
        self.connection.execute("create index spiff_open on spiff_case (position)")
        self.connection.execute("create table spiff_event (id bigserial primary key, case_id bigint, data text)")
        self.connection.commit()

    def begin_case(self) -> int:
        workflow = BpmnWorkflow(self.spec)
        workflow.do_engine_steps()
        state = self.serializer.serialize_json(workflow)
        row = self.connection.execute(
            "insert into spiff_case (state, position) values (%s, %s) returning id", (state, position_of("1"))
        ).fetchone()
        self.connection.commit()
        assert row
        return int(row[0])

    def complete(self, case: int, step: str, answer: str | None) -> bool:
        row = self.connection.execute("select state from spiff_case where id = %s for update", (case,)).fetchone()
        assert row
        workflow = self.serializer.deserialize_json(row[0])
        task = workflow.get_tasks(state=TaskState.READY, manual=True)[0]
        assert task.task_spec.name == f"a{step}"
        task.data["answer"] = answer or ""
        task.run()
        workflow.do_engine_steps()
        waiting = workflow.get_tasks(state=TaskState.READY, manual=True)
        position = position_of(waiting[0].task_spec.name[1:]) if waiting else None
        state = self.serializer.serialize_json(workflow)
        self.connection.execute(
            "update spiff_case set state = %s, position = %s where id = %s", (state, position, case)
        )
        data = json.dumps({"step": step, "answer": answer})
        self.connection.execute("insert into spiff_event (case_id, data) values (%s, %s)", (case, data))
        self.connection.commit()
        return workflow.is_completed()

    def cases(self, count: int) -> Contender:
        def prepare() -> Callable[[], int]:
            begun = [self.begin_case() for _ in range(count)]

            def work() -> int:
                for case in begun:
                    ended = [self.complete(case, step, answer) for step, answer in WALK]
                    assert ended[-1] and not any(ended[:-1])
                return count * COMPLETIONS

            return work

        return prepare
