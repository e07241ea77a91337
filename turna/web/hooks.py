"""Entries of the menu that the shell itself knows. `procedures` and the domains register theirs in their hooks."""

from django.utils.translation import gettext_lazy as _

from .navigation import MENU, everybody, heads_a_unit, with_account, with_right

ADMINISTRATION = (
    "organization.manage", "calendar.manage", "accounts.manage", "packs.install", "audit.read", "mail.read",
)  # fmt: skip

MENU.register("inbox", _("Bandeja"), "inbox", "inbox", 10, with_account, "b")
MENU.register("start", _("Iniciar trámite"), "start_catalogue", "plus-circle", 20, with_account, "i")
MENU.register("case_search", _("Expedientes"), "case_search", "folder2-open", 30, with_account, "e")
MENU.register("team", _("Equipo"), "team", "people", 40, heads_a_unit, "q")
MENU.register("catalogue", _("Procedimientos"), "catalogue", "journal-text", 50, everybody, "p")
MENU.register("follow", _("Seguir un folio"), "follow", "signpost-2", 60, everybody, "s")
MENU.register("administration", _("Administración"), "administration", "gear", 90, with_right(*ADMINISTRATION), "a")
