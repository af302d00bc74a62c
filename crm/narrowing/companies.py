"""What companies can be narrowed by: how they fit, whose they are, what has changed."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from django.db.models import Exists, OuterRef, Q

from crm.models import CompanyDomain, CompanyTerm, Fit, FitChange, Score
from crm.models.fit import moved

OPEN, INSUFFICIENT, DISQUALIFIED = "open", "insufficient_data", "disqualified"

WITHOUT_BAND: Mapping[str, tuple[Score.Status, ...]] = {
    OPEN: (Score.Status.EXACT, Score.Status.OPEN),
    INSUFFICIENT: (Score.Status.INSUFFICIENT,),
    DISQUALIFIED: (Score.Status.DISQUALIFIED,),
}
"""Why the points of a profile lie in no band, as the dashboard counts it."""


def with_member(field: str, key: str) -> Q:
    """Rows whose column `field`, keys joined by commas, has `key` among them."""
    return (
        Q(**{field: key})
        | Q(**{f"{field}__startswith": f"{key},"})
        | Q(**{f"{field}__endswith": f",{key}"})
        | Q(**{f"{field}__contains": f",{key},"})
    )


def possibly_in(segment: str) -> Q:
    """Companies that are in this segment by the rules, or could still turn out to be."""
    return with_member("fit__possible", segment) | Q(fit__segment=segment)


def waiting(ruleset: int, at: datetime) -> Q:
    """Companies whose score is older than the facts, the rules or the clock."""
    return Q(fit__in=Fit.objects.stale(ruleset, at))


def failing(ruleset: int) -> Q:
    """Companies that could not be scored by these rules so far."""
    failed = Q(fit__failed_ruleset=None) | Q(fit__failed_ruleset__gte=ruleset)
    return Q(fit__retry_at__isnull=False) & failed


def in_band(profile: str, band: str) -> Q:
    """Companies whose points of this profile lie in the band for certain; or in none, for the reason that it names."""
    if band in WITHOUT_BAND:
        return Q(scores__profile__key=profile, scores__band=None, scores__status__in=WITHOUT_BAND[band])
    return Q(scores__profile__key=profile, scores__band=band)


def tagged(vocabulary: str, name: str) -> Exists:
    """Companies that have this term."""
    terms = CompanyTerm.objects.filter(company=OuterRef("pk"), term__vocabulary=vocabulary, term__name=name)
    return Exists(terms.order_by())


def settled_by(fact: str, how: str = "") -> Q:
    """Companies that count as undecided, whose segment some answer about this fact settles.

    `how` narrows to those that any answer settles ("any"), or only some answers ("some").
    """
    surely, perhaps = with_member("fit__settled_by_any", fact), with_member("fit__settled_by_some", fact)
    wanted = {"any": surely, "some": ~surely & perhaps}.get(how, surely | perhaps)
    return Q(fit__effective_status="undecided") & wanted


def settled_somehow(how: str) -> Q:
    """Companies that count as undecided by what settles them: any answer to one fact, some answer, several facts."""
    surely, perhaps = Q(fit__settled_by_any__isnull=False), Q(fit__settled_by_some__isnull=False)
    wanted = {"any": surely, "some": ~surely & perhaps, "several": ~surely & ~perhaps}[how]
    return Q(fit__effective_status="undecided") & wanted


def best_possible(segment: str, ranked: Sequence[str]) -> Q:
    """Companies that could be in this segment and in none of those before it in `ranked`; "none": in none of them."""
    better = list(ranked)[: list(ranked).index(segment)] if segment in ranked else list(ranked)
    found = with_member("fit__possible", segment) if segment in ranked else Q(fit__possible__isnull=False)
    for key in better:
        found &= ~with_member("fit__possible", key)
    return found


def moved_since(since: datetime) -> Q:
    """Companies whose segment or points changed since, other than by being scored for the first time."""
    changes = FitChange.objects.filter(moved(*FitChange.RESULT), at__gte=since).exclude(cause=FitChange.Cause.FIRST)
    return Q(pk__in=changes.order_by().values("company"))


def changed_since(since: datetime) -> Q:
    """Companies that were edited since, or whose result changed."""
    changes = FitChange.objects.filter(at__gte=since).order_by()
    return Q(updated_at__gte=since) | Q(pk__in=changes.values("company"))


def with_domain(domain: str) -> Q:
    """The company whose domain this is, be it a further one."""
    further = CompanyDomain.objects.filter(domain=domain).order_by()
    return Q(domain=domain) | Q(pk__in=further.values("company"))
