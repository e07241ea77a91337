"""An install of its own for one test run: data directory, database, and the processes of `turna serve` and `worker`.

It runs as the demo does, over the same commands that people type. Nothing of the test process' own database is touched.
"""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psycopg

from tests.postgres import free_port

START_SECONDS = 20


@dataclass
class Install:
    """`home`: where everything lives. `database_url` empty: the embedded database; else a database of its own on that
    server, dropped by `remove`."""

    home: Path
    database_url: str = ""
    extra: dict[str, str] = field(default_factory=dict)
    port: int = field(default_factory=free_port)

    def __post_init__(self) -> None:
        if self.database_url:
            name = f"turna_own_{self.port}"
            with psycopg.connect(self.database_url, autocommit=True) as server:
                server.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
                server.execute(f"CREATE DATABASE {name}")
            self.own_url = urlsplit(self.database_url)._replace(path=f"/{name}").geturl()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def environment(self) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("TURNA_", "PYTEST_"))}
        kept.pop("DATABASE_URL", None)
        own = {"TURNA_MODE": "demo", "TURNA_DATA_DIR": str(self.home), "TURNA_URL": self.url}
        if self.database_url:
            own["DATABASE_URL"] = self.own_url
        return {**kept, **own, **self.extra}

    def run(self, *command: str, module: str = "turna.config.cli") -> subprocess.CompletedProcess[str]:
        """A command of the install, to its end."""
        words = [sys.executable, "-m", module, *command]
        return subprocess.run(words, env=self.environment, capture_output=True, text=True, timeout=120)

    def turna(self, *command: str) -> str:
        """`turna …`, which must succeed; what it said."""
        done = self.run(*command)
        assert done.returncode == 0, f"turna {' '.join(command)}\n{done.stdout[-2000:]}\n{done.stderr[-4000:]}"
        return done.stdout

    def begin(self, *command: str) -> subprocess.Popen[bytes]:
        """A command that stays, in a process group of its own, its words in `log`."""
        with (self.home / "log").open("ab") as log:
            words = [sys.executable, "-m", "turna.config.cli", *command]
            return subprocess.Popen(words, env=self.environment, stdout=log, stderr=log, start_new_session=True)

    def serve(self, *options: str, port: int = 0) -> subprocess.Popen[bytes]:
        """`turna serve`, answering; on a further port beside the install's own."""
        process = self.begin("serve", "--port", str(port or self.port), *options)
        until = time.monotonic() + START_SECONDS
        while not self.answers(port):
            assert process.poll() is None and time.monotonic() < until, (self.home / "log").read_text()[-4000:]
            time.sleep(0.05)
        return process

    def answers(self, port: int = 0) -> bool:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port or self.port}/salud/", timeout=2) as answer:
                return bool(answer.status == 200)
        except OSError:
            return False

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        """What a query says, asked from outside."""
        with self.connection() as connection:
            return list(connection.execute(query).fetchall())

    @contextmanager
    def connection(self) -> Iterator[Any]:
        """The install's database, from outside."""
        opened: Any = (
            psycopg.connect(self.own_url)
            if self.database_url
            else sqlite3.connect(self.home / "turna.sqlite3", timeout=20)
        )
        try:
            yield opened
        finally:
            opened.close()

    def remove(self) -> None:
        if self.database_url:
            with psycopg.connect(self.database_url, autocommit=True) as server:
                server.execute(f"DROP DATABASE IF EXISTS turna_own_{self.port} WITH (FORCE)")


def kill(process: subprocess.Popen[bytes]) -> None:
    """kill -9 of a process and all that it started; the process must be one of `Install.begin`."""
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        pass
    process.wait(10)


def stop(process: subprocess.Popen[bytes]) -> None:
    """Ends a process as an administrator would, and by force when it does not listen."""
    process.terminate()
    try:
        process.wait(20)
    except subprocess.TimeoutExpired:
        kill(process)
