"""Paths of running procedures: each family of pages keeps its own list."""

from django.urls import URLPattern, URLResolver, include, path

urlpatterns: list[URLPattern | URLResolver] = [
    path("", include("turna.procedures.pages.catalogue_urls")),
    path("", include("turna.procedures.pages.urls")),
]
