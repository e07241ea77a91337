"""Paths of the administration, of one's own absences, of invitations and of the probe."""

from django.urls import path

from . import chart, holders, invitations, overview, people, records, time

urlpatterns = [
    path("salud/", overview.probe, name="health"),
    path("cuenta/invitacion/<str:token>/", invitations.accept_invitation, name="accept_invitation"),
    path("cuenta/ausencias/", holders.my_absences, name="my_absences"),
    path("cuenta/ausencias/<int:substitution_id>/cancelar/", holders.cancel_my_absence, name="cancel_my_absence"),
    path("administracion/", overview.administration, name="administration"),
    path("administracion/salud/", overview.health, name="admin_health"),
    path("administracion/organigrama/", chart.units, name="admin_units"),
    path("administracion/organigrama/unidades/nueva/", chart.new_unit, name="admin_unit_new"),
    path("administracion/organigrama/unidades/<int:unit_id>/", chart.edit_unit, name="admin_unit"),
    path("administracion/organigrama/puestos/nuevo/", chart.new_position, name="admin_position_new"),
    path("administracion/organigrama/puestos/<int:position_id>/", chart.position, name="admin_position"),
    path(
        "administracion/organigrama/puestos/<int:position_id>/cambiar/", chart.edit_position, name="admin_position_edit"
    ),
    path("administracion/organigrama/puestos/<int:position_id>/derechos/", chart.rights, name="admin_position_rights"),
    path("administracion/organigrama/puestos/<int:position_id>/nombrar/", holders.appoint, name="admin_appoint"),
    path("administracion/nombramientos/<int:appointment_id>/terminar/", holders.end_appointment, name="admin_end"),
    path("administracion/suplencias/", holders.substitutions, name="admin_substitutions"),
    path("administracion/suplencias/nueva/", holders.new_substitution, name="admin_substitution_new"),
    path("administracion/suplencias/<int:substitution_id>/cancelar/", holders.cancel, name="admin_substitution_cancel"),
    path("administracion/personas/", people.people, name="admin_people"),
    path("administracion/personas/nueva/", people.new_person, name="admin_person_new"),
    path("administracion/personas/<int:person_id>/", people.person, name="admin_person"),
    path("administracion/personas/<int:person_id>/cambiar/", people.edit_person, name="admin_person_edit"),
    path("administracion/personas/<int:person_id>/cerrar/", people.close_account, name="admin_person_close"),
    path(
        "administracion/personas/<int:person_id>/sobres/<int:envelope_id>/",
        people.print_envelope,
        name="admin_person_envelope",
    ),
    path("administracion/personas/<int:person_id>/<slug:act>/", people.act, name="admin_person_act"),
    path("administracion/calendario/", time.calendar, name="admin_calendar"),
    path("administracion/calendario/dias/nuevo/", time.new_day, name="admin_day_new"),
    path("administracion/calendario/dias/<int:day_id>/retirar/", time.withdraw_day, name="admin_day_withdraw"),
    path("administracion/calendario/horario/", time.hours, name="admin_hours"),
    path("administracion/folios/", time.series, name="admin_series"),
    path("administracion/folios/nueva/", time.new_series, name="admin_series_new"),
    path("administracion/folios/<int:series_id>/", time.edit_series, name="admin_series_edit"),
    path("administracion/correo/", records.mail, name="admin_mail"),
    path("administracion/correo/<int:mail_id>/reintentar/", records.retry_mail, name="admin_mail_retry"),
    path("administracion/auditoria/", records.audit_trail, name="admin_audit"),
    path("administracion/auditoria/comprobar/", records.verify_audit, name="admin_audit_verify"),
]
