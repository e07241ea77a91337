"""How people enter: allauth's adapters. Log-ins and failures are noted in the institution's chain.

Inviting and closing accounts is `people`'s; that whoever must choose a new password does so is seen to by the pages'
middleware.
"""

from __future__ import annotations

import logging
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.socialaccount.models import SocialLogin
from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser
from django.http import HttpRequest

from turna.core import audit, envelopes, limits
from turna.core.calendar import now
from turna.core.models import Envelope, Person

log = logging.getLogger(__name__)

# Wrong passwords before one must wait: per address of the network, and per e-mail whatever the address.
FAILURES_PER_ADDRESS = {"limit": 30, "seconds": 600}
FAILURES_PER_ACCOUNT = {"limit": 8, "seconds": 600}


class AccountAdapter(DefaultAccountAdapter):
    """Officials are invited; nobody signs up by themselves unless the install opens it (TURNA_OPEN_SIGNUP)."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return bool(getattr(settings, "OPEN_SIGNUP", False))

    def pre_authenticate(self, request: HttpRequest, **credentials: Any) -> None:
        """Refuses further tries after too many wrong passwords; counted in the database, so every process knows."""
        address, account = _who(request, credentials)
        if limits.exhausted("login-address", address, **FAILURES_PER_ADDRESS) or limits.exhausted(
            "login-account", account, **FAILURES_PER_ACCOUNT
        ):
            raise self.validation_error("too_many_login_attempts")
        super().pre_authenticate(request, **credentials)

    def authentication_failed(self, request: HttpRequest, **credentials: Any) -> None:
        """Counts the failure, and notes it in the chain of the account's institution. What was typed is not kept."""
        address, account = _who(request, credentials)
        limits.allow("login-address", address, **FAILURES_PER_ADDRESS)
        limits.allow("login-account", account, **FAILURES_PER_ACCOUNT)
        person = Person.objects.filter(email__iexact=account, institution__isnull=False).first() if account else None
        if person and person.institution_id:
            audit.note(person.institution_id, "login.failed", {"person": person.pk, "from": address})
        else:
            log.warning("Intento de entrar con una cuenta que no existe, desde %s", address)
        super().authentication_failed(request, **credentials)

    def login(self, request: HttpRequest, user: AbstractBaseUser) -> None:
        super().login(request, user)
        note_account(user, "login.succeeded", {"from": limits.client_address(request)})

    def logout(self, request: HttpRequest) -> None:
        note_account(request.user, "logout", {})
        super().logout(request)

    def set_password(self, user: AbstractBaseUser, password: str) -> None:
        """A new password ends every other session (Django ties sessions to it) and fulfils the duty to change it."""
        if isinstance(user, Person):
            user.must_change_password = False
        super().set_password(user, password)
        note_account(user, "password.changed", {})
        if isinstance(user, Person) and user.institution_id:  # what an envelope still told is worth nothing now
            waiting = envelopes.running(user.institution_id, ("person", user.pk))
            envelopes.destroy(waiting, Envelope.Ending.DELIVERED, at=now(), person_id=user.pk)

    def get_client_ip(self, request: HttpRequest) -> str:
        return limits.client_address(request)


class ExternalIdentityAdapter(DefaultSocialAccountAdapter):
    """OpenID Connect identities. They open an account that exists already (its owner connects it in the profile);
    they make a new one only where sign-up is open."""

    def is_open_for_signup(self, request: HttpRequest, sociallogin: SocialLogin) -> bool:
        return bool(getattr(settings, "OPEN_SIGNUP", False))


def note_account(user: object, action: str, data: dict[str, Any]) -> None:
    """Note something about somebody's own account in their institution's chain; of nobody's, nothing."""
    if isinstance(user, Person) and user.institution_id:
        audit.note(user.institution_id, action, {"person": user.pk, **data}, actor=user.pk)


def _who(request: HttpRequest, credentials: dict[str, Any]) -> tuple[str, str]:
    return limits.client_address(request), str(credentials.get("email") or credentials.get("username") or "")
