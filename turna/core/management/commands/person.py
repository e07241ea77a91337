"""`turna person create` and `turna person recover`: the first account, and emergencies, from the terminal."""

from __future__ import annotations

from getpass import getpass
from typing import Any

from django.conf import settings
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.translation import gettext as _

from turna.core import people
from turna.core.models import Institution, Person
from turna.core.refusals import Refused
from turna.core.rights import Standing, system_standing


class Command(BaseCommand):
    help = "Abre una cuenta (create), o da un enlace nuevo a quien no puede entrar (recover)."

    def add_arguments(self, parser: CommandParser) -> None:
        verbs = parser.add_subparsers(dest="verb", required=True, metavar="create|recover")
        create = verbs.add_parser("create", help="abre una cuenta e imprime el enlace con que se elige la contraseña")
        create.add_argument("email", help="correo con el que entrará")
        create.add_argument("--name", required=True, help="nombre o nombres")
        create.add_argument("--surname1", default="", help="primer apellido")
        create.add_argument("--surname2", default="", help="segundo apellido")
        create.add_argument("--institution", default="", help="clave de la institución, si hay varias")
        create.add_argument("--administers", action="store_true", help="administra toda la instalación")
        create.add_argument("--password", action="store_true", help="pide la contraseña aquí en vez de dar un enlace")
        recover = verbs.add_parser("recover", help="imprime un enlace con que una persona elige otra contraseña")
        recover.add_argument("email", help="correo de la cuenta")
        recover.add_argument("--second-factor", action="store_true", help="retira además su segundo factor")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            if options["verb"] == "create":
                self._create(options)
            else:
                self._recover(options["email"], second_factor=options["second_factor"])
        except Refused as refused:
            raise CommandError(str(refused)) from None

    def _create(self, options: dict[str, Any]) -> None:
        institution = _institution(options["institution"])
        by = system_standing(institution.pk)
        names = {name: options[name] for name in ("surname1", "surname2")}
        password = _ask_password() if options["password"] else ""
        mailed = bool(settings.SMTP_URL) and not password
        person = people.create_person(
            by, institution, email=options["email"], given_names=options["name"], invite=mailed, **names
        )
        if options["administers"]:
            people.grant_administration(by, person)
        if password:
            people.accept_invitation(people.invitation_for(person), password)
            self.stdout.write(_("Cuenta abierta: ya puede entrar en %s") % settings.PUBLIC_URL)
        else:
            self._say_link(by, person)

    def _recover(self, email: str, *, second_factor: bool) -> None:
        person = Person.objects.filter(email__iexact=email.strip(), is_active=True).first()
        if person is None:
            raise CommandError(_("No hay una cuenta abierta con ese correo."))
        by = system_standing(person.institution_id or 0)
        if second_factor:
            gone = people.remove_second_factor(by, person)
            self.stdout.write(_("Segundos factores retirados: %d") % gone)
        self._say_link(by, person)

    def _say_link(self, by: Standing, person: Person) -> None:
        self.stdout.write(_("Con este enlace se elige la contraseña. Vale siete días y una sola vez:"))
        self.stdout.write(people.issue_link(by, person))


def _institution(key: str) -> Institution:
    found = Institution.objects.filter(key=key) if key else Institution.objects.all()
    if len(found) == 1:
        return found[0]
    if key or not found:
        raise CommandError(_("No hay esa institución. Instale primero su manual: «turna pack install CARPETA»."))
    keys = ", ".join(institution.key for institution in found)
    raise CommandError(_("Diga cuál con --institution: %s") % keys)


def _ask_password() -> str:
    password = getpass(_("Contraseña: "))
    if password != getpass(_("Otra vez: ")):
        raise CommandError(_("No son iguales."))
    try:
        validate_password(password)
    except ValidationError as trouble:
        raise CommandError(" ".join(trouble.messages)) from None
    return password
