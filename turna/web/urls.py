"""Paths of the shell. The administration brings its own list."""

from importlib.util import find_spec

from django.urls import URLPattern, URLResolver, include, path

from . import files, views

urlpatterns: list[URLPattern | URLResolver] = [
    path("", views.home, name="home"),
    path("institucion/<slug:chosen>/", views.choose_institution, name="choose_institution"),
    path("accesibilidad/", views.accessibility, name="accessibility"),
    path("tema/<int:institution_id>-<slug:digest>.css", views.theme, name="theme"),
    path("cuenta/perfil/", views.profile, name="profile"),
    path("cuenta/preferencias/", views.preferences, name="preferences"),
    path("avisos/", views.notices, name="notices"),
    path("archivos/<int:file_id>/<str:name>", files.download, name="file"),
    path("avisos/leidos/", views.read_all_notices, name="read_all_notices"),
    path("avisos/<int:notice_id>/", views.open_notice, name="open_notice"),
]

# The administration is mounted when present.
if find_spec("turna.web.administration") is not None:
    urlpatterns.append(path("", include("turna.web.administration.urls")))
