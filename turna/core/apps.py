from django.apps import AppConfig
from django.utils.module_loading import autodiscover_modules
from django.utils.translation import gettext_lazy as _


class CoreConfig(AppConfig):
    name = "turna.core"
    label = "core"
    verbose_name = _("Núcleo")

    def ready(self) -> None:
        """Find what every room plugs in: its `hooks.py`."""
        autodiscover_modules("hooks")
