"""What every test stands on: the database as a real install has it, triggers and all.

Rows to stand on are made by `turna.core.tests.factories`.
"""

from collections.abc import Iterator
from importlib import import_module
from importlib.util import find_spec
from types import ModuleType

import pytest
from django.apps import apps
from django.conf import settings
from django.core.cache import cache
from django.db import connection
from django.test import TransactionTestCase

from turna.core import database
from turna.core.calendar import forget_calendars
from turna.procedures.definitions import forget as forget_definitions
from turna.procedures.services.memory import forget_all as forget_cases


def rooms() -> Iterator[ModuleType]:
    """The `database` module of every room that has one."""
    for card in apps.get_app_configs():
        if card.name.startswith("turna.") and find_spec(f"{card.name}.database"):
            yield import_module(f"{card.name}.database")


def install_all() -> None:
    """What migrations do besides tables: every `install_…(connection)` of a room's `database`."""
    for room in rooms():
        for name, function in list(vars(room).items()):
            if name.startswith("install_") and function.__module__ == room.__name__:
                function(connection)


def remove_all() -> None:
    """Rooms with append-only tables say so in `GUARDS`; emptying a database needs them out of the way."""
    for room in rooms():
        database.remove_guards(connection, tuple(getattr(room, "GUARDS", ())))


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings: None) -> None:
    """The embedded test database stands where the install's data does; on a fresh checkout that is not there yet."""
    settings.DATA_DIR.mkdir(parents=True, exist_ok=True)


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup, django_db_blocker) -> None:
    with django_db_blocker.unblock():
        install_all()


@pytest.fixture(scope="session", autouse=True)
def _emptying_lifts_the_guards() -> Iterator[None]:
    """A transactional test ends by emptying every table, which append-only tables refuse."""
    empty = TransactionTestCase._fixture_teardown

    def lift_and_empty(self: TransactionTestCase) -> None:
        remove_all()
        empty(self)
        install_all()

    TransactionTestCase._fixture_teardown = lift_and_empty
    yield
    TransactionTestCase._fixture_teardown = empty


@pytest.fixture(autouse=True)
def _clean_cache() -> None:
    cache.clear()
    forget_calendars()
    forget_definitions()
    forget_cases()
