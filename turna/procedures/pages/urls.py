"""Paths of the desk: inbox, tasks, cases, starting, team, search."""

from django.urls import path, re_path

from . import (
    acts,
    books,
    case,
    envelopes,
    fields,
    inbox,
    printed,
    receipts,
    schedules,
    searching,
    start,
    task,
    task_acts,
    team,
)

# A folio holds slashes (DMIGA/2026/00042); what follows it is told apart by a word that no folio has.
FOLIO = r"(?P<folio>[^?#]+?)"

urlpatterns = [
    path("bandeja/", inbox.inbox, name="inbox"),
    re_path(r"^bandeja/exportar\.(?P<kind>csv|xlsx)$", inbox.inbox_export, name="inbox_export"),
    path("bandeja/acciones/", inbox.inbox_acts, name="inbox_acts"),
    path("bandeja/turnar/", inbox.inbox_route, name="inbox_route"),
    path("bandeja/reasignar/", task_acts.inbox_reassign, name="inbox_reassign"),
    path("bandeja/filtros/", inbox.filter_save, name="filter_save"),
    path("bandeja/filtros/<int:filter_id>/borrar/", inbox.filter_delete, name="filter_delete"),
    path("tareas/<int:task_id>/", task.task, name="task"),
    path("tareas/<int:task_id>/borrador/", task.task_draft, name="task_draft"),
    path("tareas/<int:task_id>/hoja.xlsx", books.task_book, name="task_book"),
    path("tareas/<int:task_id>/tabla/<slug:field>.csv", books.task_table, name="task_table"),
    path("tareas/<int:task_id>/tomar/", task_acts.task_claim, name="task_claim"),
    path("tareas/<int:task_id>/soltar/", task_acts.task_release, name="task_release"),
    path("tareas/<int:task_id>/turnar/", task_acts.task_route, name="task_route"),
    path("tareas/<int:task_id>/reasignar/", task_acts.task_reassign, name="task_reassign"),
    path("tareas/<int:task_id>/firmar/", task_acts.task_sign, name="task_sign"),
    path("tareas/<int:task_id>/no-firmar/", task_acts.task_refuse, name="task_refuse"),
    path("tareas/<int:task_id>/contestar/", task_acts.task_answer, name="task_answer"),
    path("tareas/<int:task_id>/retirar/", task_acts.task_recall, name="task_recall"),
    re_path(rf"^expedientes/{FOLIO}/acto/(?P<slug>[a-z-]+)/$", acts.case_act, name="case_act"),
    re_path(rf"^expedientes/{FOLIO}/formatos/(?P<filing_id>\d+)\.pdf$", printed.filing_sheet, name="filing_sheet"),
    re_path(rf"^expedientes/{FOLIO}/acuse/$", receipts.receipt, name="receipt"),
    re_path(rf"^expedientes/{FOLIO}/diagrama\.svg$", case.case_flowchart, name="case_flowchart"),
    re_path(rf"^expedientes/{FOLIO}/sobres/(?P<envelope_id>\d+)/$", envelopes.envelope_print, name="envelope_print"),
    re_path(
        rf"^expedientes/{FOLIO}/sobres/(?P<envelope_id>\d+)/otro/$", envelopes.envelope_renew, name="envelope_renew"
    ),
    re_path(rf"^expedientes/{FOLIO}/$", case.case, name="case"),
    path("buscar/", searching.case_search, name="case_search"),
    path("iniciar/", start.start_catalogue, name="start_catalogue"),
    path("iniciar/personas/", start.people, name="start_people"),
    path("iniciar/<slug:pack>/<slug:key>/", start.start, name="start"),
    path("iniciar/<slug:pack>/<slug:key>/hoja.xlsx", start.start_book, name="start_book"),
    path("iniciar/<slug:pack>/<slug:key>/tabla/<slug:field>.csv", start.start_table, name="start_table"),
    path("iniciar/<slug:pack>/<slug:key>/borrador/", start.start_draft, name="start_draft"),
    path("campos/nombres/<slug:which>/", fields.names, name="field_names"),
    path("campos/colonias/", fields.places, name="field_places"),
    path("administracion/programados/", schedules.schedules, name="admin_schedules"),
    path("equipo/", team.team, name="team"),
]
