"""Where people disagree with the rules, by criterion."""

from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import urlencode

from django.db.models import Count, Q
from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse

from crm.models import Opinion
from personas.models import Criterion
from personas.rules.document import Document

from .frame import companies, names_of

SHOWN = 20
REASONS = 3
LATEST = 100


def disagreements(request: HttpRequest, document: Document) -> list[dict[str, Any]]:
    """The lines that open opinions speak of, those with most against them first."""
    open_ones = Opinion.objects.visible_to(request.user).filter(settled_at=None)
    rows = list(
        open_ones.order_by()
        .values_list("profile", "line")
        .annotate(against=Count("pk", filter=Q(agrees=False)), agreeing=Count("pk", filter=Q(agrees=True)))
        .order_by("-against", "-agreeing", "profile", "line")[:SHOWN]
    )
    if not rows:
        return []
    reasons: dict[tuple[str, str], list[Opinion]] = {}
    for opinion in open_ones.filter(agrees=False).select_related("author", "company")[:LATEST]:
        said = reasons.setdefault((opinion.profile, opinion.line), [])
        if len(said) < REASONS:
            said.append(opinion)
    names = names_of(document)
    labels = dict(labels_of(document))
    editors = editors_of(request)
    return [
        {
            "profile": names.get(profile, profile) if profile else "",
            "line": labels.get((profile, line), line) if line else "The segment as a whole",
            "against": against,
            "agreeing": agreeing,
            "reasons": reasons.get((profile, line), []),
            "against_list": opinions_list(request, profile, line, agrees=False),
            "agreeing_list": opinions_list(request, profile, line, agrees=True),
            "missed": companies(criterion=f"{profile}:{listed_as(line)}:missed") if (profile, line) in labels else "",
            "editor": editors.get((profile, line), ""),
        }
        for profile, line, against, agreeing in rows
    ]


def labels_of(document: Document) -> Iterator[tuple[tuple[str, str], str]]:
    """The label of every criterion, by its profile and its path in a receipt."""
    for profile in document.profiles:
        for kind, lines in (
            ("must", profile.must),
            ("disqualify", profile.disqualify),
            ("bonus", profile.bonus),
            ("flag", profile.flags),
        ):
            for line in lines:
                yield (profile.key, f"{kind}:{line.key}"), line.label or line.key
        for component in profile.components:
            for row in component.rows:
                yield (profile.key, f"points:{component.key}:{row.key}"), row.label or row.key


def listed_as(line: str) -> str:
    """The path of a line as the list of companies writes it: the row of a component after a dot."""
    kind, _, rest = line.partition(":")
    return f"{kind}:{rest.replace(':', '.')}"


def editors_of(request: HttpRequest) -> Mapping[tuple[str, str], str]:
    """Where each criterion of the draft is edited, for whoever may."""
    if not request.user.has_perm("personas.change_profile"):
        return {}
    found = Criterion.objects.values_list("pk", "profile", "profile__key", "kind", "key", "component__key")
    return {
        (profile_key, ":".join(filter(None, (kind, component, key)))): reverse(
            "admin:personas_criterion", args=[profile, pk]
        )
        for pk, profile, profile_key, kind, key, component in found
    }


def opinions_list(request: HttpRequest, profile: str, line: str, *, agrees: bool) -> str:
    """The open opinions on this line, for or against; empty for whoever may not list them."""
    if not request.user.has_perm("personas.change_profile"):
        return ""
    try:
        address = reverse("admin:crm_opinion_changelist")
    except NoReverseMatch:
        return ""
    on = {"of_line": f"{profile}|{line}"} if line else {"of_profile": profile or "segment"}
    return f"{address}?{urlencode(on | {'agrees__exact': int(agrees)})}"
