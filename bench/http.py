"""Requests through the whole of Django, in process: session, log-in, CSRF, view, service, answer."""

from __future__ import annotations

import re
from collections.abc import Callable
from uuid import uuid4

from django.conf import settings
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from turna.core.models import Person

from .fill import reader
from .measure import Contender
from .ours import Ours
from .work_item import position_of


def signed_in(person: Person) -> Client:
    client = Client(enforce_csrf_checks=True)
    client.force_login(person, backend=settings.AUTHENTICATION_BACKENDS[0])
    return client


class Browser:
    """People who complete the work item by HTTP, each with a session of their own."""

    def __init__(self) -> None:
        self.ours = Ours()
        self.clients = {key: signed_in(self.ours.person(key)) for key in self.ours.standings}
        self.tokens = {key: self.token(client) for key, client in self.clients.items()}

    def token(self, client: Client) -> str:
        """A CSRF token, as the page carries it."""
        page = client.get(reverse("inbox")).content.decode()
        found = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page)
        assert found
        return found[1]

    def complete(self, task: int, step: str, answer: str | None) -> None:
        key = position_of(step)
        data = {
            "csrfmiddlewaretoken": self.tokens[key],
            "act": str(uuid4()),
            "answer": answer or "",
            "reason": "Falta un dato" if answer == "no" else "",
        }
        answered = self.clients[key].post(reverse("task", args=[task]), data)
        assert answered.status_code == 302, answered.content.decode()[:2000]

    def completions(self, count: int) -> Contender:
        """One activity of each of `count` cases at a time, so that looking up the next tasks is not timed."""

        def prepare() -> Callable[[], int]:
            begun = [self.ours.begin_case() for _ in range(count)]

            def work() -> int:
                for _, task in begun:
                    self.complete(task, "1", None)
                return count

            return work

        return prepare

    def nothings(self, count: int) -> Contender:
        """An authenticated POST that checks session, log-in and CSRF and does nothing."""
        data = {"csrfmiddlewaretoken": self.tokens["ventanilla"]}

        def work() -> int:
            for _ in range(count):
                assert self.clients["ventanilla"].post("/medicion/nada/", data).status_code == 204
            return count

        return lambda: work


class Reader:
    """Somebody who looks at the inbox and searches folios."""

    def __init__(self, institution_id: int) -> None:
        self.client = signed_in(Person.objects.get(pk=reader(institution_id)))

    def get(self, path: str) -> None:
        answered = self.client.get(path)
        assert answered.status_code == 200, (path, answered.status_code)

    def looks(self, size: int) -> dict[str, Callable[[], None]]:
        inbox = reverse("inbox")
        return {
            "inbox": lambda: self.get(f"{inbox}?vista=mine"),
            "search_folio": lambda: self.get(f"{reverse('case_search')}?q=MB/2026/{size:07}"),
            "search_words": lambda: self.get(f"{reverse('case_search')}?q=luminaria+{size - 7}"),
        }

    def queries(self, look: Callable[[], None]) -> int:
        with CaptureQueriesContext(connection) as captured:
            look()
        return len(captured)
