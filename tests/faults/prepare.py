"""`python -m tests.faults.prepare CASES`, in an install's environment: fills it."""

import sys
from importlib import import_module

import django

if __name__ == "__main__":
    django.setup()
    import_module("tests.faults.filling").fill(int(sys.argv[1]))
