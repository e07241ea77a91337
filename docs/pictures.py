"""Takes the pictures of the documentation from the demo itself: `python -m docs.pictures [--port 8109]`.

Needs Playwright and a Chromium. The demo is made anew in a folder that is thrown away; what pictures
show is invented.
"""

from __future__ import annotations

import argparse
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Browser, FloatRect, Page, ViewportSize, sync_playwright

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / "docs" / "imagenes"
PASSWORD = "manual-que-corre"  # noqa: S105 - the demo's, published
WIDTH = 1280
# Those who validate a payment order, one of whom has one at any time.
VALIDATORS = (
    "subdireccion-presupuestos",
    "contraloria-interna",
    "subdireccion-adquisiciones",
    "comision-hacienda",
    "secretaria-dmiga",
)


@dataclass(frozen=True, slots=True)
class Picture:
    """One picture: who looks (the first of `accounts` that has something to do; a stranger without any), how to get
    there, and how much of the page is kept: `height`, or less: down to what `within` selects."""

    name: str
    accounts: tuple[str, ...]
    reach: Callable[[Page], None]
    height: int = 900
    within: str = ""


def at(path: str) -> Callable[[Page], None]:
    """Go straight there."""
    return lambda page: _go(page, path)


def task_of_a_payment_order(page: Page) -> None:
    """The first task of the inbox."""
    _open_row(page, 0)


def case_of_a_payment_order(page: Page) -> None:
    """The case of the first task of the inbox."""
    _open_row(page, 1)


def _open_row(page: Page, link: int) -> None:
    _go(page, "/bandeja/")
    page.locator("main tr[data-row]").first.locator("a").nth(link).click()
    page.wait_for_load_state("networkidle")


PICTURES = (
    Picture("expediente", VALIDATORS, case_of_a_payment_order, 1900, "main .drawing .fc-current"),
    Picture("bandeja", ("secretaria-dmiga",), at("/bandeja/")),
    Picture("tarea", VALIDATORS, task_of_a_payment_order, 1100),
    Picture("procedimiento", (), at("/procedimientos/veracruz-dmiga/orden-de-pago/"), 1000),
)


def _go(page: Page, path: str) -> None:
    page.goto(path, wait_until="networkidle")


@contextmanager
def demo(port: int) -> Iterator[str]:
    """The demo, served; yields its address."""
    folder = tempfile.mkdtemp(prefix="turna-pictures-")
    environment = {**os.environ, "TURNA_MODE": "demo", "TURNA_DATA_DIR": folder}
    command = [sys.executable, "-m", "turna.config.cli", "demo", "--port", str(port)]
    process = subprocess.Popen(command, env=environment, cwd=ROOT, stdout=subprocess.DEVNULL)  # noqa: S603
    try:
        _wait(process, port)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(30)
        shutil.rmtree(folder, ignore_errors=True)


def _wait(process: subprocess.Popen[bytes], port: int, seconds: int = 300) -> None:
    until = time.monotonic() + seconds
    while time.monotonic() < until and process.poll() is None:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.5)
    raise TimeoutError("the demo did not start")


def take(browser: Browser, site: str, picture: Picture) -> None:
    """One picture, by somebody with a browser of their own."""
    page = _visitor(browser, site, picture)
    for account in picture.accounts:
        _log_in(page, account)
        _go(page, "/bandeja/")
        if page.locator("main tr[data-row]").count():
            break
        page.context.clear_cookies()
    picture.reach(page)
    page.screenshot(path=FOLDER / f"{picture.name}.png", animations="disabled", clip=_kept(page, picture))
    page.context.close()


def _kept(page: Page, picture: Picture) -> FloatRect:
    """The part of the window that is kept."""
    box = page.locator(picture.within).first.bounding_box() if picture.within else None
    height = min(picture.height, box["y"] + box["height"] + 100) if box else picture.height
    return {"x": 0, "y": 0, "width": WIDTH, "height": round(height)}


def _visitor(browser: Browser, site: str, picture: Picture) -> Page:
    view: ViewportSize = {"width": WIDTH, "height": picture.height}
    return browser.new_context(base_url=site, viewport=view, locale="es-MX", reduced_motion="reduce").new_page()


def _log_in(page: Page, account: str) -> None:
    page.goto("/cuenta/login/")
    page.fill("[name=login]", f"{account}@turna.example")
    page.fill("[name=password]", PASSWORD)
    page.locator("main").get_by_role("button", name="Entrar").first.click()
    page.wait_for_load_state("networkidle")


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m docs.pictures", description=__doc__)
    parser.add_argument("--port", type=int, default=8109)
    parser.add_argument("--site", default="", help="a demo that is served already")
    parser.add_argument("--chromium", default=shutil.which("chromium") or "")
    options = parser.parse_args(arguments)
    FOLDER.mkdir(exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=options.chromium or None, args=["--no-sandbox"])
        if options.site:
            _take_all(browser, options.site)
        else:
            with demo(options.port) as site:
                _take_all(browser, site)
        browser.close()
    return 0


def _take_all(browser: Browser, site: str) -> None:
    for picture in PICTURES:
        take(browser, site, picture)
        size = (FOLDER / f"{picture.name}.png").stat().st_size
        sys.stdout.write(f"{picture.name}.png {size // 1024} KB\n")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
