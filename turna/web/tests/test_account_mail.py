"""Mails of the account: in our words, with what they must carry."""

from __future__ import annotations

from pathlib import Path

import allauth
import pytest
from django.template.loader import render_to_string

ROOT = Path(allauth.__file__).parent / "templates"
MAILS = sorted(
    str(path.relative_to(ROOT))
    for folder in ("account", "mfa")
    for path in (ROOT / folder / "email").glob("*.txt")
    if "base_" not in path.name and "login_code" not in path.name and "password_reset_code" not in path.name
)
CONTEXT = {
    "current_site": "tramites.ejemplo.mx",
    "user": "Irene Islas",
    "email": "irene@ejemplo.mx",
    "password_reset_url": "https://tramites.ejemplo.mx/llave/a&b",
    "activate_url": "https://tramites.ejemplo.mx/confirma/1",
    "from_email": "antes@ejemplo.mx",
    "to_email": "despues@ejemplo.mx",
    "deleted_email": "antes@ejemplo.mx",
    "ip": "203.0.113.7",
    "user_agent": "Navegador",
    "timestamp": "hoy",
}


@pytest.mark.parametrize("name", MAILS)
def test_every_mail_of_the_account_speaks_to_usted(name: str) -> None:
    text = render_to_string(name, CONTEXT)
    words = text.lower()
    assert text.strip() and "{{" not in text and "&amp;" not in text
    for foreign in (" tu ", " tus ", "estás", "haz ", "hello", "introdúcelo", "email "):
        assert foreign not in f" {words} "
    if name.endswith("_subject.txt"):
        assert len(text.strip().splitlines()) == 1


def test_the_links_are_in_the_mails() -> None:
    assert CONTEXT["password_reset_url"] in render_to_string("account/email/password_reset_key_message.txt", CONTEXT)
    assert CONTEXT["activate_url"] in render_to_string("account/email/email_confirmation_message.txt", CONTEXT)
    with_code = render_to_string("account/email/email_confirmation_message.txt", CONTEXT | {"code": "ABC-123"})
    assert "ABC-123" in with_code and CONTEXT["activate_url"] not in with_code
