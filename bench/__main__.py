"""`python -m bench`: every benchmark on both databases; one table; bench/out/results.json."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.postgres import cluster

from .measure import Row, table

OUT = Path(__file__).parent / "out"
MOST = int(os.environ.get("BENCH_MOST", "1000000"))


def run(database: str, url: str, folder: Path) -> list[Row]:
    """The benchmarks of one database, in a process of its own: Django knows one database a process."""
    result = folder / f"{database}.json"
    environment = {
        **os.environ,
        "DATABASE_URL": url,
        "TURNA_MODE": "demo",
        "TURNA_DATA_DIR": str(folder / database),
        "DJANGO_SETTINGS_MODULE": "bench.settings",
        "BENCH_MOST": str(MOST),
    }
    (folder / database).mkdir()
    subprocess.run([sys.executable, "-m", "bench.run", database, str(result)], env=environment, check=True)
    return [Row(**row) for row in json.loads(result.read_text())]


def documents(module: str, folder: Path) -> list[Row]:
    """Rendering, in a process of its own: nothing else has filled its memory."""
    result = folder / f"{module}.json"
    environment = {**os.environ, "TURNA_MODE": "demo", "TURNA_DATA_DIR": str(folder)}
    environment["DJANGO_SETTINGS_MODULE"] = "turna.config.settings"
    subprocess.run([sys.executable, "-m", f"bench.{module}", str(result)], env=environment, check=True)
    return [Row(**row) for row in json.loads(result.read_text())]


def main() -> None:
    rows: list[Row] = []
    with tempfile.TemporaryDirectory(prefix="turna-bench-") as name:
        folder = Path(name)
        with cluster(durable=True) as url:
            rows += run("postgresql", url, folder)
        rows += run("sqlite", f"sqlite:///{folder / 'bench.sqlite3'}", folder)
        rows += documents("rendering", folder)
        rows += documents("printing", folder)
    OUT.mkdir(exist_ok=True)
    (OUT / "results.json").write_text(json.dumps([row.to_json() for row in rows], indent=1, ensure_ascii=False))
    print(table(rows))


if __name__ == "__main__":
    main()
