"""People who log in: officials now, citizens later. What a person may do follows from positions, not from here."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _


class PersonManager(BaseUserManager["Person"]):
    def create_user(self, email: str, password: str | None = None, **fields: Any) -> Person:
        """A person with a log-in; without a password the account cannot be entered until one is set by mail."""
        person = self.model(email=self.normalize_email(email).lower(), **fields)
        person.set_password(password)
        person.save(using=self._db)
        return person

    def get_by_natural_key(self, username: str | None) -> Person:
        return self.get(email__iexact=username)


class Person(AbstractBaseUser):
    """A person with an account.

    `administers` opens the administration pages of the whole install (the technician); everything else comes
    from appointments. Personal data: name, e-mail, phone, CURP (identity of an official or citizen); kept while
    the account lives and as long as the cases in which the person acted must be kept.
    """

    email = models.EmailField(_("correo electrónico"), unique=True)
    given_names = models.CharField(_("nombre(s)"), max_length=100)
    surname1 = models.CharField(_("primer apellido"), max_length=80, blank=True)
    surname2 = models.CharField(_("segundo apellido"), max_length=80, blank=True)
    phone = models.CharField(_("teléfono"), max_length=40, blank=True)
    curp = models.CharField(_("CURP"), max_length=18, blank=True)
    institution = models.ForeignKey(
        "core.Institution", on_delete=models.PROTECT, null=True, blank=True, related_name="people"
    )
    is_active = models.BooleanField(_("cuenta activa"), default=True)
    administers = models.BooleanField(_("administra la instalación"), default=False)
    must_change_password = models.BooleanField(default=False)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = PersonManager()

    NOWHERE = "sin-correo.invalid"
    """Domain of the addresses of people without e-mail: reserved, so that it can be nobody's. No mail goes there."""

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS = ["given_names"]

    class Meta:
        verbose_name = _("persona")
        verbose_name_plural = _("personas")
        constraints = [models.UniqueConstraint(Lower("email"), name="person_email_once")]
        indexes = [models.Index(fields=["institution", "surname1"], name="person_by_name")]

    def __str__(self) -> str:
        return self.full_name or self.email

    @property
    def full_name(self) -> str:
        return " ".join(part for part in (self.given_names, self.surname1, self.surname2) if part)

    @property
    def has_mail(self) -> bool:
        return not self.email.endswith(f"@{self.NOWHERE}")

    @property
    def login_name(self) -> str:
        """What they type to enter: their e-mail, or their user name."""
        return self.email if self.has_mail else self.email.partition("@")[0]

    @classmethod
    def address_of(cls, typed: str) -> str:
        """The address of an account by what is typed to enter."""
        login = typed.strip()
        return login if not login or "@" in login else f"{login.lower()}@{cls.NOWHERE}"

    def get_full_name(self) -> str:
        return self.full_name

    def get_short_name(self) -> str:
        return self.given_names
