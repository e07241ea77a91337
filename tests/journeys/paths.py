"""What journeys share: a case on its way through inboxes."""

from __future__ import annotations

import re
from typing import Any

from .visitor import Crowd, Visitor


def folio_of(visitor: Visitor) -> str:
    """The folio that the page tells."""
    found = re.search(r"DMIGA/\d{4}/\d{5}", visitor.text())
    assert found is not None, visitor.text()
    return found[0]


def place_of(visitor: Visitor, folio: str) -> list[str]:
    """The activities that the case page marks on the manual's flowchart."""
    visitor.go(f"/expedientes/{folio}/")
    marked = visitor.page.locator("main .drawing svg .fc-activity:has(.fc-current) > text:first-of-type")
    return [text.strip() for text in marked.all_text_contents()]


class Journey:
    """One case on its way from inbox to inbox."""

    def __init__(self, crowd: Crowd, folio: str) -> None:
        self.crowd, self.folio = crowd, folio

    def pass_on(self, name: str, answer: str = "", reason: str = "", **values: Any) -> Visitor:
        """The person takes the task up from the inbox and finishes it."""
        visitor = self.crowd[name].take_up(self.folio)
        visitor.fill(values)
        if answer:
            return visitor.answer(answer, reason)
        return visitor.press("terminar")

    def sign(self, name: str) -> None:
        self.crowd[name].take_up(self.folio).press("Firmar")
        assert not self.crowd[name].has(self.folio)

    def validate(self, *names: str) -> None:
        """Each says yes in turn; then it is gone from their inbox."""
        for name in names:
            self.pass_on(name, "sí")
            assert not self.crowd[name].has(self.folio)

    def carry(self, times: int = 1) -> None:
        """The coordination receives and hands on."""
        for _ in range(times):
            self.pass_on("coordinador-seguimiento-proyectos")
