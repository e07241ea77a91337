"""The `turna` command: `turna pack check DIR`, `turna serve`, …; each is a management command of its room."""

import os
import sys

from django.core.management import execute_from_command_line


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "turna.config.settings")
    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
