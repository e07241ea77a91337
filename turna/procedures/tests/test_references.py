"""What a sheet may name: files of the case, of its parent, or just sent; cases of a procedure of its own manual."""

from __future__ import annotations

from datetime import timedelta
from io import BytesIO
from typing import Any

import pytest

from turna.core.calendar import now
from turna.core.files import store
from turna.core.models import StoredFile
from turna.engine.definitions import FieldDef, FormatDef, Place, SectionDef
from turna.procedures.demo.files import SAMPLES, name_for, send_files
from turna.procedures.documents import OWNER_KIND
from turna.procedures.models import Case
from turna.procedures.references import DRAFT_KIND, FOLLOWED_KIND, identified
from turna.procedures.services.due import run_due
from turna.procedures.tests.factories import World, make_world

pytestmark = pytest.mark.django_db

HERE = Place("formatos/prueba.yaml", 1)


@pytest.fixture
def world(settings: Any, tmp_path: Any) -> World:
    settings.FILES_DIR = tmp_path
    return make_world()


def field(key: str, kind: Any, **more: Any) -> FieldDef:
    return FieldDef(key, key.capitalize(), kind, False, HERE, **more)


def sheet(*fields: FieldDef) -> FormatDef:
    return FormatDef("prueba", "Prueba", None, (SectionDef("", fields),), (), HERE)


def kept(world: World, kind: str, owner: int) -> StoredFile:
    told = {"institution_id": world.institution.pk, "name": "uno.pdf", "owner_kind": kind, "owner_id": owner}
    return store(BytesIO(SAMPLES["pdf"]), by=None, **told)


def wrong(world: World, form: FormatDef, typed: dict[str, Any], case: Case, pack: str = "prueba") -> dict[str, str]:
    return identified(form, typed, world.by("secretaria"), (world.institution.pk, pack), case.pk)[1]


def test_a_file_is_one_that_was_sent_not_a_name(world: World) -> None:
    case, other = world.start(), world.start()
    form = sheet(field("oficio", "file"), field("firma", "signature"))
    assert wrong(world, form, {"oficio": str(kept(world, OWNER_KIND, case.pk).pk)}, case) == {}
    assert wrong(world, form, {"oficio": "oficio.pdf"}, case) == {"oficio": "Adjunte el archivo."}
    assert "oficio" in wrong(world, form, {"oficio": str(kept(world, OWNER_KIND, other.pk).pk)}, case)
    assert wrong(world, form, {"firma": "Elena Cedros"}, case) == {}
    assert "firma" in wrong(world, form, {"firma": {"nombre": "Elena Cedros", "archivo": "trazo.png"}}, case)


def test_a_child_goes_on_with_the_files_of_its_parent(world: World) -> None:
    parent, child = world.start(), world.start()
    form, typed = sheet(field("oficio", "file")), {"oficio": str(kept(world, OWNER_KIND, parent.pk).pk)}
    assert "oficio" in wrong(world, form, typed, child)
    Case.objects.filter(pk=child.pk).update(parent=parent)
    assert wrong(world, form, typed, child) == {}


def test_a_case_of_another_manual_is_not_one_of_this_procedure(world: World) -> None:
    case = world.start()
    form, typed = sheet(field("antes", "reference", refers="pasos")), {"antes": case.folio}
    assert wrong(world, form, typed, case) == {}
    assert "otro procedimiento" in wrong(world, form, typed, case, "otro-manual")["antes"]


def test_files_that_were_never_sent_are_swept_whoever_left_them(world: World) -> None:
    case = world.start()
    rows = [kept(world, kind, case.pk).pk for kind in (DRAFT_KIND, FOLLOWED_KIND, OWNER_KIND)]
    run_due(now() + timedelta(days=1))
    assert StoredFile.objects.filter(pk__in=rows).count() == 3
    StoredFile.objects.filter(pk__in=rows).update(uploaded_at=now() - timedelta(days=91))
    run_due(now())
    assert list(StoredFile.objects.filter(pk__in=rows).values_list("owner_kind", flat=True)) == [OWNER_KIND]


def test_played_people_send_files_of_the_kind_that_is_asked(world: World) -> None:
    rows = field("fotos", "table", columns=(field("foto", "image"),))
    plan = field("plano", "file", accept=("svg",))
    form = sheet(field("oficio", "file", accept=("jpg", "pdf")), plan, rows)
    assert name_for(plan) is None
    typed = {"oficio": "Oficio.jpg", "plano": "plano.svg", "fotos": [{"foto": "Foto.png"}]}
    sent = send_files(form, typed, world.by("secretaria"), world.institution.pk)
    names = {stored.pk: stored.name for stored in StoredFile.objects.filter(owner_kind=DRAFT_KIND)}
    assert (names[sent["oficio"]], names[sent["fotos"][0]["foto"]]) == ("Oficio.pdf", "Foto.png")
    assert "plano" not in sent and typed["oficio"] == "Oficio.jpg"
