"""A worker is killed in the middle of sending, by the real kill -9: its mail is taken up by the next one."""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import timedelta
from time import monotonic, sleep

import pytest
from django.db import connection

from turna.core.calendar import now
from turna.core.mail import LEASE, queue, send_waiting
from turna.core.models import OutboxMail
from turna.core.tests.smtp_server import smtp_server

SEND = "import django; django.setup(); from turna.core.mail import send_waiting; send_waiting()"


def _database_url() -> str:
    stored = connection.settings_dict
    if connection.vendor == "sqlite":
        return f"sqlite:///{stored['NAME']}"
    login = f"{stored['USER']}:{stored['PASSWORD']}".rstrip(":")
    return f"postgres://{login}@{stored['HOST']}:{stored['PORT']}/{stored['NAME']}"


@pytest.mark.faults
@pytest.mark.django_db(transaction=True)
def test_a_killed_workers_mail_leaves_with_the_next_one(settings) -> None:
    with smtp_server() as box:
        settings.SMTP_URL = box.url
        rows = [queue(f"p{n}@example.mx", "Aviso", "Texto.", institution_id=None) for n in range(3)]
        box.stall_after = 1
        surroundings = {
            **os.environ,
            "TURNA_MODE": "test",
            "DJANGO_SETTINGS_MODULE": "turna.config.settings",
            "DATABASE_URL": _database_url(),
            "TURNA_SMTP_URL": box.url,
        }
        worker = subprocess.Popen([sys.executable, "-c", SEND], env=surroundings)
        until = monotonic() + 30
        while not box.stalled and monotonic() < until and worker.poll() is None:
            sleep(0.02)
        worker.kill()
        worker.wait(10)
        assert box.stalled, "the worker was to die while the server held its second mail"
        assert [row.status for row in OutboxMail.objects.order_by("pk")] == ["sent", "sending", "sending"]
        assert send_waiting() == 0, "not while the dead worker's lease runs"
        box.stall_after = None
        assert send_waiting(now=now() + LEASE + timedelta(seconds=1)) == 2
        names = [message["Message-ID"] for message in box.taken]
        assert sorted(names) == sorted(row.message_id for row in rows)
