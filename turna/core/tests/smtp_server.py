"""A real SMTP server on loopback that remembers what it took, and can be told to misbehave."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import Any

from aiosmtpd.controller import Controller


class Mailbox:
    """`refusals`: answers given to the next RCPTs or DATAs instead of taking them, e.g. {"rcpt": ["451 later"]}."""

    def __init__(self) -> None:
        self.taken: list[EmailMessage] = []
        self.refusals: dict[str, list[str]] = {"rcpt": [], "data": []}
        self.drop_after_data = 0
        self.stall_after: int | None = None
        self.stalled = False
        self.url = ""

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str, options: Any) -> str:  # noqa: N802
        if self.refusals["rcpt"]:
            return self.refusals["rcpt"].pop(0)
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802
        if self.refusals["data"]:
            return self.refusals["data"].pop(0)
        if self.stall_after is not None and len(self.taken) >= self.stall_after:
            self.stalled = True
            await asyncio.sleep(3600)
        self.taken.append(message_from_bytes(envelope.original_content, policy=default))
        if self.drop_after_data:
            self.drop_after_data -= 1
            server.transport.abort()
        return "250 OK"


class _AnyPort(Controller):
    """The port the system gives: asking for one beforehand would race with other tests."""

    def _trigger_server(self) -> None:
        self.port = self.server.sockets[0].getsockname()[1]
        super()._trigger_server()


@contextmanager
def smtp_server() -> Iterator[Mailbox]:
    mailbox = Mailbox()
    controller = _AnyPort(mailbox, hostname="127.0.0.1", port=0)
    controller.start()
    try:
        mailbox.url = f"smtp://127.0.0.1:{controller.port}"
        yield mailbox
    finally:
        controller.stop()
