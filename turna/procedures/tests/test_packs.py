"""Packs: installing, versions, plans, moving open cases, and the commands."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command

from turna.core.models import AuditEntry, Position, Unit
from turna.core.rights import Standing, system_standing
from turna.engine.reading import read_pack_sources
from turna.procedures.models import Case, PackRelease, Procedure, ProcedureVersion, Task
from turna.procedures.services import Refused, complete_task, install_pack, move_open_cases, plan_pack
from turna.procedures.services.packs import PackRefused

from .factories import INSTITUTION, TEN_STEPS, install, make_world, pack_sources

VERACRUZ = Path(settings.MANUALS_DIR) / "veracruz-dmiga"
CHILD = "  - {paso: 1, responsable: cajero, actividad: Ayuda}\n"


def write(folder: Path, sources: dict[str, str]) -> Path:
    for name, text in sources.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return folder


@pytest.mark.django_db
def test_only_what_changed_gets_a_new_version() -> None:
    first = install(pack_sources({"pasos": TEN_STEPS, "otro": CHILD}))
    assert dict(first.versions) == {"pasos": 1, "otro": 1}
    same = install(pack_sources({"pasos": TEN_STEPS, "otro": CHILD}))
    assert same.versions == () and PackRelease.objects.count() == 1
    changed = install(pack_sources({"pasos": TEN_STEPS.replace("Archiva", "Guarda"), "otro": CHILD}), note="Guardar")
    assert changed.versions == (("pasos", 2),) and changed.unchanged == ("otro",)
    versions = ProcedureVersion.objects.filter(procedure__key="pasos").order_by("number")
    assert [v.valid_until is None for v in versions] == [False, True]
    assert versions[1].note == "Guardar" and versions[0].valid_until == versions[1].valid_from
    gone = install(pack_sources({"pasos": TEN_STEPS}))
    assert gone.gone == ("otro",) and not Procedure.objects.get(key="otro").is_active


@pytest.mark.django_db
def test_a_changed_format_makes_a_version_of_what_uses_it() -> None:
    install(pack_sources({"pasos": TEN_STEPS, "otro": CHILD}))
    sources = pack_sources({"pasos": TEN_STEPS, "otro": CHILD})
    sources["formatos/revision.yaml"] = sources["formatos/revision.yaml"].replace("Nota,", "Observación,")
    assert dict(install(sources).versions) == {"pasos": 2}


@pytest.mark.django_db
def test_the_org_chart_is_updated_never_deleted() -> None:
    install(pack_sources({"pasos": TEN_STEPS}))
    position = Position.objects.get(key="cajero")
    text = INSTITUTION.replace("Cajero, unidad: caja", "Caja general, unidad: oficina").replace(
        "{clave: caja, nombre: Caja, padre: presidencia}", "{clave: caja, nombre: Cajas, padre: oficina}"
    )
    sources = pack_sources({"pasos": TEN_STEPS}) | {"institucion.yaml": text}
    done = install(sources)
    position.refresh_from_db()
    unit = Unit.objects.get(key="caja")
    assert (position.name, position.unit.key) == ("Caja general", "oficina")
    assert (unit.name, unit.parent.key) == ("Cajas", "oficina") and unit.path.startswith(unit.parent.path)
    assert any("Caja general" in change for change in done.changes)
    assert AuditEntry.objects.filter(action="unit.renamed").exists()


@pytest.mark.django_db
def test_a_pack_with_errors_installs_nothing_and_says_everything(tmp_path: Path) -> None:
    bad = TEN_STEPS.replace("sí: 3, no: 1", "sí: 33, no: 1").replace("responsable: cajero", "responsable: nadie")
    folder = write(tmp_path / "malo", pack_sources({"pasos": bad}))
    with pytest.raises(PackRefused) as refused:
        install_pack(folder, system_standing())
    assert len([f for f in refused.value.findings if f.severity == "error"]) >= 3
    assert not Procedure.objects.exists() and not Unit.objects.exists()


@pytest.mark.django_db
def test_installing_needs_the_right() -> None:
    pack, _ = read_pack_sources("prueba", pack_sources({"pasos": TEN_STEPS}))
    assert pack is not None
    with pytest.raises(Refused):
        install_pack(pack, Standing(1, 1))


@pytest.mark.django_db
def test_open_cases_stay_on_their_version_and_move_when_they_can() -> None:
    world = make_world()
    at_one, at_two = world.start(), world.start()
    complete_task(world.task(at_two).pk, world.by("secretaria"))
    gone = TEN_STEPS.replace(
        "  - paso: 2\n    responsable: secretaria\n    actividad: Revisa\n",
        "  - paso: 2\n    responsable: jefe\n    actividad: Revisa\n",
    ).replace("Archiva", "Guarda")
    pack, _ = read_pack_sources("prueba", pack_sources({"pasos": gone}))
    assert pack is not None
    plan = plan_pack(pack)
    verdicts = {p.folio: (p.verdict, p.why) for p in plan.cases}
    assert verdicts[at_one.folio][0] == "moves" and verdicts[at_two.folio][0] == "stays"
    assert "otro responsable" in verdicts[at_two.folio][1]
    install(pack_sources({"pasos": gone}))
    assert world.task(at_one).step == "1"
    moved = move_open_cases(at_one.procedure_id, system_standing(world.institution.pk))
    assert sorted(p.verdict for p in moved) == ["moves", "stays"]
    numbers = {c.pk: c.version.number for c in Case.objects.select_related("version")}
    assert numbers == {at_one.pk: 2, at_two.pk: 1}
    assert AuditEntry.objects.filter(chain_id=at_one.pk, action="case.version_moved").count() == 1
    complete_task(world.task(at_one).pk, world.by("secretaria"))
    assert Task.objects.get(case=at_one, status="open").position.key == "jefe"


@pytest.mark.django_db
def test_the_plan_of_the_same_pack_changes_nothing() -> None:
    world = make_world()
    world.start()
    pack, _ = read_pack_sources("prueba", pack_sources({"pasos": TEN_STEPS}))
    assert pack is not None
    plan = plan_pack(pack)
    assert (plan.new, plan.changed, plan.gone, plan.cases) == ((), (), (), ())


# --- Commands ----------------------------------------------------------------------


def test_check_tells_file_and_line_and_fails(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = write(tmp_path / "malo", pack_sources({"pasos": TEN_STEPS.replace("sí: 3, no: 1", "sí: 33, no: 1")}))
    with pytest.raises(CommandError) as failed:
        call_command("pack", "check", str(folder))
    assert failed.value.returncode == 1
    assert "procedimientos/pasos.yaml:" in capsys.readouterr().out
    call_command("pack", "check", str(write(tmp_path / "bueno", pack_sources({"pasos": TEN_STEPS}))))


@pytest.mark.skipif(not VERACRUZ.is_dir(), reason="the pack is not there")
def test_the_manual_on_disk_is_exported_walked_and_run(capsys: pytest.CaptureFixture[str]) -> None:
    call_command("procedure", "export", "veracruz-dmiga/orden-de-pago", "--format", "json")
    told = json.loads(capsys.readouterr().out)
    assert told["id"] == "veracruz-dmiga/orden-de-pago" and len(told["actividades"]) == 13
    call_command("procedure", "run", "veracruz-dmiga/orden-de-pago", "--answers", "sí,sí,sí,no")
    assert capsys.readouterr().out.startswith("1 → 2 → 3 → 4")
    call_command("procedure", "paths", "veracruz-dmiga/orden-de-pago")
    assert "fin" in capsys.readouterr().out
    with pytest.raises(CommandError, match="orden-de-pago"):
        call_command("procedure", "paths", "veracruz-dmiga/orden-de-pagos")


@pytest.mark.django_db
def test_an_installed_procedure_is_exported(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    make_world()
    out = tmp_path / "pasos.svg"
    call_command("procedure", "export", "prueba/pasos", "--format", "svg", "--out", str(out))
    assert out.read_text(encoding="utf-8").startswith("<svg")
    call_command("procedure", "export", "prueba/pasos")
    assert json.loads(capsys.readouterr().out)["version"] == 1


@pytest.mark.django_db
@pytest.mark.skipif(not VERACRUZ.is_dir(), reason="the pack is not there")
def test_the_manual_of_veracruz_installs(capsys: pytest.CaptureFixture[str]) -> None:
    call_command("pack", "install", str(VERACRUZ), "--note", "Primera edición")
    assert Procedure.objects.filter(pack="veracruz-dmiga").count() == 11
    call_command("pack", "install", str(VERACRUZ), "--plan")
    assert "Ningún procedimiento cambia" in capsys.readouterr().out
