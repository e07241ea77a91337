"""`turna pack move`: open cases pass to the version in force, those that can, and those that somebody decided."""

from io import StringIO

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from turna.core.models import AuditEntry
from turna.procedures.models import Case
from turna.procedures.tests.factories import TEN_STEPS, install, make_world, pack_sources

pytestmark = pytest.mark.django_db


def move(*words: str) -> str:
    out = StringIO()
    call_command("pack", "move", *words, stdout=out)
    return out.getvalue()


def test_a_case_whose_activity_changed_waits_for_a_decision():
    world = make_world()
    case = world.start()
    former = world.procedure("pasos").versions.get().number
    install(pack_sources({"pasos": TEN_STEPS.replace("Recibe la solicitud", "Recibe y sella la solicitud", 1)}))

    told = move("prueba/pasos")
    assert f"{case.folio}: falta decidir" in told and "0 de 1" in told
    assert Case.objects.get(pk=case.pk).version.number == former

    told = move("prueba/pasos", "--decided", f"OTRO/1, {case.folio}", "--note", "Lo pidió la Dirección")
    assert f"{case.folio}: pasó" in told and "1 de 1" in told
    assert Case.objects.get(pk=case.pk).version.number == former + 1
    assert AuditEntry.objects.get(action="case.version_moved").data["note"] == "Lo pidió la Dirección"
    assert "0 de 0" in move("prueba/pasos")


def test_what_is_not_installed_is_said():
    with pytest.raises(CommandError, match="MANUAL/PROCEDIMIENTO"):
        move("prueba/ninguno")
