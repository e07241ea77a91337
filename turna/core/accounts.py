"""How people enter: allauth's adapters."""

from allauth.account.adapter import DefaultAccountAdapter
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter


class AccountAdapter(DefaultAccountAdapter):
    """Officials are invited; nobody signs up by themselves unless the install opens it."""


class ExternalIdentityAdapter(DefaultSocialAccountAdapter):
    """OpenID Connect identities."""
