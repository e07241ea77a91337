"""Paths of the shell."""

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
