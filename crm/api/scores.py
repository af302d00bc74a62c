"""Scores: what each profile says of each company."""

from collections.abc import Sequence

from django.db.models import QuerySet
from django.utils import timezone
from django_filters import rest_framework as filters
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from crm.models import Fit, Score
from personas.api.paging import BY_ID, Order
from personas.api.sparse import Sparse
from personas.models import Ruleset

from .asking import Id, Keys, OneOf, YesNo
from .points import PointsField, PointsFilter
from .resources import AccountResource

VERDICTS = {label: value for value, label in Score.Verdict.choices}
STATUSES = {label: value for value, label in Score.Status.choices}


class ScoreSerializer(Sparse, serializers.ModelSerializer[Score]):
    """What one profile says of one company.

    Not stored is when a score changed last: ask the fit changes what moved since.
    """

    company = serializers.IntegerField(source="company_id", read_only=True)
    profile = serializers.CharField(source="profile.key", read_only=True, help_text="The key of the profile.")
    ruleset = serializers.IntegerField(read_only=True, help_text="The number of the rules that it was worked out by.")
    verdict = serializers.ChoiceField(
        choices=list(VERDICTS), source="get_verdict_display", read_only=True, help_text="Whether every must holds."
    )
    status = serializers.ChoiceField(choices=list(STATUSES), source="get_status_display", read_only=True)
    points = PointsField(read_only=True, allow_null=True, help_text="Null while they are not certain.")
    low = PointsField(read_only=True, allow_null=True, help_text="Points that are certain; null without enough data.")
    high = PointsField(read_only=True, allow_null=True, help_text="Points that are still possible.")
    band = serializers.CharField(read_only=True, allow_null=True)
    stale_since = serializers.DateTimeField(
        source="company.fit.stale_since",
        read_only=True,
        allow_null=True,
        help_text="Since when a fact has changed that the score has not seen.",
    )
    seen_at = serializers.DateTimeField(
        source="company.fit.seen_at", read_only=True, allow_null=True, help_text="The moment of which the score tells."
    )

    class Meta:
        model = Score
        fields = [
            "company",
            "profile",
            "ruleset",
            "verdict",
            "status",
            "points",
            "low",
            "high",
            "band",
            "stale_since",
            "seen_at",
        ]


class ScoreFilter(filters.FilterSet):
    """Scores of a company or a profile, by what they say and how old they are."""

    company = Id(field_name="company")
    profile = Keys(field_name="profile__key", help_text="Keys of profiles, by comma.")
    verdict = OneOf(choices=[(word, word) for word in VERDICTS], method="by_verdict")
    status = OneOf(choices=[(word, word) for word in STATUSES], method="by_status")
    points_min = PointsFilter("low", "gte", help_text="At least so many certain points.")
    points_max = PointsFilter("low", "lte", help_text="At most so many certain points.")
    band = Keys(field_name="band", help_text="Keys of bands, by comma.")
    ruleset = Id(field_name="ruleset", max_value=2**31 - 1)
    stale = YesNo(method="waiting", help_text="Whether facts, rules or the clock have moved since it was worked out.")

    class Meta:
        model = Score
        fields: Sequence[str] = []

    def by_verdict(self, scores: QuerySet[Score], name: str, words: list[str]) -> QuerySet[Score]:
        return scores.filter(verdict__in=[VERDICTS[word] for word in words])

    def by_status(self, scores: QuerySet[Score], name: str, words: list[str]) -> QuerySet[Score]:
        return scores.filter(status__in=[STATUSES[word] for word in words])

    def waiting(self, scores: QuerySet[Score], name: str, wanted: bool) -> QuerySet[Score]:
        active = Ruleset.objects.active().values_list("number", flat=True).first() or 0
        stale = Fit.objects.stale(active, timezone.now()).order_by().values("company")
        return scores.filter(company__in=stale) if wanted else scores.exclude(company__in=stale)


class Scores(AccountResource):
    """Every stored score, by company and profile."""

    model = Score
    resource = "scores"
    serializer_class = ScoreSerializer
    filterset_class = ScoreFilter
    tells_of_scores = True
    orderings = {"company": Order(("company_id", "profile_id")), "id": BY_ID}

    def rows(self) -> QuerySet[Score]:
        return Score.objects.select_related("profile", "company__fit").only(
            "company_id", "ruleset", "verdict", "status", "points", "low", "high", "band",
            "profile__key", "company__fit__stale_since", "company__fit__seen_at",
        )  # fmt: skip

    def get(self, request: Request) -> Response:
        return self.listed()
