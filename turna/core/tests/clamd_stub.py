"""A stand-in for clamd on loopback: it speaks PING and INSTREAM, and finds EICAR's test pattern."""

from __future__ import annotations

import socketserver
from collections.abc import Iterator
from contextlib import contextmanager
from struct import unpack
from threading import Thread

# Put together so that no scanner takes this very file for the test virus.
EICAR = b"X5O!P%@AP[4\\PZX54(P^)7CC)7}$" + b"EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"


class _Clamd(socketserver.StreamRequestHandler):
    def handle(self) -> None:
        command = self._until_zero()
        if command == b"zPING":
            self.wfile.write(b"PONG\0")
        elif command == b"zINSTREAM":
            self.wfile.write(self.server.answer_to(self._stream()))

    def _until_zero(self) -> bytes:
        said = b""
        while (byte := self.rfile.read(1)) not in (b"", b"\0"):
            said += byte
        return said

    def _stream(self) -> bytes:
        data = b""
        while length := unpack(">I", self.rfile.read(4))[0]:
            data += self.rfile.read(length)
        return data


class ClamdStub(socketserver.ThreadingTCPServer):
    daemon_threads = True
    allow_reuse_address = True

    def __init__(self, fixed_answer: bytes | None) -> None:
        super().__init__(("127.0.0.1", 0), _Clamd)
        self.fixed_answer = fixed_answer
        self.seen: list[bytes] = []

    def answer_to(self, data: bytes) -> bytes:
        self.seen.append(data)
        if self.fixed_answer is not None:
            return self.fixed_answer
        return b"stream: Eicar-Signature FOUND\0" if EICAR in data else b"stream: OK\0"

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.server_address[1]}"


@contextmanager
def clamd(fixed_answer: bytes | None = None) -> Iterator[ClamdStub]:
    with ClamdStub(fixed_answer) as server:
        Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        yield server
        server.shutdown()
