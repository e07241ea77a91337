"""kill -9 of server and workers under load: what was acknowledged is there, once; nothing is lost, nothing doubled."""

from __future__ import annotations

import re
import subprocess
import time
from collections.abc import Callable
from threading import Event, Thread

import pytest

from tests.install import Install, kill
from tests.postgres import free_port

from .client import GONE, Client
from .conftest import Postbox

pytestmark = pytest.mark.faults

WORKING_SECONDS = 14
TIMED = 120


def people(install: Install, stop: Event) -> list[Client]:
    """One client per position that works, logged in."""
    clients = [Client(install.url, f"{name}@turna.example", stop) for name in ("secretaria", "jefe", "cajero")]
    for client in clients:
        client.log_in()
    return clients


def work(client: Client, stop: Event, start: bool) -> None:
    """Does whatever the inbox lists, and begins cases, until told to stop. What breaks it counts as a refusal."""
    try:
        _work(client, stop, start)
    except GONE:
        client.refused += [] if stop.is_set() else ["the server has gone"]
    except Exception as error:  # noqa: BLE001 - in a thread nobody else would see it
        client.refused.append(repr(error))


def _work(client: Client, stop: Event, start: bool) -> None:
    while not stop.is_set():
        if start:
            client.act("/iniciar/manual/vueltas/", **{"f-cosa": "mesas", "channel": "ventanilla", "do": "start"})
        for path in client.tasks()[:4]:
            client.act(path, do="complete", answer="sí")


def in_threads(*jobs: Callable[[], None]) -> list[Thread]:
    threads = [Thread(target=job, daemon=True) for job in jobs]
    for thread in threads:
        thread.start()
    return threads


def test_nothing_acknowledged_is_lost_and_nothing_happens_twice(install: Install, postbox: tuple[Postbox, str]) -> None:
    stop = Event()
    server = install.serve("--no-worker")
    workers = [install.begin("worker") for _ in range(2)]
    clients = people(install, stop)
    threads = in_threads(*(lambda c=c, n=n: work(c, stop, n == 0) for n, c in enumerate(clients)))
    kills, until = 0, time.monotonic() + WORKING_SECONDS
    while time.monotonic() < until:
        time.sleep(1.8)
        kill(server)
        kill(workers[0])
        kills += 1
        server = install.serve("--no-worker")
        workers[0] = install.begin("worker")
    stop.set()
    for thread in threads:
        thread.join(30)
        assert not thread.is_alive()
    let_leases_run_out(install, workers)
    wait_until_quiet(install)
    assert [c.refused for c in clients] == [[], [], []]
    assert kills >= 3 and sum(c.repeated for c in clients) > 0
    assert sum(len(c.acknowledged) for c in clients) > 12
    late = [act for c in clients for act in c.too_late]
    assert_everything_once(install, [act for c in clients for act in c.acknowledged], late)
    assert_every_timer_once(install)
    assert_every_mail_arrived(install, postbox[0], kills)
    install.turna("audit", "verify")


def let_leases_run_out(install: Install, workers: list[subprocess.Popen[bytes]]) -> None:
    """Ten minutes later: the mail that a killed worker had in hand may be taken up by another one."""
    for process in workers:
        kill(process)
    with install.connection() as connection:
        connection.execute("UPDATE core_outboxmail SET next_attempt_at = created_at WHERE status = 'sending'")
        connection.commit()
    workers[:] = [install.begin("worker") for _ in workers]


def wait_until_quiet(install: Install) -> None:
    """Until the workers have nothing left: no timer due, nothing to announce, no mail waiting."""
    until = time.monotonic() + 25
    open_work = (
        "SELECT (SELECT count(*) FROM core_outboxmail WHERE status IN ('queued', 'sending')),"
        " (SELECT count(*) FROM procedures_task WHERE status = 'open' AND announced_at IS NULL),"
        " (SELECT count(*) FROM procedures_task t JOIN procedures_case c ON c.id = t.case_id"
        " WHERE t.status = 'open' AND t.step = '1' AND t.due_at IS NOT NULL)"
    )
    while (left := install.rows(open_work)[0]) != (0, 0, 0):
        assert time.monotonic() < until, f"still open (mail, announcements, timers): {left}"
        time.sleep(0.5)


def assert_everything_once(install: Install, acts: list[str], late: list[str]) -> None:
    """Each acknowledged act stands in the history once, a refused one never; no folio is missing or doubled."""
    kept = [
        str(act).replace("-", "") for (act,) in install.rows("SELECT act FROM core_auditentry WHERE act IS NOT NULL")
    ]
    plain = [act.replace("-", "") for act in acts]
    assert len(plain) == len(set(plain))
    assert [act for act in plain if kept.count(act) != 1] == []
    assert [act for act in late if act.replace("-", "") in kept] == []
    folios = [folio for (folio,) in install.rows("SELECT folio FROM procedures_case ORDER BY id")]
    numbers = sorted(int(re.findall(r"\d+", folio)[-1]) for folio in folios)
    assert numbers == list(range(1, len(folios) + 1))
    started = install.rows("SELECT chain_id FROM core_auditentry WHERE action = 'case.started'")
    assert len(started) == len(set(started)) == len(folios)
    done = install.rows("SELECT count(*) FROM procedures_task WHERE status = 'done'")
    told = install.rows("SELECT count(*) FROM core_auditentry WHERE action = 'task.completed'")
    assert done == told


def assert_every_timer_once(install: Install) -> None:
    """Each term that had run out has moved its case exactly once, unless somebody had done the task before."""
    fired = install.rows("SELECT chain_id FROM core_auditentry WHERE action = 'task.expired'")
    timed = install.rows("SELECT case_id, status FROM procedures_task WHERE due_at IS NOT NULL AND step = '1'")
    assert len(timed) == TIMED and len(fired) > TIMED / 2
    assert sorted(fired) == sorted((case_id,) for case_id, status in timed if status == "closed")
    assert {status for _, status in timed} <= {"closed", "done"}
    second = install.rows(
        "SELECT count(*), count(DISTINCT t.case_id) FROM procedures_task t JOIN procedures_case c ON c.id = t.case_id"
        " WHERE t.step = '2' AND c.procedure_id = (SELECT id FROM procedures_procedure WHERE key = 'plazos')"
    )
    assert second == [(TIMED, TIMED)]


def assert_every_mail_arrived(install: Install, box: Postbox, kills: int) -> None:
    """Every mail arrived; one whose sender was killed between sending and noting it may arrive again, as itself."""
    sent = {number for (number,) in install.rows("SELECT message_id FROM core_outboxmail WHERE status = 'sent'")}
    arrived = set(box.arrived)
    assert {n.strip("<>") for n in arrived} == {n.strip("<>") for n in sent} and len(sent) >= TIMED
    assert sum(box.arrived.values()) - len(arrived) <= kills


def test_the_same_post_twice_has_one_effect(install: Install) -> None:
    stop = Event()
    install.serve("--no-worker")
    secretary = Client(install.url, "secretaria@turna.example", stop)
    secretary.log_in()
    path = "/iniciar/manual/vueltas/"
    page = secretary.get(path)
    fields = {"act": re.findall(r'name="act" value="([^"]+)"', page)[0], "f-cosa": "bancas", "channel": "ventanilla"}
    fields |= {"csrfmiddlewaretoken": re.findall(r'name="csrfmiddlewaretoken" value="([^"]+)"', page)[0], "do": "start"}
    before = install.rows("SELECT count(*) FROM procedures_case")[0][0]
    statuses: list[int] = []
    for thread in in_threads(*(lambda: statuses.append(secretary.post(path, fields)) for _ in range(4))):
        thread.join(20)
    assert statuses == [302] * 4
    assert install.rows("SELECT count(*) FROM procedures_case")[0][0] == before + 1
    for path in secretary.tasks()[:1]:
        first, second = secretary.get(path), secretary.get(path)  # the same task in two tabs
        acts = [re.findall(r'name="act" value="([^"]+)"', tab)[0] for tab in (first, second)]
        given = {"csrfmiddlewaretoken": fields["csrfmiddlewaretoken"], "do": "complete"}
        assert secretary.post(path, {**given, "act": acts[0]}) == 302
        assert secretary.post(path, {**given, "act": acts[1]}) != 500
        number = re.findall(r"\d+", path)[0]
        entries = install.rows("SELECT data FROM core_auditentry WHERE action = 'task.completed'")
        assert sum(f'"task": {number},' in str(data).replace("'", '"') for (data,) in entries) == 1


def test_two_servers_take_turns_on_the_same_cases(install: Install) -> None:
    """Whatever one process remembers of a case, the other has meanwhile moved it on."""
    stop, port = Event(), free_port()
    install.serve("--no-worker")
    install.serve("--no-worker", port=port)
    sites = [install.url, f"http://127.0.0.1:{port}"]
    clients = {name: Client(sites[0], f"{name}@turna.example", stop) for name in ("secretaria", "jefe", "cajero")}
    for client in clients.values():
        client.log_in()
    steps, turn = ("secretaria", "jefe", "cajero", "secretaria", "jefe"), 0
    cases = "SELECT id FROM procedures_case WHERE status = 'open' AND procedure_id ="
    cases += " (SELECT id FROM procedures_procedure WHERE key = 'vueltas') ORDER BY id LIMIT 6"
    for (case,) in install.rows(cases):
        for name in steps:
            turn += 1
            task = install.rows(f"SELECT id FROM procedures_task WHERE case_id = {case} AND status = 'open'")[0][0]
            client = clients[name]
            client.site = sites[turn % 2]
            assert client.act(f"/tareas/{task}/", do="complete", answer="sí"), (name, client.refused, client.too_late)
        told = install.rows(f"SELECT status, head_seq FROM procedures_case WHERE id = {case}")
        assert told == [("ended", 6)]
    install.turna("audit", "verify")
