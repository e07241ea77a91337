"""veraPDF finds nothing to object to in any document, and objects to a plain PDF in the same run."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import typst

from turna.core import envelopes
from turna.core.documents import Attachment
from turna.core.tests.factories import make_institution
from turna.engine.reading import read_pack
from turna.procedures.printing.exporting import format_file, manual_file

from . import packs, verapdf

pytestmark = [pytest.mark.pdf, pytest.mark.django_db]

CFDI = Attachment("factura.xml", b"<cfdi/>", "application/xml", "La factura que se paga")


def documents() -> Iterator[tuple[str, bytes]]:
    """What cases issue: as it should be, of hardly any data, and of too many."""
    for template in packs.templates():
        yield template.label, template.make(template.sample)
        yield f"{template.label}-vacio", template.make(packs.sparse(template))
        yield f"{template.label}-peor", template.make(packs.worst(template))


def printed() -> Iterator[tuple[str, bytes]]:
    """What a manual prints of itself: the whole, with all its formats; one format alone."""
    for folder in sorted((packs.ROOT / "manuales").iterdir()):
        pack, _findings = read_pack(folder)
        assert pack is not None, folder
        yield f"{folder.name}-manual", manual_file(pack, "pdf", packs.MOMENT)
        for form in list(pack.formats.values())[:3]:
            yield f"{folder.name}-formato-{form.key}", format_file(pack, form, packs.MOMENT)
    letter = envelopes.Letter(make_institution().pk, ("case", 1), "Sistemas", "apena", "Ana Peña")
    sealed = envelopes.seal(letter, "Ejemplo-No-Real-7", at=packs.MOMENT, person_id=None)
    yield "sobre", envelopes.open_letter(sealed.pk, at=packs.MOMENT, person_id=None)


def test_every_document_is_one_that_archives_keep_and_screen_readers_read(tmp_path: Path) -> None:
    asked: list[tuple[str, Path]] = []

    def add(name: str, pdf: bytes, archive: str) -> None:
        file = tmp_path / f"{name.replace('/', '__')}.pdf"
        file.write_bytes(pdf)
        asked.extend([(archive, file), ("ua1", file)])

    for name, pdf in [*documents(), *printed()]:
        add(name, pdf, "2a")
    for template in packs.examples():
        add(f"{template.label}-con-archivo", template.make(template.sample, [CFDI]), "3a")
    add("llano", typst.compile({"main": b"= Hola"}), "2a")

    found = verapdf.validate(asked)

    assert [(v.flavour, v.file) for v in found] == asked
    assert all(v.checks > 50 for v in found)
    plain = {v.flavour: v.broken for v in found if v.file.stem == "llano"}
    assert "6.6.4-1" in plain["2a"] and "5-1" in plain["ua1"], "the judge must find what is wrong with a plain file"
    assert [(v.flavour, v.file.stem, v.broken) for v in found if v.broken and v.file.stem != "llano"] == []
