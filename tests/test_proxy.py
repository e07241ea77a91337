"""Behind a reverse proxy the client's address is the one the proxy tells; nobody else is believed."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import Any

import pytest
from django.conf import settings
from django.core.signals import request_finished, request_started
from django.db import close_old_connections

from turna.config.wsgi import application
from turna.core import limits
from turna.web import views

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _connection_stays() -> Iterator[None]:
    """A whole request would close the connection that holds the test's transaction."""
    signals = (request_started, request_finished)
    for signal in signals:
        signal.disconnect(close_old_connections)
    yield
    for signal in signals:
        signal.connect(close_old_connections)


def seen(monkeypatch: pytest.MonkeyPatch, peer: str, forwarded: str) -> str:
    """The client address that a page sees."""
    found: list[str] = []
    render = views.render

    def spy(request: Any, *args: Any, **kwargs: Any) -> Any:
        found.append(limits.client_address(request))
        return render(request, *args, **kwargs)

    monkeypatch.setattr(views, "render", spy)
    environ = {
        "REQUEST_METHOD": "GET",
        "PATH_INFO": "/accesibilidad/",
        "SERVER_NAME": "localhost",
        "SERVER_PORT": "80",
        "HTTP_HOST": "localhost",
        "REMOTE_ADDR": peer,
        "HTTP_X_FORWARDED_FOR": forwarded,
        "wsgi.input": io.BytesIO(),
        "wsgi.errors": io.StringIO(),
        "wsgi.url_scheme": "http",
    }
    statuses: list[str] = []
    list(application(environ, lambda status, headers, *rest: statuses.append(status)))
    assert statuses == ["200 OK"]
    return found[0]


def test_the_proxy_on_this_machine_is_believed(monkeypatch: pytest.MonkeyPatch) -> None:
    assert "127.0.0.1" in settings.PROXIES
    assert seen(monkeypatch, "127.0.0.1", "203.0.113.7") == "203.0.113.7"


def test_what_a_client_says_before_the_proxy_is_not(monkeypatch: pytest.MonkeyPatch) -> None:
    assert seen(monkeypatch, "127.0.0.1", "198.51.100.9, 203.0.113.7") == "203.0.113.7"
    assert seen(monkeypatch, "192.0.2.44", "203.0.113.7") == "192.0.2.44"
