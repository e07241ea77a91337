"""clamd is asked over its own protocol, and nothing but a clear "OK" lets a file in."""

from __future__ import annotations

import os
import socket
from io import BytesIO

import pytest

from turna.core import antivirus
from turna.core.tests.clamd_stub import EICAR, clamd


def test_a_clean_file_and_an_infected_one(settings) -> None:
    with clamd() as server:
        settings.CLAMD = server.address
        big = os.urandom(300_000)
        file = BytesIO(big)
        assert antivirus.scan(file).clean
        assert server.seen == [big] and file.tell() == 0
        assert antivirus.scan(BytesIO(b"x" * 100_000 + EICAR)).threat == "Eicar-Signature"
        assert antivirus.is_reachable()


@pytest.mark.parametrize("answer", [b"", b"INSTREAM size limit exceeded. ERROR\0", b"stream: \0", b"gibberish\0"])
def test_no_clear_verdict_is_no_verdict(settings, answer: bytes) -> None:
    with clamd(answer) as server:
        settings.CLAMD = server.address
        with pytest.raises(antivirus.ScannerUnavailable):
            antivirus.scan(BytesIO(b"hola"))


@pytest.mark.parametrize("where", ["127.0.0.1:1", "/nowhere/clamd.sock", "nonsense"])
def test_nobody_there(settings, where: str) -> None:
    settings.CLAMD = where
    with pytest.raises(antivirus.ScannerUnavailable):
        antivirus.scan(BytesIO(b"hola"))
    assert not antivirus.is_reachable()


def test_one_that_never_answers(settings, monkeypatch) -> None:
    monkeypatch.setattr(antivirus, "ANSWER_SECONDS", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as deaf:
        settings.CLAMD = f"127.0.0.1:{deaf.getsockname()[1]}"
        with pytest.raises(antivirus.ScannerUnavailable):
            antivirus.scan(BytesIO(b"hola"))


def test_not_configured(settings) -> None:
    settings.CLAMD = ""
    assert not antivirus.is_configured()
