"""A person at a browser: goes to pages, fills sheets by their labels' fields, presses buttons.

Every page is looked at as it opens: axe-core finds nothing serious, nothing is wider than the screen, the console and
the content security policy are silent, and a picture is kept under `e2e-out/`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Locator, Page

from turna.procedures.demo.people import PASSWORD

ROOT = Path(__file__).resolve().parents[2]
AXE = ROOT / "node_modules" / "axe-core" / "axe.min.js"
PICTURES = ROOT / "e2e-out"
DESKTOP, PHONE = (1280, 900), (390, 844)
# Rules of WCAG 2.2 A and AA, and what axe counts as good practice.
RUN_AXE = """() => axe.run(document, {resultTypes: ['violations']}).then(found => found.violations
    .filter(v => ['serious', 'critical'].includes(v.impact))
    .map(v => v.id + ': ' + v.nodes.map(n => n.target.join(' ') + ' ' + (n.any[0]?.message ?? '')).join(' | ')))"""
# Two pages of one address with the same kinds of elements have the same faults: one of them is enough for axe.
KINDS = """() => [location.pathname.replace(/\\d+/g, '0'), innerWidth, ...new Set(Array.from(
    document.querySelectorAll('body *'), e => [e.tagName, e.getAttribute('class'), e.type].join('.')))].join()"""
SEEN: set[str] = set()
WATCH = "addEventListener('securitypolicyviolation', e => console.error('CSP', e.violatedDirective, e.blockedURI))"


@dataclass
class Visitor:
    """One person with a browser of their own. `name` is what the part of their address before the @ says."""

    context: BrowserContext
    site: str
    name: str
    journey: str
    numbers: count[int] = field(default_factory=lambda: count(1))

    def __post_init__(self) -> None:
        self.context.add_init_script(WATCH)
        self.page: Page = self.context.new_page()
        self.said: list[str] = []
        self.page.on("console", self._hear)
        self.page.on("pageerror", lambda error: self.said.append(f"error: {error}"))
        self.scripted = True
        self.lost_something = False

    def _hear(self, message: ConsoleMessage) -> None:
        refused = re.search(r"status of 4\d\d", message.text) and message.location.get("url") == self.page.url
        if message.type in ("error", "warning") and not refused:  # a refused form is told with its status
            self.said.append(f"{message.type}: {message.text} ({message.location.get('url')})")

    # --- Going about -------------------------------------------------------------------

    def go(self, path: str, status: int = 200) -> Visitor:
        answer = self.page.goto(f"{self.site}{path}")
        assert answer is not None and answer.status == status, f"{path}: {answer and answer.status}"
        return self.look()

    def log_in(self) -> Visitor:
        self.go("/cuenta/login/")
        self.page.fill("[name=login]", f"{self.name}@turna.example")
        self.page.fill("[name=password]", PASSWORD)
        self.press("Entrar")
        assert "/cuenta/login" not in self.page.url, self.text()
        return self

    def press(self, button: str) -> Visitor:
        """Presses the button with this text, and looks at the page that comes."""
        self.page.locator("main").get_by_role("button", name=button).first.click()
        return self.settle()

    def follow(self, link: str) -> Visitor:
        self.page.locator("main").get_by_role("link", name=link).first.click()
        return self.settle()

    def settle(self) -> Visitor:
        self.page.wait_for_load_state("load")
        return self.look()

    def text(self) -> str:
        """What the page's main part says, blanks tidied."""
        return re.sub(r"\s+", " ", self.page.locator("main").inner_text())

    def sees(self, *texts: str) -> Visitor:
        said = self.text()
        for text in texts:
            assert text in said, f"{self.name} no ve «{text}» en {self.page.url}: {said[:1500]}"
        return self

    # --- Looking -----------------------------------------------------------------------

    def look(self) -> Visitor:
        """What must be so on every page. A picture and axe's opinion of each kind of page once."""
        number = next(self.numbers)
        kind = self.page.evaluate(KINDS) if self.scripted else f"{self.journey} {number}"
        if kind not in SEEN:
            path = PICTURES / self.journey / f"{number:02}-{self.name}.jpg"
            self.page.screenshot(path=path, full_page=True, type="jpeg", quality=60)
        assert self.said == [], self.page.url
        assert "CSRF" not in (self.page.title() or "")
        offered = self.page.get_by_role("button", name="Recuperarlo").count() > 0
        assert offered == self.lost_something, f"{self.page.url}: something typed is offered for recovery: {offered}"
        if self.scripted:
            wide = self.page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
            assert wide <= 0, f"{self.page.url} es {wide} px más ancha que la pantalla"
        if self.scripted and kind not in SEEN:
            self.page.evaluate(AXE.read_text("utf-8"))
            found = self.page.evaluate(RUN_AXE)
            assert found == [], f"{self.page.url}: {found}"
        SEEN.add(kind)
        return self

    # --- Filling -----------------------------------------------------------------------

    def fill(self, values: Mapping[str, Any]) -> Visitor:
        """Fills fields of the sheet by their keys; a table by its rows, a period by its parts."""
        for key, value in values.items():
            self._put(f"f-{key}", value)
        return self

    def _put(self, name: str, value: Any) -> None:
        if isinstance(value, dict):
            for part, inner in value.items():
                self._put(f"{name}.{part}", inner)
        elif isinstance(value, list) and value and isinstance(value[0], dict):
            for at, row in enumerate(value):
                self._put(f"{name}.{at}", row)
        else:
            for each in value if isinstance(value, list) else [value]:
                put(self.page.locator(f'[name="{name}"]:not([type=hidden])'), str(each))

    def answer(self, label: str, reason: str = "") -> Visitor:
        """Chooses an answer to the activity's question, with its reason, and finishes."""
        choices = self.page.locator("label.answer")
        choices.filter(has=self.page.locator(f'input[value="{label}"]')).click()
        if reason:
            self.page.fill("#motivo", reason)
        return self.press("Responder y terminar")

    # --- The inbox ---------------------------------------------------------------------

    def inbox(self) -> Visitor:
        return self.go("/bandeja/")

    def has(self, folio: str) -> bool:
        """Whether the inbox lists something of this case, as one's own or as not yet taken by anybody."""
        listed = self.page.locator(f'main table a:text-is("{folio}")')
        tab = self.inbox().page.locator("main").get_by_role("link", name=re.compile(r"Sin tomar\s+[1-9]"))
        if listed.count() == 0 and tab.count():
            self.follow("Sin tomar")
        return listed.count() > 0

    def take_up(self, folio: str) -> Visitor:
        """Opens the task of this case from the inbox."""
        assert self.has(folio), f"{folio} no está en la bandeja de {self.name}"
        row = self.page.locator("main tbody tr").filter(has_text=folio).first
        row.get_by_role("link").first.click()
        return self.settle()


def put(field: Locator, value: str) -> None:
    """Fills whatever kind of field it is."""
    first = field.first
    kind = first.get_attribute("type") or ""
    if kind in ("radio", "checkbox"):
        field.and_(field.page.locator(f'[value="{value}"]')).first.check()
    elif first.evaluate("e => e.tagName") == "SELECT":
        first.select_option(value)
    else:
        first.fill(value)


@dataclass
class Crowd:
    """Everybody of one journey."""

    browser: Browser
    site: str
    size: tuple[int, int]
    journey: str
    people: dict[str, Visitor] = field(default_factory=dict)
    numbers: count[int] = field(default_factory=lambda: count(1))

    def visitor(self, name: str, *, script: bool = True) -> Visitor:
        """A person who has not logged in."""
        width, height = self.size
        context = self.browser.new_context(
            viewport={"width": width, "height": height},
            locale="es-MX",
            timezone_id="America/Mexico_City",
            java_script_enabled=script,
            reduced_motion="reduce",
        )
        context.set_default_timeout(8000)
        visitor = Visitor(context, self.site, name, re.sub(r"\W+", "-", self.journey), self.numbers)
        visitor.scripted = script
        self.people[name] = visitor
        return visitor

    def __getitem__(self, name: str) -> Visitor:
        """The person of that post, logged in."""
        if name not in self.people:
            self.visitor(name).log_in()
        return self.people[name]

    def leave(self) -> None:
        for visitor in self.people.values():
            visitor.context.close()
