"""Writes docs/openapi.json: `python -m tests.openapi [--breaking]`."""

import json
import os
import sys

import django

from tests.openapi import RELEASED


def main() -> int:
    """0 when the file says what the API is; 1, and the file as it was, when callers would break."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    django.setup()
    from crm.api.schema.breaking import breaking
    from crm.api.schema.pages import written

    text = written()
    if RELEASED.exists() and "--breaking" not in sys.argv:
        broken = breaking(json.loads(RELEASED.read_text(encoding="utf-8")), json.loads(text))
        for change in broken:
            print(f"*** {change}", file=sys.stderr)
        if broken:
            print("Callers of the API would break. Where that is meant: make schema BREAKING=1", file=sys.stderr)
            return 1
    RELEASED.write_text(text, encoding="utf-8")
    return 0


sys.exit(main())
