"""The documentation, and what writes its reference (`python -m docs.generate`)."""
