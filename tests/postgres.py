"""A PostgreSQL of our own for the length of one command: `python -m tests.postgres COMMAND…`.

With DATABASE_URL in the environment it is used as it is. Otherwise the machine's PostgreSQL binaries make a
throw-away cluster on a free port of the loopback; without binaries, CI fails and a laptop is told and goes on.
"""

from __future__ import annotations

import glob
import os
import pwd
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


def binaries() -> Path | None:
    """The folder with initdb and pg_ctl, newest version first, or None."""
    found = shutil.which("initdb")
    if found:
        return Path(found).parent
    folders = sorted(glob.glob("/usr/lib/postgresql/*/bin"), key=lambda path: int(path.split("/")[-2]))
    return Path(folders[-1]) if folders and (Path(folders[-1]) / "initdb").exists() else None


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def cluster(*, durable: bool = False) -> Iterator[str]:
    """A running cluster; yields its URL. `durable` keeps fsync on (benchmarks); tests turn it off for speed."""
    folder = binaries()
    if folder is None:
        raise FileNotFoundError("PostgreSQL is not installed")
    # PostgreSQL refuses to run as root: use its own account, which the package makes.
    owner = pwd.getpwnam("postgres") if os.geteuid() == 0 else None
    root = Path(tempfile.mkdtemp(prefix="turna-pg-"))
    if owner:
        os.chown(root, owner.pw_uid, owner.pw_gid)

    def run(*command: str) -> None:
        switch = {"user": owner.pw_uid, "group": owner.pw_gid, "extra_groups": []} if owner else {}
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, cwd=root, **switch)

    port = free_port()
    options = f"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories={root} -c max_connections=60"
    if not durable:
        options += " -c fsync=off -c synchronous_commit=off -c full_page_writes=off"
    else:
        options += " -c shared_buffers=1GB"
    try:
        run(
            str(folder / "initdb"),
            "-A",
            "trust",
            "-U",
            "turna",
            "-E",
            "UTF8",
            "--locale=C.UTF-8",
            "-D",
            str(root / "data"),
        )
        run(str(folder / "pg_ctl"), "-w", "-D", str(root / "data"), "-l", str(root / "log"), "-o", options, "start")
        try:
            yield f"postgres://turna@127.0.0.1:{port}/postgres"
        finally:
            run(str(folder / "pg_ctl"), "-w", "-m", "immediate", "-D", str(root / "data"), "stop")
    finally:
        shutil.rmtree(root, ignore_errors=True)


def main(command: list[str]) -> int:
    if os.environ.get("DATABASE_URL"):
        return subprocess.call(command)
    if binaries() is None:
        if os.environ.get("CI"):
            print("PostgreSQL is missing: CI must run every test on it.", file=sys.stderr)
            return 1
        print("PostgreSQL no está instalado: se omiten las pruebas sobre PostgreSQL.", file=sys.stderr)
        return 0
    with cluster() as url:
        return subprocess.call(command, env={**os.environ, "DATABASE_URL": url})


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
