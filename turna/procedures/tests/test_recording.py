"""A finished case becomes a story that its procedure can be tested with, and names nobody."""

from __future__ import annotations

from io import StringIO
from pathlib import Path
from random import Random

import pytest
import yaml
from django.conf import settings
from django.core.management import CommandError, call_command

from turna.core.calendar import today
from turna.core.models import Institution, Person
from turna.core.rights import standing_of, system_standing
from turna.engine.stories import tell
from turna.procedures.definitions import definition_of, pack_of
from turna.procedures.demo.people import populate
from turna.procedures.demo.player import Player
from turna.procedures.models import Case, Filing, Procedure, ProcedureVersion, Task
from turna.procedures.recording import as_yaml, record
from turna.procedures.services import cancel_case, start_case
from turna.procedures.services.packs import install_pack

pytestmark = pytest.mark.django_db
FOLDER = Path(settings.MANUALS_DIR) / "veracruz-dmiga"
SECRET = "Proveedora Inconfundible, S.A."


@pytest.fixture
def player(settings, tmp_path) -> Player:
    settings.FILES_DIR = tmp_path
    install_pack(FOLDER, system_standing())
    institution = Institution.objects.get(key="veracruz-dmiga")
    populate(institution, today(institution))
    return Player(institution, Random(3))


def begun(player: Player) -> Case:
    procedure = Procedure.objects.get(key="orden-de-pago")
    definition = definition_of(procedure.versions.get(valid_until=None).pk)
    secretary = Person.objects.get(email="secretaria-dmiga@turna.example")
    typed = player.typed(definition, definition.procedure.start.form)
    typed["proveedor"] = SECRET
    typed = player.with_files(definition, definition.procedure.start.form, typed, standing_of(secretary))
    return Case.objects.get(pk=start_case(procedure.pk, standing_of(secretary), typed=typed).case_id)


def finished(player: Player, answers: dict[str, list[str]]) -> Case:
    """A payment order carried to its end; `answers`: by step, the first sí unless said otherwise."""
    case = begun(player)
    while (task := Task.objects.select_related("case").filter(case=case, status="open").first()) is not None:
        activity = definition_of(case.version_id).activity(task.step)
        left = answers.get(task.step) or []
        answer = left.pop(0) if left and task.kind == "work" else ("sí" if activity.answers else None)
        player.act(task, answer, "No coincide el importe.")
    case.refresh_from_db()
    return case


def test_a_real_case_becomes_a_story_that_names_nobody(player: Player) -> None:
    case = finished(player, {"4": ["no"]})
    story = record(case)
    assert story["termina"] == case.outcome == "concluido"
    assert "no" in story["respuestas"] and story["pasa_por"].count("3") == 2
    assert SECRET in str(list(Filing.objects.values_list("values", flat=True)))
    text = as_yaml(story)
    assert SECRET not in text and story["datos"]["factura"]["proveedor"]
    kept = Filing.objects.filter(case=case, format="factura").order_by("id").last()
    assert kept is not None and story["datos"]["factura"]["importe"] == kept.values["importe"]


def test_the_story_goes_back_into_the_file_and_holds(player: Player) -> None:
    case = finished(player, {})
    [story] = yaml.load(as_yaml(record(case)), Loader=yaml.BaseLoader)  # noqa: S506 - plain words only
    release = ProcedureVersion.objects.get(pk=case.version_id).release
    pack = pack_of(release)
    assert tell(pack, pack.procedures["orden-de-pago"], story).wrong == ()


def test_what_left_the_drawing_cannot_be_told(player: Player) -> None:
    case = begun(player)
    with pytest.raises(CommandError, match="no ha terminado"):
        call_command("pack", "record", case.folio)
    cancel_case(case.pk, system_standing(case.institution_id), "Se repitió.")
    with pytest.raises(CommandError, match="salió del dibujo|no ha terminado"):
        call_command("pack", "record", case.folio)
    with pytest.raises(CommandError, match="No existe"):
        call_command("pack", "record", "NADA/1")


def told(*words: str) -> str:
    out = StringIO()
    call_command(*words, stdout=out)
    return out.getvalue()


def test_the_command_prints_the_story(player: Player) -> None:
    case = finished(player, {})
    assert yaml.safe_load(told("pack", "record", case.folio))[0]["termina"] == "concluido"


def test_pack_test_walks_the_stories_of_a_folder(tmp_path: Path) -> None:
    assert " pruebas, 0 mal, 0 respuestas sin probar." in told("pack", "test", "veracruz-dmiga")
    broken = tmp_path / "veracruz-dmiga"
    for path in FOLDER.rglob("*.yaml"):
        target = broken / path.relative_to(FOLDER)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(path.read_text().replace("termina: improcedente", "termina: concluido"))
    with pytest.raises(CommandError, match="pruebas salieron mal"):
        told("pack", "test", str(broken))


def test_every_procedure_is_exported_at_once(tmp_path: Path) -> None:
    said = told("procedure", "export", "--all", "--format", "json", "--out", str(tmp_path / "salida"))
    names = {path.name for path in (tmp_path / "salida").iterdir()}
    assert f"{len(names)} procedimientos" in said
    assert {f"veracruz-dmiga__{p.stem}.json" for p in (FOLDER / "procedimientos").glob("*.yaml")} <= names
    with pytest.raises(CommandError, match="--out"):
        told("procedure", "export", "--all")
