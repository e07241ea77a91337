"""Talks to clamd over its own protocol (INSTREAM), when the install has one (settings.CLAMD)."""

from __future__ import annotations

import socket
from dataclasses import dataclass
from struct import pack
from typing import BinaryIO

from django.conf import settings

CHUNK = 64 * 1024
CONNECT_SECONDS, ANSWER_SECONDS = 5.0, 60.0


class ScannerUnavailable(Exception):
    """clamd is configured and did not give a verdict; the file must not be taken."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """`threat`: what was found, empty when the file is clean."""

    threat: str = ""

    @property
    def clean(self) -> bool:
        return not self.threat


def is_configured() -> bool:
    return bool(settings.CLAMD)


def scan(file: BinaryIO) -> Verdict:
    """Send the whole file to clamd; leaves it at its start. Raises ScannerUnavailable without a clear verdict."""
    file.seek(0)
    try:
        with _connected() as line:
            answer = _ask(line, file)
    except OSError as trouble:
        raise ScannerUnavailable(str(trouble)) from trouble
    finally:
        file.seek(0)
    return _verdict(answer)


def is_reachable() -> bool:
    """Whether clamd answers a ping; for the health page."""
    try:
        with _connected() as line:
            line.sendall(b"zPING\0")
            return line.recv(64).startswith(b"PONG")
    except (OSError, ScannerUnavailable):
        return False


def _connected() -> socket.socket:
    where = settings.CLAMD
    if "/" in where:
        line = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        line.settimeout(CONNECT_SECONDS)
        try:
            line.connect(where)
        except OSError:
            line.close()
            raise
    else:
        host, _, port = where.rpartition(":")
        if not port.isdigit():
            raise ScannerUnavailable(f"TURNA_CLAMD: «{where}» no es host:puerto ni la ruta de un socket")
        line = socket.create_connection((host.strip("[]") or "127.0.0.1", int(port)), timeout=CONNECT_SECONDS)
    line.settimeout(ANSWER_SECONDS)
    return line


def _ask(line: socket.socket, file: BinaryIO) -> str:
    line.sendall(b"zINSTREAM\0")
    try:
        while chunk := file.read(CHUNK):
            line.sendall(pack(">I", len(chunk)) + chunk)
        line.sendall(pack(">I", 0))
    except (BrokenPipeError, ConnectionResetError):
        # clamd hangs up once it has seen too much; its answer may still be there.
        pass
    answer = b""
    while not answer.endswith(b"\0") and (more := line.recv(4096)):
        answer += more
    return answer.rstrip(b"\0").decode("utf-8", "replace").strip()


def _verdict(answer: str) -> Verdict:
    said = answer.removeprefix("stream:").strip()
    if said == "OK":
        return Verdict()
    if said.endswith(" FOUND"):
        return Verdict(said.removesuffix(" FOUND") or "?")
    raise ScannerUnavailable(answer or "clamd no contestó")
