"""How a break of the history is told."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.translation import gettext as _


@dataclass(frozen=True, slots=True)
class Break:
    """Where the history is not what was sealed, and what differs. `seq` 0: not of one entry.

    `code`: gap, link, content, institution, headless, tail, head, beyond, seal, checkpoint.
    """

    chain_kind: str
    chain_id: int
    seq: int
    code: str
    message: str

    def __str__(self) -> str:
        if not self.chain_kind:
            return self.message
        return _("cadena %(kind)s/%(id)d, registro %(seq)d: %(message)s") % {
            "kind": self.chain_kind,
            "id": self.chain_id,
            "seq": self.seq,
            "message": self.message,
        }
