"""One served install and one Chromium for all journeys."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright

from tests.install import Install, stop

from .visitor import DESKTOP, PHONE, Crowd

CHROMIUM = os.environ.get("TURNA_CHROMIUM", "/usr/bin/chromium")


@pytest.fixture(scope="session")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Install]:
    """The demo's people, without stories, served with its worker."""
    install = Install(tmp_path_factory.mktemp("install"))
    install.turna("demo", "--cases", "0", "--no-serve")
    process = install.serve()
    yield install
    stop(process)


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    path = CHROMIUM if Path(CHROMIUM).exists() else None
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture(params=["desktop"])
def crowd(request: pytest.FixtureRequest, served: Install, chromium: Browser) -> Iterator[Crowd]:
    """Everybody who takes part in one journey, each with a browser of their own."""
    size = PHONE if request.param == "phone" else DESKTOP
    everybody = Crowd(chromium, served.url, size, request.node.name)
    yield everybody
    everybody.leave()
