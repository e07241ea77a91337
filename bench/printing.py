"""The manual that prints itself: seconds from a pack's files to the PDF of its whole manual, each in a new process.
Run by `bench.__main__`, or alone: `python -m bench.printing RESULT`."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path

import django

from .measure import ROUNDS, Row

MANUALS = Path(__file__).parents[1] / "manuales"
LARGEST = "puebla-dge"
AT = datetime(2026, 11, 20, tzinfo=UTC)


def once() -> float:
    """Seconds to read the pack, lay its manual out and render it; nothing of it has been seen before."""
    from turna.engine.reading import read_files
    from turna.procedures.printing.exporting import manual_file

    begin = time.perf_counter()
    pack = read_files(MANUALS / LARGEST).pack
    assert pack is not None
    data = manual_file(pack, "pdf", AT)
    taken = time.perf_counter() - begin
    assert data.startswith(b"%PDF-")
    return taken


def rows() -> list[Row]:
    found = []
    for _turn in range(ROUNDS):
        told = subprocess.run([sys.executable, "-m", "bench.printing"], capture_output=True, check=True, text=True)
        found.append(round(float(told.stdout), 3))
        print(f"  manual of {LARGEST}: {found[-1]} s", file=sys.stderr)
    return [Row(f"print_manual/{LARGEST}", min(found), "s", min(found), found, "≤ 2.0")]


def main(result: str | None) -> None:
    django.setup()
    if result is None:
        print(once())
    else:
        Path(result).write_text(json.dumps([asdict(row) for row in rows()]))


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else None)
