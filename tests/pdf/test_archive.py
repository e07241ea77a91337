"""veraPDF finds nothing to object to in any document, and objects to a plain PDF in the same run."""

from __future__ import annotations

from pathlib import Path

import pytest
import typst

from turna.core.documents import Attachment

from . import packs, verapdf

pytestmark = pytest.mark.pdf

CFDI = Attachment("factura.xml", b"<cfdi/>", "application/xml", "La factura que se paga")


def test_every_document_is_one_that_archives_keep_and_screen_readers_read(tmp_path: Path) -> None:
    asked: list[tuple[str, Path]] = []

    def add(name: str, pdf: bytes, archive: str) -> None:
        file = tmp_path / f"{name.replace('/', '__')}.pdf"
        file.write_bytes(pdf)
        asked.extend([(archive, file), ("ua1", file)])

    for template in packs.templates():
        add(template.label, template.make(template.sample), "2a")
        add(f"{template.label}-vacio", template.make(packs.sparse(template)), "2a")
        add(f"{template.label}-peor", template.make(packs.worst(template)), "2a")
    for template in packs.examples():
        add(f"{template.label}-con-archivo", template.make(template.sample, [CFDI]), "3a")
    add("llano", typst.compile({"main": b"= Hola"}), "2a")

    found = verapdf.validate(asked)

    assert [(v.flavour, v.file) for v in found] == asked
    assert all(v.checks > 50 for v in found)
    plain = {v.flavour: v.broken for v in found if v.file.stem == "llano"}
    assert "6.6.4-1" in plain["2a"] and "5-1" in plain["ua1"], "the judge must find what is wrong with a plain file"
    assert [(v.flavour, v.file.stem, v.broken) for v in found if v.broken and v.file.stem != "llano"] == []
