"""Paths of what anybody may see: the published manual, following a folio, checking a document."""

from django.urls import path, re_path

from . import catalogue, follow, follow_task, printed, verify

urlpatterns = [
    path("procedimientos/", catalogue.catalogue, name="catalogue"),
    re_path(
        r"^procedimientos/(?P<pack>[-\w]+)/manual\.(?P<ending>pdf|docx|html|md)$",
        printed.manual_download,
        name="manual_download",
    ),
    path("procedimientos/<slug:pack>/formatos/<slug:form>.pdf", printed.format_blank, name="format_blank"),
    path("procedimientos/<slug:pack>/<slug:key>/", catalogue.procedure_page, name="procedure"),
    path(
        "procedimientos/<slug:pack>/<slug:key>/version/<int:number>/",
        catalogue.procedure_page,
        name="procedure_version",
    ),
    path("procedimientos/<slug:pack>/<slug:key>/expedientes/", catalogue.procedure_cases, name="procedure_cases"),
    path(
        "procedimientos/<slug:pack>/<slug:key>/procedimiento.pdf",
        printed.procedure_download,
        name="procedure_download",
    ),
    path("procedimientos/<slug:pack>/<slug:key>/diagrama.svg", printed.procedure_drawing, name="procedure_drawing"),
    path("procedimientos/<slug:pack>/<slug:key>/cambios/", catalogue.procedure_changes, name="procedure_changes"),
    path("seguimiento/", follow.follow, name="follow"),
    path("seguimiento/tramite/", follow.follow_case, name="follow_case"),
    path("seguimiento/tramite/tareas/<int:task_id>/", follow_task.follow_task, name="follow_task"),
    path("seguimiento/tramite/respuesta/", follow.follow_answer, name="follow_answer"),
    path("seguimiento/tramite/documentos/<int:document_id>/", follow.follow_file, name="follow_file"),
    path("seguimiento/terminar/", follow.follow_end, name="follow_end"),
    path("verificar/", verify.verify, name="verify"),
    path("verificar/<str:code>/", verify.verify_document, name="verify_document"),
]
