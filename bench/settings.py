"""Turna's settings with the peer that runs inside Django added."""

from turna.config.settings import *  # noqa: F403
from turna.config.settings import INSTALLED_APPS as OURS

INSTALLED_APPS = [*OURS, "django.contrib.admin", "viewflow", "viewflow.workflow", "bench"]
ROOT_URLCONF = "bench.urls"
# The peer's static files name files that it does not bring; in process nobody asks for them.
STORAGES = {**STORAGES, "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}}  # noqa: F405
