"""A worker renders for months: its memory does not grow with the documents it has made."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

pytestmark = pytest.mark.faults

SCRIPT = """
import django
django.setup()
from bench.rendering import ours, resident
for number in range(100):
    ours(number)
before = resident()
for number in range(100, 500):
    ours(number)
print(before, resident())
"""


def test_memory_stays_flat_over_hundreds_of_documents() -> None:
    environment = {**os.environ, "TURNA_MODE": "test", "DJANGO_SETTINGS_MODULE": "turna.config.settings"}
    command = [sys.executable, "-c", SCRIPT]
    told = subprocess.run(command, capture_output=True, text=True, timeout=300, env=environment)
    assert told.returncode == 0, told.stderr
    before, after = map(float, told.stdout.split())
    assert after < before * 1.15, f"{before} MiB after 100 documents, {after} MiB after 500"
