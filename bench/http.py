"""Requests: acts over real HTTP to a running server, lists through the whole of Django in process."""

from __future__ import annotations

import re
from collections.abc import Callable
from http.client import HTTPConnection
from urllib.parse import urlencode
from uuid import uuid4

from django.conf import settings
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from turna.core.models import Person
from turna.procedures.models import Procedure

from .fill import reader
from .measure import Contender
from .ours import Ours
from .work_item import position_of


def signed_in(person: Person) -> Client:
    client = Client(enforce_csrf_checks=True)
    client.force_login(person, backend=settings.AUTHENTICATION_BACKENDS[0])
    return client


class Browser:
    """People who complete the work item over HTTP, each with a session and a connection of their own."""

    def __init__(self, url: str) -> None:
        self.ours = Ours()
        self.where = url.removeprefix("http://")
        self.clients = {key: signed_in(self.ours.person(key)) for key in self.ours.standings}
        self.tokens = {key: token(client) for key, client in self.clients.items()}
        self.lines = {key: HTTPConnection(self.where) for key in self.clients}

    def post(self, key: str, path: str, data: dict[str, str]) -> int:
        """Sends a form as a browser does (cookies, one connection kept open); the answer's status."""
        cookies = self.clients[key].cookies
        headers = {
            "Content-Type": "application/x-www-form-urlencoded",
            "Cookie": "; ".join(f"{name}={cookies[name].value}" for name in ("sessionid", "csrftoken")),
        }
        body = urlencode({"csrfmiddlewaretoken": self.tokens[key], **data})
        self.lines[key].request("POST", path, body, headers)
        answered = self.lines[key].getresponse()
        answered.read()
        return answered.status

    def completions(self, count: int) -> Contender:
        """The second activity of each of `count` cases whose first this server has seen, as in a day's work; looking
        up the tasks is not timed."""

        def prepare() -> Callable[[], int]:
            begun = [self.ours.begin_case() for _ in range(count)]
            for _, task in begun:
                self.complete("1", task)
            second = [self.ours.open_task(case) for case, _ in begun]

            def work() -> int:
                for task in second:
                    self.complete("2", task)
                return count

            return work

        return prepare

    def complete(self, step: str, task: int) -> None:
        data = {"act": str(uuid4()), "answer": "", "reason": ""}
        assert self.post(position_of(step), reverse("task", args=[task]), data) == 302

    def nothings(self, count: int) -> Contender:
        """An authenticated POST that checks session, log-in and CSRF and does nothing."""

        def work() -> int:
            for _ in range(count):
                assert self.post(position_of("1"), "/medicion/nada/", {}) == 204
            return count

        return lambda: work


def token(client: Client) -> str:
    """A CSRF token, as the page carries it."""
    page = client.get(reverse("inbox")).content.decode()
    found = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page)
    assert found
    return found[1]


class Reader:
    """Somebody who looks at the inbox and searches folios."""

    def __init__(self, institution_id: int) -> None:
        self.client = signed_in(Person.objects.get(pk=reader(institution_id)))
        procedure = Procedure.objects.filter(institution_id=institution_id).earliest("pk")
        self.figures = reverse("procedure", args=[procedure.pack, procedure.key]) + "?periodo=todo"

    def get(self, path: str) -> None:
        answered = self.client.get(path)
        assert answered.status_code == 200, (path, answered.status_code)

    def looks(self, size: int) -> dict[str, Callable[[], None]]:
        inbox = reverse("inbox")
        return {
            "inbox": lambda: self.get(f"{inbox}?vista=mine"),
            "search_folio": lambda: self.get(f"{reverse('case_search')}?q=MB/2026/{size:07}"),
            "procedure_figures": lambda: self.get(self.figures),
            "search_words": lambda: self.get(f"{reverse('case_search')}?q=luminaria+{size - 7}"),
        }

    def queries(self, look: Callable[[], None]) -> int:
        with CaptureQueriesContext(connection) as captured:
            look()
        return len(captured)
