"""When somebody last looked at an account."""

import logging
from datetime import datetime

from django.contrib.auth.models import User
from django.db import OperationalError
from django.http import HttpRequest

from crm.models import Company, Look

logger = logging.getLogger(__name__)

AHEAD = ("Sec-Purpose", "Purpose", "X-Moz")
"""Headers by which a browser says that nobody looks yet."""


def is_a_look(request: HttpRequest) -> bool:
    """Whether a person sees the page that is asked for."""
    ahead = any("prefetch" in request.headers.get(name, "") for name in AHEAD)
    return request.method == "GET" and not ahead and isinstance(request.user, User)


def last_look(request: HttpRequest, company: Company) -> datetime | None:
    """When this person last looked, before now."""
    return Look.objects.filter(user=request.user.pk, company=company).values_list("at", flat=True).first()


def look(request: HttpRequest, company: Company, at: datetime) -> None:
    """It is kept that this person looked. Where a long write is in the way it is not, which does no harm."""
    if not isinstance(request.user, User):
        return
    try:
        Look.objects.bulk_create(
            [Look(user=request.user, company=company, at=at)],
            update_conflicts=True,
            unique_fields=["user", "company"],
            update_fields=["at"],
        )
    except OperationalError as error:
        logger.warning("look not kept company=%d error=%s", company.pk, type(error).__name__)
