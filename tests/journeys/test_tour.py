"""Every kind of page once, on a wide and on a narrow screen, as it looks to who may see it."""

from __future__ import annotations

import pytest

from tests.install import Install

from .visitor import Crowd

pytestmark = pytest.mark.browser

ANYBODY = (
    "/cuenta/login/",
    "/procedimientos/",
    "/seguimiento/",
    "/accesibilidad/",
    "/cuenta/password/reset/",
)
OFFICIAL = (
    "/bandeja/?vista=waiting",
    "/bandeja/?vista=done",
    "/buscar/?q=pago",
    "/avisos/",
    "/iniciar/",
    "/iniciar/veracruz-dmiga/recepcion-y-seguimiento-de-reportes/",
    "/cuenta/perfil/",
    "/cuenta/preferencias/",
    "/cuenta/ausencias/",
    "/cuenta/2fa/",
    "/cuenta/password/change/",
)
ADMINISTRATION = (
    "/administracion/",
    "/administracion/salud/",
    "/administracion/organigrama/",
    "/administracion/organigrama/unidades/nueva/",
    "/administracion/organigrama/puestos/nuevo/",
    "/administracion/suplencias/",
    "/administracion/suplencias/nueva/",
    "/administracion/personas/",
    "/administracion/personas/nueva/",
    "/administracion/calendario/",
    "/administracion/calendario/dias/nuevo/",
    "/administracion/calendario/horario/",
    "/administracion/folios/",
    "/administracion/folios/nueva/",
    "/administracion/correo/",
    "/administracion/auditoria/",
)


@pytest.mark.parametrize("crowd", ["desktop", "phone"], indirect=True)
def test_every_kind_of_page_looks_right(crowd: Crowd, served: Install) -> None:
    anybody = crowd.visitor("nadie")
    for path in ANYBODY:
        anybody.go(path)
    anybody.go("/no-existe/", 404)
    for pack, key in served.rows("SELECT pack, max(key) FROM procedures_procedure GROUP BY pack"):
        anybody.go(f"/procedimientos/{pack}/{key}/")
        anybody.go(f"/institucion/{pack}/")
    for path in OFFICIAL:
        crowd["secretaria-dmiga"].go(path)
    crowd["director-dmiga"].go("/equipo/")
    position = served.rows("SELECT id FROM core_position WHERE key = 'secretaria-dmiga'")[0][0]
    person = served.rows("SELECT id FROM core_person WHERE email = 'secretaria-dmiga@turna.example'")[0][0]
    own = (f"/administracion/organigrama/puestos/{position}/", f"/administracion/personas/{person}/")
    for path in (*ADMINISTRATION, *own):
        crowd["administracion"].go(path)
