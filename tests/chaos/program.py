"""`python -m tests.chaos.program NAME …`: a program of the suite that works on the product's own models."""

import os
import sys
from importlib import import_module

import django


def main() -> int:
    """The exit status of the program, which starts once Django is ready."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    django.setup()
    name, *arguments = sys.argv[1:]
    return int(import_module(f"tests.chaos.{name}").main(arguments) or 0)


if __name__ == "__main__":
    sys.exit(main())
