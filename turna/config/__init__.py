"""Wires the rooms together: settings, urls, wsgi/asgi, the `turna` command."""
