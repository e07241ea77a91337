"""What happens to accounts inside allauth and must stand in the history: second factors and e-mail addresses.

Signals are how that library, a stranger, tells what it did; our own rooms call each other instead.
"""

from __future__ import annotations

from typing import Any

from allauth.account import signals as account
from allauth.mfa import signals as mfa
from django.dispatch import receiver

from turna.core.accounts import note_account


@receiver(mfa.authenticator_added)
def second_factor_added(user: object, authenticator: Any, **_rest: Any) -> None:
    note_account(user, "second_factor.added", {"kind": str(authenticator.type)})


@receiver(mfa.authenticator_removed)
def second_factor_removed(user: object, authenticator: Any, **_rest: Any) -> None:
    note_account(user, "second_factor.removed", {"kind": str(authenticator.type)})


@receiver(mfa.authenticator_reset)
def recovery_codes_renewed(user: object, authenticator: Any, **_rest: Any) -> None:
    note_account(user, "second_factor.renewed", {"kind": str(authenticator.type)})


@receiver(mfa.authentication_failed)
def second_factor_failed(user: object, **_rest: Any) -> None:
    note_account(user, "second_factor.failed", {})


@receiver(account.email_confirmed)
def address_confirmed(email_address: Any, **_rest: Any) -> None:
    note_account(email_address.user, "address.confirmed", {})


@receiver(account.email_changed)
def address_changed(user: object, **_rest: Any) -> None:
    note_account(user, "address.changed", {})
