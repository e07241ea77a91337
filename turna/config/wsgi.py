"""The WSGI application that granian serves."""

import os

from django.conf import settings
from django.core.wsgi import get_wsgi_application
from granian.utils.proxies import wrap_wsgi_with_proxy_headers

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "turna.config.settings")
# Behind a proxy every request comes from the proxy: its word on who asks is taken, nobody else's.
application = wrap_wsgi_with_proxy_headers(get_wsgi_application(), settings.PROXIES)
