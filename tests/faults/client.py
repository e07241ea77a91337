"""Somebody at a page under load: gets it, posts its form, and posts the same again for as long as nobody answers."""

from __future__ import annotations

import http.client
import re
import time
import urllib.error
import urllib.parse
import urllib.request
from dataclasses import dataclass, field
from http.cookiejar import CookieJar
from threading import Event

from turna.procedures.demo.people import PASSWORD

CONFLICT = 409
GONE = (OSError, http.client.HTTPException)


class _Stay(urllib.request.HTTPRedirectHandler):
    """An answer of 302 is an answer: it says that the act is done."""

    def redirect_request(self, *_args: object, **_options: object) -> None:
        return None


@dataclass
class Client:
    """`acknowledged`: the acts that the server has answered for; `too_late`: those it refused because somebody, or the
    clock, was faster; `refused`: what else it would not do. `repeated`: posts sent again because nobody answered."""

    site: str
    email: str
    stop: Event
    acknowledged: list[str] = field(default_factory=list)
    too_late: list[str] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    repeated: int = 0

    def __post_init__(self) -> None:
        jar = urllib.request.HTTPCookieProcessor(CookieJar())
        self.opener = urllib.request.build_opener(jar, _Stay())

    def get(self, path: str) -> str:
        """A page, asked for until somebody answers."""
        while True:
            try:
                with self.opener.open(f"{self.site}{path}", timeout=10) as answer:
                    return str(answer.read().decode())
            except urllib.error.HTTPError as error:
                if error.code < 500:
                    return error.read().decode()
                time.sleep(0.1)
            except GONE:
                if self.stop.is_set():
                    raise
                time.sleep(0.1)

    def post(self, path: str, fields: dict[str, str]) -> int:
        """The status of the answer; the same is sent again while the server is away or cannot."""
        data = urllib.parse.urlencode(fields).encode()
        for turn in range(200):
            try:
                with self.opener.open(f"{self.site}{path}", data, timeout=10) as answer:
                    return int(answer.status)
            except urllib.error.HTTPError as error:
                if error.code < 500:
                    return int(error.code)
            except GONE:
                pass
            self.repeated += turn == 0
            time.sleep(0.1)
        raise AssertionError("the server does not come back")

    def log_in(self) -> None:
        page = self.get("/cuenta/login/")
        fields = {"login": self.email, "password": PASSWORD, "csrfmiddlewaretoken": token(page)}
        assert self.post("/cuenta/login/", fields) == 302

    def act(self, path: str, **fields: str) -> str:
        """Opens a page and sends its form; the act's number, "" when the page has no form any more."""
        page = self.get(path)
        found = re.search(r'name="act" value="([0-9a-f-]{36})"', page)
        if found is None:
            return ""
        asked = {name: value for name, value in fields.items() if f'name="{name}"' in page}
        status = self.post(path, {"csrfmiddlewaretoken": token(page), "act": found[1], **asked})
        if status == 302:
            self.acknowledged.append(found[1])
            return found[1]
        if status == CONFLICT:
            self.too_late.append(found[1])
        else:
            self.refused.append(f"{path}: {status}")
        return ""

    def tasks(self) -> list[str]:
        """Paths of the tasks in the inbox."""
        return sorted(set(re.findall(r'href="(/tareas/\d+/)"', self.get("/bandeja/"))))


def token(page: str) -> str:
    found = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page)
    assert found is not None, page[:500]
    return found[1]
