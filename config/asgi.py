"""The door for ASGI servers."""

import os

from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
# Someone is waiting for a page: give up on a query sooner than a command or a worker does.
os.environ.setdefault("STATEMENT_TIMEOUT_SECONDS", "15")

application = get_asgi_application()

from crm.scoring.marks import require_where_reachable  # noqa: E402 - models are there by now

require_where_reachable()
