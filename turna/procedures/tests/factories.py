"""What tests of running procedures stand on: a small pack, installed, with one invented person per position."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from turna.core.models import Institution, Person, Position
from turna.core.rights import Standing, standing_of, system_standing
from turna.core.tests.factories import make_person
from turna.engine.checking import check
from turna.engine.reading import read_pack_sources
from turna.procedures.models import Case, Procedure, Task
from turna.procedures.services import packs, start_case

INSTITUTION = """
nombre: Ayuntamiento de Prueba
siglas: AP
zona_horaria: America/Mexico_City
unidades:
  - {clave: presidencia, nombre: Presidencia}
  - {clave: oficina, nombre: Oficina, padre: presidencia}
  - {clave: caja, nombre: Caja, padre: presidencia}
puestos:
  - {clave: presidente, nombre: Presidente, unidad: presidencia, titular: sí}
  - {clave: jefe, nombre: Jefe de la oficina, unidad: oficina, titular: sí}
  - {clave: secretaria, nombre: Secretaria, unidad: oficina}
  - {clave: cajero, nombre: Cajero, unidad: caja}
externos:
  - {clave: proveedor, nombre: Proveedor}
calendario:
  horario: {lunes a viernes: "09:00-18:00"}
series:
  - {clave: expedientes, numera: caso, formato: "AP/{año}/{n:05}", anual: sí}
  - {clave: reportes, numera: reporte, formato: "RS/{año}/{n:05}", anual: sí}
  - {clave: oficios, numera: oficio, formato: "OF/{n:04}/{año}", anual: sí}
"""

REQUEST = """
nombre: Solicitud
asunto: "Solicitud de {cosa}"
publicos: [cosa]
secciones:
  - titulo: Datos
    campos:
      - {clave: cosa, etiqueta: Cosa, tipo: texto, obligatorio: sí}
      - {clave: importe, etiqueta: Importe, tipo: dinero, minimo: 0}
      - {clave: partes, etiqueta: Partes, tipo: varios, opciones: [norte, sur, centro]}
"""

REVIEW = """
nombre: Revisión
secciones:
  - titulo: Datos
    campos:
      - {clave: nota, etiqueta: Nota, tipo: texto, obligatorio: sí}
"""

HEAD = """
clave: PR-{code}
nombre: {name}
area: oficina
objetivo: Probar.
alcance: Todos.
fundamento: [Reglamento de prueba]
inicio:
  por: [secretaria, servidor-publico]
  canales: [ventanilla, correo]
  captura: solicitud
actividades:
"""

TEN_STEPS = """
  - {paso: 1, responsable: secretaria, actividad: Recibe la solicitud, plazo: 2 días hábiles}
  - paso: 2
    responsable: secretaria
    actividad: Revisa
    captura: revision
    pregunta: ¿Está bien?
    respuestas: {sí: 3, no: 1}
  - {paso: 3, responsable: jefe, actividad: Autoriza, plazo: 3 días hábiles}
  - {paso: 4, responsable: secretaria, actividad: Prepara}
  - {paso: 5, responsable: secretaria, actividad: Envía}
  - {paso: 6, responsable: cajero, actividad: Valida, pregunta: ¿Vale?, respuestas: {sí: 7, no: 3}}
  - {paso: 7, responsable: cajero, actividad: Paga}
  - {paso: 8, responsable: secretaria, actividad: Recibe el pago}
  - {paso: 9, responsable: jefe, actividad: Firma de enterado}
  - {paso: 10, responsable: secretaria, actividad: Archiva, aviso: Su solicitud quedó atendida}
"""


def pack_sources(procedures: Mapping[str, str], **files: str) -> dict[str, str]:
    """The texts of a small pack; `procedures`: key -> its activities, or the whole text when it begins with clave."""
    sources = {
        "institucion.yaml": INSTITUTION,
        "formatos/solicitud.yaml": REQUEST,
        "formatos/revision.yaml": REVIEW,
    }
    for number, (key, text) in enumerate(procedures.items(), 1):
        head = HEAD.format(code=number, name=key.replace("-", " ").capitalize())
        sources[f"procedimientos/{key}.yaml"] = text if "clave: PR" in text else head + text.lstrip("\n")
    return sources | {name.replace("__", "/"): text for name, text in files.items()}


def install(sources: Mapping[str, str], key: str = "prueba", note: str = "") -> packs.Installed:
    pack, findings = read_pack_sources(key, sources)
    wrong = [str(f) for f in [*findings, *(check(pack) if pack else [])] if f.severity == "error"]
    assert pack is not None and not wrong, "\n".join(wrong)
    return packs.install_pack(pack, system_standing(), note)


@dataclass
class World:
    """An institution with a pack and one person per position."""

    institution: Institution
    people: dict[str, Person] = field(default_factory=dict)

    def by(self, position: str) -> Standing:
        return standing_of(Person.objects.get(pk=self.people[position].pk))

    def procedure(self, key: str) -> Procedure:
        return Procedure.objects.get(institution=self.institution, key=key)

    def start(self, key: str = "pasos", by: str = "secretaria", **given: Any) -> Case:
        given.setdefault("typed", {"cosa": "sillas"})
        started = start_case(self.procedure(key).pk, self.by(by), **given)
        return Case.objects.get(pk=started.case_id)

    def task(self, case: Case, step: str | None = None, **conditions: Any) -> Task:
        rows = Task.objects.filter(case=case, status="open", **conditions)
        return (rows.filter(step=step) if step else rows).get()


def make_world(procedures: Mapping[str, str] | None = None, **files: str) -> World:
    done = install(pack_sources(procedures or {"pasos": TEN_STEPS}, **files))
    world = World(Institution.objects.get(pk=done.institution_id))
    for position in Position.objects.filter(institution=world.institution):
        world.people[position.key] = make_person(
            world.institution, position, email=f"{position.key}@prueba.mx", given_names=position.name
        )
    return world
