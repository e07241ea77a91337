"""Mounts the urls of every installed room; a domain brings its own `urls.py`."""

from importlib import import_module
from importlib.util import find_spec

from django.apps import apps
from django.urls import URLPattern, URLResolver, include, path

urlpatterns: list[URLPattern | URLResolver] = [
    path("cuenta/", include("allauth.urls")),
    path("", include("turna.web.urls")),
    path("", include("turna.procedures.urls")),
]

for card in apps.get_app_configs():
    if card.name.startswith("turna.apps.") and find_spec(f"{card.name}.urls"):
        urlpatterns.append(path("", include(import_module(f"{card.name}.urls"))))

handler403 = "turna.web.views.forbidden"
handler404 = "turna.web.views.not_found"
handler500 = "turna.web.views.server_error"
