"""What the generated reference says, in Spanish, about names that the code fixes.

Only words. What exists is read from the code by `docs.sources`; a name without words, and words without a name, are
both errors that the tests find.
"""

from __future__ import annotations

# Variable -> what it is for. Its default value comes from the code.
ENVIRONMENT = {
    "TURNA_MODE": "`production`, `demo` o `test`. En producción Turna se niega a arrancar con valores de demostración.",
    "TURNA_DEBUG": "`1` muestra los errores con todo detalle; solo para quien programa. No se permite en producción.",
    "TURNA_SECRET_KEY": "Obligatoria en producción: 32 caracteres o más, propios de esta instalación. "
    "Firma sesiones, invitaciones y enlaces.",
    "TURNA_SECRET_KEY_FALLBACKS": "Claves anteriores, separadas por comas, mientras se cambia de clave.",
    "TURNA_DATA_DIR": "Carpeta de los archivos privados, la base SQLite y los archivos estáticos.",
    "TURNA_MANUALS_DIR": "Carpeta de los manuales: `turna procedure export CLAVE/PROCEDIMIENTO` los busca aquí.",
    "TURNA_HOSTS": "Nombres con que se llega al servidor, separados por comas. Obligatoria en producción.",
    "TURNA_URL": "La dirección que la gente teclea, con `https://`. De ella salen los enlaces de los correos.",
    "TURNA_PROXIES": "Direcciones del proxy inverso, separadas por comas: solo a ellas se les cree de dónde viene "
    "cada petición.",
    "TURNA_APPS": "Dominios que se encienden además de los procedimientos, separados por comas.",
    "TURNA_DB_CONN_MAX_AGE": "Segundos que se conserva una conexión con PostgreSQL.",
    "DATABASE_URL": "`postgres://usuario:clave@servidor:5432/base`; vacía, la base SQLite de la carpeta de datos.",
    "TURNA_TEST_DB": "Nombre de la base que usan las pruebas.",
    "TURNA_OPEN_SIGNUP": "`1` deja que cualquiera abra una cuenta. De omisión, solo se entra por invitación.",
    "TURNA_OIDC_URL": "Servidor de OpenID Connect; vacía, no se ofrece entrar con una identidad externa.",
    "TURNA_OIDC_ID": "Palabra con que aparece ese servidor en la dirección de regreso.",
    "TURNA_OIDC_NAME": "Nombre que lee la gente en el botón.",
    "TURNA_OIDC_CLIENT": "Identificador de Turna ante ese servidor.",
    "TURNA_OIDC_SECRET": "Secreto de Turna ante ese servidor.",
    "TURNA_MAP_TILES": "De dónde toman los mapas sus imágenes (`{z}`, `{x}`, `{y}`); vacía, el punto se escribe y no "
    "hay mapa.",
    "TURNA_MAP_ATTRIBUTION": "A quién se da crédito por los mapas.",
    "TURNA_MAX_UPLOAD_MB": "Tamaño máximo de un archivo, en MB, si el procedimiento no dice menos.",
    "TURNA_CLAMD": "`servidor:puerto` o socket de clamd; vacía, los archivos no se revisan.",
    "TURNA_SMTP_URL": "`smtp://usuario:clave@servidor:587?tls=1`; vacía, los correos esperan en la bandeja de salida.",
    "TURNA_MAIL_FROM": "Remitente de los correos.",
    "TURNA_LOG_LEVEL": "Cuánto se escribe en la salida: `DEBUG`, `INFO`, `WARNING`, `ERROR`.",
}

# Defaults that the code computes.
DEFAULTS = {
    "TURNA_MODE": "`production`",
    "TURNA_SECRET_KEY": "ninguna en producción",
    "TURNA_DATA_DIR": "`var/`, junto al código",
    "TURNA_MANUALS_DIR": "`manuales/`, junto al código",
    "TURNA_HOSTS": "ninguno en producción",
    "DATABASE_URL": "SQLite en `TURNA_DATA_DIR`",
}

ACTIONS = {
    "reporte.numerar": "Da número al reporte de servicio, de la serie que numera `reporte`.",
    "oficio.responder": "Da número al oficio de respuesta, de la serie que numera `oficio`.",
    "casos.contar": "Abre un informe con las cifras de los expedientes de un periodo (`procedimiento`, `periodo`, "
    "`campos`, `tablas`) y anota en el historial las que se corrigieron.",
    "cuenta.asignar": "Forma el usuario de una persona con la regla `cuenta` y lo anota en el formato; "
    "con `sobre: sí` deja una contraseña de primera vez en un sobre cerrado.",
    "cuenta.baja": "Da de baja un usuario de la regla `cuenta`: ese nombre no se vuelve a dar.",
    "sobre.entregar": "Anota la entrega de los sobres del expediente y destruye lo que llevaban.",
}

EVENTS = {
    "CaseStarted": "Se abrió un expediente.",
    "TaskCompleted": "Alguien terminó una actividad.",
    "CaseEnded": "Un expediente terminó, con su resultado.",
    "PackInstalled": "Se instaló una edición de un manual.",
    "HoldersChanged": "Cambió quién ocupa un puesto o quién le suple.",
    "CalendarAmended": "Cambió el calendario de la institución.",
}

JOBS = {
    "beat": "Señal de vida para la página de salud.",
    "due": "Plazos que vencen o están por vencer, procedimientos programados, avisos pendientes.",
    "mail": "Envío del correo en espera.",
    "digests": "Resúmenes diarios de avisos.",
    "checkpoint": "Sello diario de toda la auditoría.",
    "orphans": "Retiro de archivos sin dueño.",
    "old-mail": "Borrado del cuerpo de correos antiguos.",
    "limits": "Olvido de intentos antiguos.",
    "sessions": "Retiro de sesiones vencidas.",
    "envelopes": "Destrucción de los sobres que nadie entregó en diez días.",
}

KINDS = {
    "digest": "Resumen diario.",
    "case.comment": "Comentario en un expediente.",
    "case.progress": "Noticias del trámite para quien lo solicitó (`aviso` de una actividad).",
    "case.ended": "El trámite terminó.",
    "case.correction": "Prevención: se pide corregir algo, o ya se contestó.",
    "case.due": "Un plazo está por vencer o venció.",
    "task.opened": "Llegó una tarea.",
}

CHAINS = {
    "case": "Los actos de un expediente.",
    "institution": "Personas, organigrama, calendario, folios, manuales y entradas de una institución.",
}

GUARDS = {
    "case": "Documentos de un expediente: los ve quien puede ver el expediente.",
    "draft": "Archivos de un formato que todavía no se envía: los ve quien los subió.",
}

# Audit actions whose words are in no page's table.
AUDIT = {
    "institution.changed": "Cambio de datos de la institución",
    "pack.installed": "Instalación de una edición de un manual",
}

# First word of the address -> the title of its table.
PATHS = {
    "": "Entrada",
    "accesibilidad": "Accesibilidad",
    "administracion": "Administración",
    "archivos": "Archivos",
    "avisos": "Avisos",
    "bandeja": "Bandeja",
    "buscar": "Búsqueda",
    "campos": "Lo que un formato sugiere mientras se escribe",
    "cuenta": "La cuenta propia",
    "equipo": "Equipo",
    "expedientes": "Expedientes",
    "iniciar": "Iniciar un trámite",
    "institucion": "Elegir institución, donde hay varias",
    "procedimientos": "Manual publicado",
    "salud": "Sonda de salud",
    "seguimiento": "Seguir un folio sin cuenta",
    "tareas": "Tareas",
    "tema": "Colores de la institución",
    "verificar": "Comprobar un documento por su código",
}
