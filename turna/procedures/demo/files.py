"""The files that played people send with a sheet: small, true to their kind, taken in by the service that pages use."""

from __future__ import annotations

from copy import deepcopy
from io import BytesIO
from pathlib import PurePath
from typing import Any

from turna.core.rights import Standing
from turna.engine.definitions import FieldDef, FormatDef

from ..services import keep_upload

SAMPLES = {
    # The smallest files that every reader accepts.
    "pdf": b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n"
    b"3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 612 792]>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n",
    "png": bytes.fromhex(
        "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c4890000000d49444154789c6360606060000000050001a5f64540"
        "0000000049454e44ae426082"
    ),
    "csv": b"clave,nombre\n1,Primero\n2,Segundo\n",
}


def name_for(field: FieldDef) -> str | None:
    """What the file sent with a field would be called; None: there is no sample of a kind that it takes."""
    kinds = ("png",) if field.type == "image" else tuple(SAMPLES)
    ending = next((kind for kind in kinds if not field.accept or kind in field.accept), None)
    return f"{field.label}.{ending}" if ending else None


def send_files(form: FormatDef, typed: dict[str, Any], by: Standing, institution_id: int) -> dict[str, Any]:
    """`typed` with the file itself in place of each file's name, sent by this person. Files sent before stay."""
    sent = deepcopy(typed)
    for field in form.fields:
        rows = sent.get(field.key) if field.type == "table" else None
        for column in field.columns:
            for row in rows if isinstance(rows, list) else ():
                _send(column, row, by, institution_id)
        _send(field, sent, by, institution_id)
    return sent


def _send(field: FieldDef, holder: dict[str, Any], by: Standing, institution_id: int) -> None:
    named = holder.get(field.key)
    if field.type not in ("file", "image") or not isinstance(named, str) or named.isdecimal():
        return
    known = name_for(field)
    if known is None:
        del holder[field.key]
        return
    name = f"{PurePath(named).stem}{PurePath(known).suffix}"
    upload = BytesIO(SAMPLES[PurePath(known).suffix[1:]])
    holder[field.key] = keep_upload(by, upload, field, name, institution_id=institution_id).pk
