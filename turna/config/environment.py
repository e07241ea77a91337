"""The one reader of environment variables: typed, documented, refused when wrong.

What each variable means stands beside its reading in `settings.py`; `docs/` lists them.
"""

from __future__ import annotations

import os
from pathlib import Path
from urllib.parse import parse_qsl, unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured

TRUE, FALSE = {"1", "true", "yes", "on", "sí", "si"}, {"0", "false", "no", "off", ""}


def text(name: str, default: str = "") -> str:
    """The variable, or what the file named by `NAME_FILE` holds (secrets), or the default."""
    path = os.environ.get(f"{name}_FILE")
    if path:
        return Path(path).read_text(encoding="utf-8").strip()
    return os.environ.get(name, default)


def flag(name: str, default: bool = False) -> bool:
    raw = text(name, "1" if default else "0").strip().lower()
    if raw in TRUE or raw in FALSE:
        return raw in TRUE
    raise ImproperlyConfigured(f"{name} debe ser 1 o 0, no «{raw}».")


def number(name: str, default: int) -> int:
    raw = text(name, str(default))
    try:
        return int(raw)
    except ValueError:
        raise ImproperlyConfigured(f"{name} debe ser un número entero, no «{raw}».") from None


def words(name: str, default: str = "") -> list[str]:
    return [word.strip() for word in text(name, default).split(",") if word.strip()]


def database(url: str, test_name: str) -> dict[str, object]:
    """Django's DATABASES entry for `sqlite:///path` or `postgres://user:pass@host:port/name`."""
    parts = urlsplit(url)
    if parts.scheme == "sqlite":
        return _sqlite(unquote(parts.path[1:] if parts.path.startswith("//") else parts.path), test_name)
    if parts.scheme not in {"postgres", "postgresql"}:
        raise ImproperlyConfigured(f"DATABASE_URL: no se reconoce «{parts.scheme}»; use postgres:// o sqlite://.")
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(parts.path.lstrip("/")),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": parts.hostname or "",
        "PORT": str(parts.port or ""),
        "CONN_MAX_AGE": number("TURNA_DB_CONN_MAX_AGE", 600),
        "CONN_HEALTH_CHECKS": True,
        # The hot step uses server-side prepared statements on cursors of its own.
        "OPTIONS": {"prepare_threshold": 2, **dict(parse_qsl(parts.query))},
        "TEST": {"NAME": test_name},
    }


def _sqlite(path: str, test_name: str) -> dict[str, object]:
    """WAL with synchronous=FULL: an acknowledged act survives a power cut; writers queue, never deadlock."""
    return {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": path,
        "OPTIONS": {
            "transaction_mode": "IMMEDIATE",
            "timeout": 30,
            "init_command": (
                "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON;"
                "PRAGMA cache_size=-32000; PRAGMA mmap_size=268435456; PRAGMA temp_store=MEMORY;"
            ),
        },
        "TEST": {"NAME": str(Path(path).parent / f"{test_name}.sqlite3")},
    }
