"""`turna audit verify` on a checkout where nothing has been installed yet."""

from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import call_command
from django.db import connection


def test_a_fresh_checkout_has_nothing_to_verify(monkeypatch, tmp_path: Path, capsys) -> None:
    if connection.vendor != "sqlite":
        pytest.skip("only the embedded database may be missing")
    monkeypatch.setitem(settings.DATABASES["default"], "NAME", str(tmp_path / "none.sqlite3"))

    call_command("audit", "verify")

    assert "todavía no tiene datos" in capsys.readouterr().out


@pytest.mark.django_db
def test_an_install_without_entries_is_whole(capsys) -> None:
    call_command("audit", "verify")

    assert "íntegra: 0 registros" in capsys.readouterr().out
