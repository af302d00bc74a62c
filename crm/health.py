"""Answers for machines: does this process live, can it serve, are the scores fresh; and figures for Prometheus."""

import logging
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.db import Error
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.utils.crypto import constant_time_compare
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from crm.installation import database_answers, missing_migrations
from crm.metrics import CONTENT_TYPE, exposition
from crm.scoring.freshness import Freshness, freshness
from crm.scoring.marks import faults
from crm.scoring.reasons import Code

logger = logging.getLogger(__name__)

OK = "ok"
AWAY = "The database does not answer."


@require_safe
@never_cache
def live(request: HttpRequest) -> HttpResponse:
    """200 whenever this process can answer at all; asks neither database nor broker."""
    return HttpResponse("ok", content_type="text/plain")


@require_safe
@never_cache
def ready(request: HttpRequest) -> JsonResponse:
    """200 when this process can serve people: the database answers, with its tables and triggers; else 503."""
    checks = {"database": OK if database_answers() else AWAY}
    if checks["database"] == OK:
        checks["migrations"] = said(missing_migrations, "Missing: {}. Run: python manage.py migrate")
        checks["triggers"] = said(faults, "{} Run: python manage.py migrate")
    well = set(checks.values()) == {OK}
    return JsonResponse({"status": OK if well else "fault", "checks": checks}, status=200 if well else 503)


def said(find: Callable[[], list[str]], fault: str) -> str:
    """`ok`, or the first of what was found and how many more there are."""
    try:
        found = find()
    except Error as error:
        logger.warning("readiness not known error=%s", type(error).__name__)
        return AWAY
    if not found:
        return OK
    more = f" (and {len(found) - 1} more)" if len(found) > 1 else ""
    return fault.format(f"{found[0]}{more}")


@require_safe
@never_cache
def scoring(request: HttpRequest) -> JsonResponse:
    """How old the scores are. 503 when they are behind by more than the limit, nobody works, or nobody knows."""
    found = measured()
    if found is None:
        reason = {"code": "no_database", "sentence": AWAY}
        return JsonResponse({"status": "unknown", "reason": reason}, status=503)
    return JsonResponse(told(found), status=200 if healthy(found) else 503)


def measured() -> Freshness | None:
    """How old the scores are; None when the database does not say."""
    if not database_answers():
        return None
    try:
        return freshness()
    except Error as error:
        logger.warning("freshness not known error=%s", type(error).__name__)
        return None


def healthy(found: Freshness) -> bool:
    """Whether nobody needs to be called: what waits has not waited long, and somebody works on it."""
    nobody = found.behind and found.reason is not None and found.reason.code == Code.NO_WORKER
    return not nobody and found.lag_seconds <= settings.SCORING_LAG_LIMIT_SECONDS


def told(found: Freshness) -> dict[str, Any]:
    """What everyone may know of it: no names of people, no texts of rules."""
    rollout = found.rollout
    return {
        "status": "behind" if found.behind else OK,
        "as_of": found.as_of,
        "lag_seconds": round(found.lag_seconds, 3),
        "lag_limit_seconds": settings.SCORING_LAG_LIMIT_SECONDS,
        "waiting": found.waiting,
        "failing": found.failing,
        "rate_per_second": round(found.rate, 1) if found.rate else None,
        "eta_seconds": round(found.eta_seconds) if found.eta_seconds is not None else None,
        "ruleset": found.ruleset,
        "reason": {"code": found.reason.code, "sentence": found.reason.sentence} if found.reason else None,
        "rollout": {
            "ruleset": rollout.ruleset,
            "published_at": rollout.published_at,
            "done": rollout.done,
            "of": rollout.of,
            "paused_at": rollout.paused_at,
        }
        if rollout
        else None,
        "worker_at": found.worker_at,
        "broker": "none" if not settings.REDIS_URL else "down" if found.broker_down else OK,
        "broker_down_since": found.broker_since,
        "wrong_in_audits_of_7_days": found.audit_wrong,
    }


@require_safe
@never_cache
def metrics(request: HttpRequest) -> HttpResponse:
    """Figures for Prometheus, to whoever has METRICS_TOKEN. Without one, to everybody; but in production to nobody."""
    token = settings.METRICS_TOKEN
    if not token and settings.PRODUCTION:
        raise Http404
    if token and not constant_time_compare(request.headers.get("Authorization", ""), f"Bearer {token}"):
        return HttpResponse("A token is needed.", status=401, headers={"WWW-Authenticate": "Bearer"})
    return HttpResponse(exposition(measured()), content_type=CONTENT_TYPE)
