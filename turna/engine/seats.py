"""The words by which a procedure names who acts (`responsable`) and who signs (`firma`)."""

from __future__ import annotations

from collections.abc import Mapping

from .definitions import Responsible

HEAD = "titular"
"""`titular@…`: whoever heads the unit, whatever the post is called."""
APPLICANT_UNIT, ELEMENT_UNIT = "solicitante", "elemento"
_PLACES = {APPLICANT_UNIT: "del área solicitante", ELEMENT_UNIT: "de cada área"}
_NOTHING: Mapping[str, str] = {}


def seat(
    word: str,
    positions: Mapping[str, str] = _NOTHING,
    parties: Mapping[str, str] = _NOTHING,
    recorder: str | None = None,
) -> Responsible:
    """`solicitante`, `ciudadano`, `externo/CLAVE`, `PUESTO`, or `PUESTO@LUGAR`: that position in the unit of the
    applicant, of the element of `por_cada`, or that a field names. `positions`, `parties`: what people call them."""
    if word == "solicitante":
        return Responsible("applicant", None, recorder, "Solicitante")
    if word == "ciudadano":
        return Responsible("citizen", None, recorder, "Ciudadano")
    if word.startswith("externo/"):
        key = word.removeprefix("externo/")
        return Responsible("external", key, recorder, parties.get(key, key))
    key, at, where = word.partition("@")
    if not at:
        return Responsible("position", word, label=positions.get(word, word))
    name = f"{positions.get(key, 'Titular' if key == HEAD else key)} {_PLACES.get(where, 'del área indicada')}"
    return Responsible("applicant_position", key, label=name, where=where)


def seat_name(word: str, positions: Mapping[str, str]) -> str:
    """How people read it; a position that `positions` does not name is told by its key."""
    if "@" not in word and word not in positions and word != "solicitante":
        return (word[:1].upper() + word[1:]).replace("-", " ")
    return seat(word, positions).label
