"""What may be typed in the administration pages. Rules of the acts themselves are the services'."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django import forms
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from turna.core import folios
from turna.core.models import FolioSeries, Institution, Person, Position, Unit
from turna.core.rights import RIGHTS, Standing

WEEKDAYS = (
    _("Lunes"),
    _("Martes"),
    _("Miércoles"),
    _("Jueves"),
    _("Viernes"),
    _("Sábado"),
    _("Domingo"),
)


class DayInput(forms.DateInput):
    """The browser's own date field."""

    input_type = "date"

    def __init__(self) -> None:
        super().__init__(format="%Y-%m-%d")


def _units(institution: Institution) -> Any:
    return Unit.objects.filter(institution=institution, is_active=True).order_by("name")


def _people(institution: Institution) -> Any:
    return Person.objects.filter(institution=institution, is_active=True).order_by(
        "surname1", "surname2", "given_names"
    )


class UnitForm(forms.Form):
    key = forms.SlugField(label=_("Clave"), max_length=80, help_text=_("Minúsculas y guiones: direccion-de-obras."))
    name = forms.CharField(label=_("Nombre"), max_length=200)
    parent = forms.ModelChoiceField(
        Unit.objects.none(), label=_("Depende de"), required=False, empty_label=_("De nadie: es de primer nivel")
    )
    is_active = forms.BooleanField(label=_("Vigente"), required=False, initial=True)

    def __init__(self, *args: Any, institution: Institution, unit: Unit | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        others = _units(institution)
        self.fields["parent"].queryset = others.exclude(path__startswith=unit.path) if unit else others  # type: ignore[attr-defined]
        if unit:
            del self.fields["key"]
        else:
            del self.fields["is_active"]


class PositionForm(forms.Form):
    key = forms.SlugField(label=_("Clave"), max_length=80, help_text=_("Minúsculas y guiones: secretaria-dmiga."))
    name = forms.CharField(label=_("Nombre"), max_length=200)
    unit = forms.ModelChoiceField(Unit.objects.none(), label=_("Unidad"), required=False, empty_label=_("Sin unidad"))
    is_head = forms.BooleanField(
        label=_("Es titular de la unidad"),
        required=False,
        help_text=_("Ve el trabajo de su unidad y de las que dependen de ella."),
    )
    is_active = forms.BooleanField(label=_("Vigente"), required=False, initial=True)

    def __init__(self, *args: Any, institution: Institution, is_new: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["unit"].queryset = _units(institution)  # type: ignore[attr-defined]
        del self.fields["is_active" if is_new else "key"]


class RightsForm(forms.Form):
    rights = forms.MultipleChoiceField(
        label=_("Además de sus tareas, este puesto puede"), required=False, widget=forms.CheckboxSelectMultiple
    )

    def __init__(self, data: Any, *, by: Standing, present: Iterable[str]) -> None:
        """Only rights that `by` holds may be given or taken; those they cannot touch stay as they are."""
        super().__init__(data, initial={"rights": list(present)})
        may = [(name, label) for name, label in RIGHTS.items() if by.administers or by.can(name)]
        self.fixed = {name for name in present if name not in dict(may)}
        self.fields["rights"].choices = may  # type: ignore[attr-defined]


class AppointmentForm(forms.Form):
    person = forms.ModelChoiceField(Person.objects.none(), label=_("Persona"))
    starts_on = forms.DateField(label=_("Desde"), widget=DayInput)
    ends_on = forms.DateField(
        label=_("Hasta"), required=False, widget=DayInput, help_text=_("Último día, inclusive. Vacío: sin término.")
    )

    def __init__(self, *args: Any, institution: Institution, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["person"].queryset = _people(institution)  # type: ignore[attr-defined]


class EndForm(forms.Form):
    ends_on = forms.DateField(label=_("Último día en el puesto"), widget=DayInput)


class SubstitutionForm(forms.Form):
    absent = forms.ModelChoiceField(Person.objects.none(), label=_("Quién se ausenta"))
    substitute = forms.ModelChoiceField(Person.objects.none(), label=_("Quién suple"))
    position = forms.ModelChoiceField(
        Position.objects.none(), label=_("En qué puesto"), required=False, empty_label=_("En todos los que ocupa")
    )
    starts_on = forms.DateField(label=_("Desde"), widget=DayInput)
    ends_on = forms.DateField(label=_("Hasta"), widget=DayInput, help_text=_("Último día, inclusive."))
    reason = forms.CharField(
        label=_("Motivo"),
        max_length=120,
        required=False,
        help_text=_("Una palabra: vacaciones, comisión, licencia. No escriba datos de salud."),
    )

    def __init__(self, *args: Any, institution: Institution, absent: Person | None = None, **kwargs: Any) -> None:
        """With `absent` it is that person's own absence: only their positions are offered."""
        super().__init__(*args, **kwargs)
        people = _people(institution)
        positions = Position.objects.filter(institution=institution, is_active=True).order_by("name")
        if absent:
            del self.fields["absent"]
            people = people.exclude(pk=absent.pk)
            positions = positions.filter(appointments__person=absent).distinct()
        else:
            self.fields["absent"].queryset = people  # type: ignore[attr-defined]
        self.fields["substitute"].queryset = people  # type: ignore[attr-defined]
        self.fields["position"].queryset = positions  # type: ignore[attr-defined]


class PersonForm(forms.Form):
    email = forms.EmailField(
        label=_("Correo electrónico"),
        required=False,
        help_text=_(
            "Ahí recibirá el enlace para entrar. Si no tiene, déjelo vacío: se forma un usuario y su primera "
            "contraseña se imprime en sobre cerrado."
        ),
    )
    given_names = forms.CharField(label=_("Nombre(s)"), max_length=100)
    surname1 = forms.CharField(label=_("Primer apellido"), max_length=80, required=False)
    surname2 = forms.CharField(label=_("Segundo apellido"), max_length=80, required=False)
    phone = forms.CharField(label=_("Teléfono"), max_length=40, required=False)
    curp = forms.CharField(label=_("CURP"), max_length=18, required=False)

    def __init__(self, *args: Any, is_new: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not is_new:
            del self.fields["email"]


class CloseAccountForm(forms.Form):
    end_positions = forms.BooleanField(
        label=_("Terminar también sus nombramientos y suplencias"), required=False, initial=True
    )


class NewPasswordForm(forms.Form):
    """The first password of an invited person."""

    password = forms.CharField(
        label=_("Contraseña"), widget=forms.PasswordInput(attrs={"autocomplete": "new-password"})
    )
    again = forms.CharField(
        label=_("La misma, otra vez"), widget=forms.PasswordInput(attrs={"autocomplete": "new-password"})
    )

    def __init__(self, *args: Any, person: Person, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.person = person

    def clean_password(self) -> str:
        password = str(self.cleaned_data["password"])
        validate_password(password, self.person)
        return password

    def clean(self) -> dict[str, Any]:
        typed = self.cleaned_data
        if typed.get("password") and typed.get("again") and typed["password"] != typed["again"]:
            self.add_error("again", ValidationError(_("Las dos contraseñas no son iguales.")))
        return typed


class CalendarDayForm(forms.Form):
    date = forms.DateField(label=_("Fecha"), widget=DayInput)
    name = forms.CharField(label=_("Nombre"), max_length=160, help_text=_("Por ejemplo: Lunes de Carnaval."))
    source = forms.CharField(
        label=_("Dónde se publicó"), max_length=300, required=False, help_text=_("Gaceta, acuerdo u oficio.")
    )
    is_working = forms.BooleanField(label=_("Es hábil, aunque el calendario federal diga que no"), required=False)


class HoursForm(forms.Form):
    """Opening hours, a pair per weekday; both empty: that day is not worked."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for number, label in enumerate(WEEKDAYS):
            for part, words in (("opens", _("%s, abre")), ("closes", _("%s, cierra"))):
                self.fields[f"{part}_{number}"] = forms.TimeField(
                    label=words % label,
                    required=False,
                    widget=forms.TimeInput(format="%H:%M", attrs={"type": "time"}),
                )

    def clean(self) -> dict[str, Any]:
        typed = self.cleaned_data
        hours = {}
        for number in range(7):
            pair = typed.get(f"opens_{number}"), typed.get(f"closes_{number}")
            if all(pair):
                hours[number] = pair
            elif any(pair):
                self.add_error(f"closes_{number}", _("Indique las dos horas, o ninguna."))
        typed["hours"] = hours
        return typed


class SeriesForm(forms.Form):
    key = forms.SlugField(label=_("Clave"), max_length=60, help_text=_("Minúsculas y guiones: reportes."))
    kind = forms.CharField(label=_("Qué numera"), max_length=40, help_text=_("Por ejemplo: oficio, reporte, vale."))
    pattern = forms.CharField(
        label=_("Formato"), max_length=80, help_text=_("DMIGA/{año}/{n:05} escribe DMIGA/2026/00042.")
    )
    is_yearly = forms.BooleanField(label=_("Comienza de nuevo cada año"), required=False, initial=True)

    def __init__(self, *args: Any, series: FolioSeries | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if series:
            for name in ("key", "kind", "is_yearly"):
                del self.fields[name]

    def clean_pattern(self) -> str:
        pattern = str(self.cleaned_data["pattern"]).strip()
        problem = folios.pattern_problem(pattern)
        if problem:
            raise ValidationError(problem)
        return pattern
