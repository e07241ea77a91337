"""Paths of running procedures."""

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
