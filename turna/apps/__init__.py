"""The domains, strangers to each other; each is one Django app that plugs in by its `hooks.py`."""
