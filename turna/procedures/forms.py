"""What people type in the acts on tasks and cases, and how it is refused before a service sees it.

The formats of the packs are not Django forms: `engine.filling` reads them and the web room draws them.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms
from django.conf import settings
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from turna.core.deadlines import Term
from turna.core.models import Person, Position, Unit

from .models import Comment

UNITS = [
    ("working_days", _("días hábiles")),
    ("calendar_days", _("días naturales")),
    ("hours", _("horas")),
]


def _text_area(rows: int = 4) -> forms.Textarea:
    return forms.Textarea(attrs={"rows": rows})


class MultipleFiles(forms.ClearableFileInput):
    allow_multiple_selected = True


class ActForm(forms.Form):
    """A form of an act. `explain` puts what a service refused on its fields."""

    use_required_attribute = True

    def explain(self, message: str, by_field: Mapping[str, str] | None = None) -> None:
        """What a service refused, on the fields that it names, or on top."""
        known = {name: text for name, text in (by_field or {}).items() if name in self.fields}
        for name, text in known.items():
            self.add_error(name, text)
        if not known:
            self.add_error(None, message)


class TermMixin(ActForm):
    """Asks for a term: an amount and its unit."""

    amount = forms.IntegerField(label=_("Plazo"), min_value=1, max_value=400, required=False)
    unit_of_time = forms.ChoiceField(label=_("Se cuenta en"), choices=UNITS)

    def term(self) -> Term | None:
        """The term asked for, or None."""
        amount = self.cleaned_data.get("amount")
        if not amount:
            return None
        return Term(amount, self.cleaned_data.get("unit_of_time") or "working_days")


class ReasonForm(ActForm):
    reason = forms.CharField(label=_("Motivo"), widget=_text_area(), max_length=2000)


class CommentForm(ActForm):
    audience = forms.ChoiceField(
        label=_("¿Para quién es?"),
        choices=[
            ("internal", _("Solo para quienes atienden el expediente")),
            ("applicant", _("También para quien lo solicitó")),
        ],
        widget=forms.RadioSelect,
        initial=Comment.Audience.INTERNAL,
    )
    text = forms.CharField(label=_("Comentario"), widget=_text_area(), max_length=4000)


class AttachForm(ActForm):
    kind = forms.CharField(
        label=_("Tipo de documento"), max_length=100, help_text=_("Por ejemplo: oficio, factura, identificación.")
    )
    title = forms.CharField(
        label=_("Título"),
        max_length=250,
        required=False,
        help_text=_("Si lo deja en blanco se usa el nombre del archivo."),
    )
    upload = forms.FileField(label=_("Archivo"))
    for_applicant = forms.BooleanField(label=_("Quien lo solicitó también puede verlo"), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["upload"].help_text = _("Hasta %(mb)d MB.") % {"mb": settings.MAX_UPLOAD_MB}


class CorrectionForm(TermMixin):
    text = forms.CharField(label=_("¿Qué falta o debe corregirse?"), widget=_text_area(), max_length=4000)
    legal_ground = forms.CharField(
        label=_("Fundamento"), max_length=300, help_text=_("Artículo y ordenamiento en que se apoya la prevención.")
    )

    field_order = ["text", "legal_ground", "amount", "unit_of_time"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["amount"].required = True
        self.fields["amount"].initial = 5
        self.fields["amount"].label = _("Plazo para contestar")


class AnswerForm(ActForm):
    text = forms.CharField(label=_("Respuesta"), widget=_text_area(6), max_length=8000)


class ExtendForm(TermMixin):
    reason = forms.CharField(label=_("Motivo"), widget=_text_area(), max_length=2000)
    legal_ground = forms.CharField(label=_("Fundamento"), max_length=300)

    field_order = ["amount", "unit_of_time", "reason", "legal_ground"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["amount"].required = True
        self.fields["amount"].label = _("Se amplía por")


class MoveForm(ActForm):
    """`steps`: (step, activity) of the case's procedure. `tokens`: where the case stands, when in several places."""

    to_step = forms.ChoiceField(label=_("Mover a la actividad"))
    token = forms.ChoiceField(label=_("¿Qué se mueve?"), required=False)
    reason = forms.CharField(label=_("Motivo"), widget=_text_area(), max_length=2000)

    def __init__(self, *args: Any, steps: list[tuple[str, str]], tokens: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["to_step"].choices = steps  # type: ignore[attr-defined]
        if len(tokens) > 1:
            self.fields["token"].choices = [("", _("Todo el expediente")), *tokens]  # type: ignore[attr-defined]
        else:
            del self.fields["token"]


class MessageForm(ActForm):
    """What has arrived from outside. `awaited`: (message, activity that waits for it)."""

    name = forms.ChoiceField(label=_("¿Qué llegó?"))
    note = forms.CharField(
        label=_("Cómo consta"),
        widget=_text_area(),
        max_length=2000,
        help_text=_("Por ejemplo: el número del oficio o la fecha del depósito."),
    )

    def __init__(self, *args: Any, awaited: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["name"].choices = awaited  # type: ignore[attr-defined]


class ConfirmForm(ActForm):
    """Nothing to type: the button is the act."""


class RouteForm(TermMixin):
    """To whom a task is routed (turnado). `institution_id` limits the positions offered."""

    to = forms.ModelMultipleChoiceField(
        label=_("Turnar a"),
        queryset=Position.objects.none(),
        help_text=_("Puede elegir varios puestos."),
        widget=forms.CheckboxSelectMultiple,
    )
    instruction = forms.CharField(
        label=_("Instrucción"),
        widget=_text_area(),
        max_length=2000,
        help_text=_("Qué se les pide. La leerán en su tarea."),
    )
    hand_over = forms.ChoiceField(
        label=_("¿Quién termina la actividad?"),
        widget=forms.RadioSelect,
        choices=[
            ("mine", _("Yo, cuando me contesten")),
            ("yes", _("A quien la turno: la actividad pasa completa (solo a un puesto)")),
        ],
        initial="mine",
    )

    field_order = ["to", "instruction", "hand_over", "amount", "unit_of_time"]

    def __init__(self, *args: Any, institution_id: int, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _offer_positions(self.fields["to"], institution_id)
        self.fields["amount"].label = _("Plazo para contestar")

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if cleaned.get("hand_over") == "yes" and len(cleaned.get("to") or ()) > 1:
            self.add_error("to", _("Para pasar la actividad completa elija un solo puesto."))
        return cleaned


class HandOverForm(TermMixin):
    """Several tasks handed over to one position."""

    to = forms.ModelChoiceField(label=_("Turnar a"), queryset=Position.objects.none(), empty_label="—")
    instruction = forms.CharField(label=_("Instrucción"), widget=_text_area(), max_length=2000)

    field_order = ["to", "instruction", "amount", "unit_of_time"]

    def __init__(self, *args: Any, institution_id: int, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _offer_positions(self.fields["to"], institution_id)


def _offer_positions(field: Any, institution_id: int) -> None:
    positions = Position.objects.filter(institution_id=institution_id, is_active=True)
    field.queryset = positions.select_related("unit").order_by("unit__name", "name")
    field.label_from_instance = lambda p: f"{p.name} — {p.unit.name}" if p.unit else p.name


class ReassignForm(ReasonForm):
    """`people`: who may take the task: (id, name)."""

    to_person = forms.TypedChoiceField(label=_("Reasignar a"), coerce=int)

    field_order = ["to_person", "reason"]

    def __init__(self, *args: Any, people: list[tuple[int, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["to_person"].choices = [("", "—"), *people]  # type: ignore[attr-defined]


def named_like(people: QuerySet[Person], words: str) -> QuerySet[Person]:
    """The people whose name or e-mail holds all the words."""
    for word in words.split()[:8]:
        by_name = Q(given_names__icontains=word) | Q(surname1__icontains=word) | Q(surname2__icontains=word)
        people = people.filter(by_name | Q(email__icontains=word))
    return people


class ApplicantForm(ActForm):
    """On whose behalf a case begins: somebody with an account, or a name and how to reach them."""

    person = forms.CharField(
        label=_("Nombre o correo de quien lo pide, si tiene cuenta"),
        max_length=254,
        required=False,
        help_text=_("Empiece a escribir y elija de la lista."),
        widget=forms.TextInput(attrs={"list": "personas", "autocomplete": "off"}),
    )
    name = forms.CharField(label=_("Nombre completo"), max_length=250, required=False)
    email = forms.EmailField(label=_("Correo electrónico"), required=False)
    phone = forms.CharField(label=_("Teléfono"), max_length=40, required=False)
    unit = forms.ModelChoiceField(
        label=_("Unidad a la que pertenece"), queryset=Unit.objects.none(), required=False, empty_label="—"
    )

    prefix = "solicitante"

    def __init__(self, *args: Any, institution_id: int, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.institution_id = institution_id
        field: Any = self.fields["unit"]
        field.queryset = Unit.objects.filter(institution_id=institution_id, is_active=True).order_by("name")

    def clean_person(self) -> Person | None:
        typed = self.cleaned_data["person"].strip()
        if not typed:
            return None
        found = self._found(typed)
        if found is None:
            raise forms.ValidationError(
                _("Con eso no se sabe quién es. Escriba su correo o su nombre completo, o sus datos abajo.")
            )
        return found

    def _found(self, typed: str) -> Person | None:
        """The person with that e-mail, or the only one whose name holds all the words."""
        people = Person.objects.filter(institution_id=self.institution_id, is_active=True)
        exact = people.filter(email__iexact=typed).first()
        if exact is not None:
            return exact
        named = list(named_like(people, typed)[:2])
        return named[0] if len(named) == 1 else None

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if not self.errors and not cleaned.get("person") and not cleaned.get("name"):
            self.add_error("name", _("Diga para quién es: elija a una persona o escriba su nombre."))
        return cleaned


class FilterNameForm(ActForm):
    name = forms.CharField(label=_("Nombre del filtro"), max_length=60)
