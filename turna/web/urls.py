"""Paths of the shell. The administration and the files bring their own lists."""

from importlib import import_module
from importlib.util import find_spec

from django.urls import URLPattern, URLResolver, include, path

from . import views

urlpatterns: list[URLPattern | URLResolver] = [
    path("", views.home, name="home"),
    path("accesibilidad/", views.accessibility, name="accessibility"),
    path("tema/<int:institution_id>-<slug:digest>.css", views.theme, name="theme"),
    path("cuenta/perfil/", views.profile, name="profile"),
    path("cuenta/preferencias/", views.preferences, name="preferences"),
    path("avisos/", views.notices, name="notices"),
    path("avisos/leidos/", views.read_all_notices, name="read_all_notices"),
    path("avisos/<int:notice_id>/", views.open_notice, name="open_notice"),
]

# Rooms within this room, mounted when present.
for part in ("administration", "files"):
    if find_spec(f"turna.web.{part}") is not None:
        name = f"turna.web.{part}.urls" if part == "administration" else f"turna.web.{part}"
        module = import_module(name)
        if hasattr(module, "urlpatterns"):
            urlpatterns.append(path("", include(name)))
