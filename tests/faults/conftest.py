"""An install of its own for each test, on SQLite or on the server of `DATABASE_URL`; a mail server that counts."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from email import message_from_bytes
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller

from tests.install import Install, kill
from tests.postgres import free_port


@dataclass
class Postbox:
    """Counts what arrives, by Message-ID."""

    arrived: Counter[str] = field(default_factory=Counter)

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802 - aiosmtpd's name
        self.arrived[str(message_from_bytes(envelope.content)["Message-ID"])] += 1
        return "250 OK"


@pytest.fixture
def postbox() -> Iterator[tuple[Postbox, str]]:
    box, port = Postbox(), free_port()
    server = Controller(box, hostname="127.0.0.1", port=port)
    server.start()
    yield box, f"smtp://127.0.0.1:{port}"
    server.stop()


@pytest.fixture
def install(tmp_path: Path, postbox: tuple[Postbox, str]) -> Iterator[Install]:
    own = Install(tmp_path, os.environ.get("DATABASE_URL", ""), {"TURNA_SMTP_URL": postbox[1]})
    done = own.run("120", module="tests.faults.prepare")
    assert done.returncode == 0, done.stderr[-4000:]
    started: list[Any] = []
    begin = own.begin
    own.begin = lambda *words: started.append(begin(*words)) or started[-1]  # type: ignore[method-assign]
    yield own
    for process in started:
        kill(process)
    own.remove()
