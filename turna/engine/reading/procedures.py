"""`procedimientos/*.yaml`: a procedure and how it begins. Its activities are in `activities`."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from ..definitions import InstitutionDef, Procedure, Start
from .activities import Names, read_activities
from .nodes import Mapping, Node, Scalar, Sequence
from .printed import read_defects, read_rules
from .tables import Report, Table
from .terms import parse_amount, read_term

KEYS = (
    "clave", "nombre", "area", "objetivo", "alcance", "fundamento", "politicas", "frecuencia", "tiempo_promedio",
    "plazo", "inicio", "actividades", "serie", "prorroga", "reapertura", "palabras", "fecha_impresa", "pruebas",
    "reglas", "defectos",
)  # fmt: skip
START_KEYS = (
    "por", "canales", "captura", "en_nombre_de", "publico", "nivel", "por_oficio", "programado",
)  # fmt: skip
ON_BEHALF = {k: k for k in ("servidor-publico", "ciudadano", "unidad")}
TEST_KEYS = ("nombre", "respuestas", "pasa_por", "termina", "hoy", "datos")


@dataclass(frozen=True)
class Context:
    """What a procedure's file is read against: its pack and the names of the institution."""

    pack: str
    names: Names = field(default_factory=Names)
    units: dict[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, pack: str, institution: InstitutionDef | None) -> Context:
        if institution is None:
            return cls(pack)
        names = Names(
            positions={p.key: p.name for p in institution.positions},
            parties={p.key: p.name for p in institution.parties},
        )
        return cls(pack, names, {u.key: u.name for u in institution.units})


def read_procedure(key: str, node: Node, report: Report, context: Context) -> Procedure | None:
    """One procedure, with every fault told to `report`; None when nothing of it can run."""
    if not isinstance(node, Mapping):
        report.error(node.line, "wrong-type", "El archivo debe ser un bloque de claves.", "Empiece con `clave: …`.")
        return None
    table = Table(node, "el procedimiento", report, KEYS)
    unit = table.text("area", required=True)
    activities = read_activities(table, context.names)
    procedure = Procedure(
        key=key,
        pack=context.pack,
        code=table.text("clave", required=True),
        name=table.text("nombre", required=True),
        unit=unit,
        unit_name=context.units.get(unit, unit),
        objective=table.text("objetivo", required=True),
        scope=table.text("alcance"),
        activities=activities,
        start=_start(table),
        place=table.place,
        legal_ground=table.texts("fundamento"),
        policies=table.texts("politicas"),
        frequency=table.text("frecuencia"),
        average_time=_average(table),
        term=read_term(table, "plazo"),
        reopen_days=_reopening(table),
        extension=read_term(table, "prorroga"),
        series=table.optional("serie"),
        keywords=table.texts("palabras"),
        printed_date=table.text("fecha_impresa"),
        tests=_stories(table),
        rules=read_rules(table),
        defects=read_defects(table),
        lines=table.node.lines,
    )
    return procedure if activities else None


def _start(table: Table) -> Start:
    block = table.table("inicio", "el inicio", START_KEYS, required=True)
    if block is None:
        return Start(by=())
    schedule = block.optional("programado")
    return Start(
        by=block.texts("por", required=schedule is None),
        channels=block.texts("canales"),
        form=block.optional("captura"),
        on_behalf=block.choice("en_nombre_de", ON_BEHALF, "") or None,
        public=block.flag("publico"),
        identity_level=block.optional("nivel"),
        schedule=schedule,
        by_oficio=block.flag("por_oficio"),
        lines=block.node.lines,
    )


def _average(table: Table) -> str:
    node = table.get("tiempo_promedio")
    if not isinstance(node, Mapping):
        return table.text("tiempo_promedio")
    block = Table(node, "el tiempo promedio", table.report, ("de", "a", "unidad"))
    low, high, unit = block.text("de"), block.text("a", required=True), block.text("unidad", required=True)
    return f"de {low} a {high} {unit}" if low else f"{high} {unit}"


def _reopening(table: Table) -> int:
    """The days of the reopening window: `10 días hábiles` or `10`."""
    text = table.text("reapertura")
    if not text or (text.isascii() and text.isdigit() and len(text) < 5):
        return int(text or 0)
    parsed = parse_amount(text)
    if parsed is None or parsed[1] not in ("working_days", "calendar_days"):
        table.wrong("reapertura", "un número de días, como `10 días hábiles`")
        return 0
    return parsed[0]


def _stories(table: Table) -> tuple[dict[str, Any], ...]:
    """`pruebas`: named stories, as the keys `nombre`, `respuestas`, `pasa_por`, `termina`, and of a real case also the
    day it began (`hoy`) and what was filled (`datos`: format to values)."""
    found: list[dict[str, Any]] = []
    for row in table.tables("pruebas", "una prueba", TEST_KEYS):
        story: dict[str, Any] = {
            "nombre": row.text("nombre", required=True),
            "respuestas": list(row.texts("respuestas")),
            "pasa_por": list(row.texts("pasa_por")),
            "termina": row.text("termina", "concluido"),
            "line": row.node.line,
            "hoy": row.text("hoy"),
            "datos": _values(row.get("datos")) or {},
        }
        found.append(story)
    return tuple(found)


def _values(node: Node | None) -> Any:
    """What is written, as plain values: words, lists and mappings of them."""
    if isinstance(node, Mapping):
        return {key: _values(value) for key, value in node.entries.items()}
    if isinstance(node, Sequence):
        return [_values(item) for item in node.items]
    return node.text if isinstance(node, Scalar) else None
