"""Documents: milliseconds to render one the size of an oficio, against rendering without keeping the fonts; and memory
after 2,000 of them. Run by `bench.__main__` in a process of its own, or alone: `python -m bench.rendering RESULT`."""

from __future__ import annotations

import json
import statistics
import sys
import time
from collections.abc import Callable
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import django
import typst

from .measure import ROUNDS, Row

MOST = 2_000
BATCH = 40
AT = datetime(2026, 11, 20, tzinfo=UTC)
PACK = Path(__file__).parents[1] / "manuales" / "veracruz-dmiga" / "plantillas"
LOGO = b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 40 40"><path d="M0 0h40v40H0zM8 8v24h24V8z"/></svg>'
OFICIO = b"""#import "turna.typ": *
#show: documento.with(encabeza: false)
#show: oficio.with(asunto: "Material", destinatario: campo("solicitud", "para"), cargo: "Direccion de Comercio")
Para atender su solicitud se requieren los siguientes bienes:
#tabla(renglones("solicitud", "bienes"), (
  ("n", "Cantidad", auto, right), ("que", "Bien", 1fr), ("costo", "Costo", auto, right, pesos),
))
"""


def data(number: int) -> dict[str, Any]:
    """A letterhead with a picture, a table of eight rows, a code to check it: no two alike."""
    told: dict[str, Any] = json.loads((PACK / "muestras" / "oficio-respuesta.json").read_text("utf-8"))
    rows = [{"n": n + 1, "que": f"Bien {number} del renglón {n}", "costo": f"{number + n}.50"} for n in range(8)]
    told["datos"] = {"solicitud": {"para": f"Persona {number}"}}
    told["crudo"] = {"solicitud": {"bienes": rows}}
    return {**told, "verificacion": f"https://turna.example.gob.mx/verificar/{number:012}/"}


def resident() -> float:
    """Mebibytes of this process that are in memory."""
    status = Path("/proc/self/status").read_text()
    return int(status.split("VmRSS:")[1].split()[0]) / 1024


def ours(number: int) -> None:
    from turna.core.documents import render

    render("oficio.typ", {"oficio.typ": OFICIO, "logo.svg": LOGO}, data(number), at=AT)


def by_hand(number: int) -> None:
    """The same sources compiled as Typst's own example does: fonts are looked for anew each time."""
    from turna.core.documents import library, qr_svg

    told = data(number)
    inputs = {
        "data": json.dumps(told),
        "logo": "logo.svg",
        "qr": json.dumps({told["verificacion"]: qr_svg(told["verificacion"])}),
    }
    main = b'#import "turna.typ": *\n#set document(title: "x")\n#include "oficio.typ"'
    sources: Any = {"main": main, "oficio.typ": OFICIO, "logo.svg": LOGO, **library()}
    typst.compile(sources, sys_inputs=inputs, pdf_standards=["a-2a", "ua-1"], timestamp=1, ignore_system_fonts=True)


def batch(render: Callable[[int], None], first: int) -> float:
    """Median milliseconds of one, of a batch of different ones."""
    found = []
    for number in range(first, first + BATCH):
        begin = time.perf_counter()
        render(number)
        found.append((time.perf_counter() - begin) * 1000)
    return statistics.median(found)


def rows() -> list[Row]:
    mine, theirs = [], []
    for turn in range(ROUNDS + 1):  # in turns, so that a slow minute of the machine hits both; the first is a warm-up
        theirs.append(batch(by_hand, 10_000 + turn * BATCH))
        mine.append(batch(ours, 20_000 + turn * BATCH))
        print(f"  render: {mine[-1]:.1f} ms, by hand {theirs[-1]:.1f} ms", file=sys.stderr)
    mine, theirs = mine[1:], theirs[1:]
    ratio = statistics.median(a / b for a, b in zip(mine, theirs, strict=True))
    memory = []
    for number in range(MOST + 1):
        ours(number)
        if number in (100, MOST):
            memory.append(round(resident(), 1))
    print(f"  memory after 100 and {MOST}: {memory} MiB", file=sys.stderr)
    return [
        Row("render_oficio/by-hand", round(min(mine), 2), "ms", round(ratio, 2), mine, "≤ 15 ms"),
        Row(f"render_memory/100-to-{MOST}", memory[1], "MiB", round(memory[1] / memory[0], 2), memory, "≤ 1.15"),
    ]


def main(result: str) -> None:
    django.setup()
    Path(result).write_text(json.dumps([asdict(row) for row in rows()]))


if __name__ == "__main__":
    main(sys.argv[1])
