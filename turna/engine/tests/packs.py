"""A small sound pack as texts, and how to plant one defect in it."""

from __future__ import annotations

INSTITUTION = """\
nombre: H. Ayuntamiento de Prueba
siglas: HAP
zona_horaria: America/Mexico_City
tema: {primario: "#6b1530"}
unidades:
  - {clave: presidencia, nombre: Presidencia}
  - {clave: egresos, nombre: Egresos, padre: presidencia}
puestos:
  - {clave: director, nombre: Directora General, unidad: presidencia, titular: sí}
  - {clave: cajero, nombre: Cajero, unidad: egresos}
externos:
  - {clave: aseguradora, nombre: La aseguradora}
calendario:
  horario: {lunes a viernes: "08:00-15:00", sábado: "09:00-13:00"}
  dias:
    - {fecha: 2026-02-16, nombre: Lunes de Carnaval, laborable: no, fuente: Gaceta 12}
series:
  - {clave: expedientes, numera: caso, formato: "HAP/{año}/{n:05}", anual: sí}
"""

FORMAT = """\
nombre: Factura
serie: expedientes
asunto: "Pago a {proveedor} por {importe}"
publicos: [proveedor]
firmas: [Elaboró]
secciones:
  - titulo: Datos
    campos:
      - {clave: proveedor, etiqueta: Proveedor, tipo: texto, obligatorio: sí, precarga: persona.nombre}
      - {clave: importe, etiqueta: Importe, tipo: dinero, minimo: 0, maximo: 1000000}
      - {clave: canal, etiqueta: Canal, tipo: opcion, opciones: [oficio, teléfono], defecto: oficio}
      - {clave: oficio, etiqueta: Número, tipo: texto, visible_si: "canal == 'oficio'"}
      - clave: partidas
        etiqueta: Partidas
        tipo: tabla
        columnas:
          - {clave: monto, etiqueta: Monto, tipo: dinero}
      - {clave: total, etiqueta: Total, tipo: calculado, calcula: "suma(partidas.monto)"}
"""

PROCEDURE = """\
clave: PR-01
nombre: Pago de una factura
area: egresos
objetivo: Pagar a tiempo
fundamento: [Código Hacendario, art. 1]
serie: expedientes
plazo: {maximo: 10 días hábiles, fundamento: "Código Hacendario, art. 2", al_vencer: avisar}
inicio:
  por: [cajero]
  captura: factura
actividades:
  - paso: 1
    responsable: cajero
    actividad: Recibe la factura
    pregunta: ¿Los datos son correctos?
    respuestas:
      sí: 2
      no: {va: 1, decide: "factura.importe > 1000"}
  - paso: 2
    responsable: director
    actividad: Abre la revisión
    sigue: [3, 4]
  - paso: 3
    responsable: externo/aseguradora
    registra: cajero
    actividad: Revisa la póliza
    plazo: 2 días hábiles
    sigue: 5
  - paso: 4
    responsable: director@solicitante
    actividad: Revisa el gasto
    por_cada: factura.partidas
    plazo: 3 días hábiles
    sigue: 5
  - paso: 5
    responsable: [cajero, director]
    modo: todos
    actividad: Firma la orden de pago
    genera: orden
    firma: [director]
    reune: [3, 4]
  - paso: 6
    responsable: cajero
    actividad: Paga al proveedor
    accion: pago.registrar
    aviso: Ya se hizo su pago.
    sigue: fin
"""

SOURCES = {
    "institucion.yaml": INSTITUTION,
    "formatos/factura.yaml": FORMAT,
    "plantillas/orden.typ": "= Orden",
    "procedimientos/pago.yaml": PROCEDURE,
}
ACTIONS = frozenset({"pago.registrar"})
PATHS = {"i": "institucion.yaml", "f": "formatos/factura.yaml", "p": "procedimientos/pago.yaml"}


def planted(file: str, old: str, new: str) -> dict[str, str]:
    """The sound pack with `old` replaced by `new`, once, in the file whose initial is given."""
    path = PATHS[file]
    assert SOURCES[path].count(old) == 1, f"{old!r} stands {SOURCES[path].count(old)} times in {path}"
    return {**SOURCES, path: SOURCES[path].replace(old, new)}


def line_of(text: str, part: str) -> int:
    """The line of `text` on which `part` first stands."""
    return text[: text.index(part)].count("\n") + 1
