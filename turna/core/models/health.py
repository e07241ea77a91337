"""Signs of life of what runs beside the pages."""

from __future__ import annotations

from django.db import models


class Beat(models.Model):
    """When something that runs by itself (the worker) last said that it is alive. Personal data: none."""

    name = models.CharField(max_length=40, primary_key=True)
    at = models.DateTimeField()
