"""What the list of contacts is narrowed by: the same as in the admin."""

from collections.abc import Sequence

from django.db.models import F, Q, QuerySet
from django_filters import rest_framework as filters

from crm.api.asking import Id, YesNo, user_named
from crm.api.companies.filters import UNKNOWN
from crm.api.points import PointsFilter
from crm.models import Contact, JobTitle
from crm.narrowing import rules
from personas.api.parameters import WrongParameter, nearest
from personas.publishing import active_document
from personas.rules.document import Document
from personas.rules.facts import SENIORITIES
from personas.rules.parts import BUYING_ROLES

People = QuerySet[Contact]
DECIDED, UNTITLED, UNMATCHED = "decided", "untitled", "unmatched"
RESULTS = {
    "certain": JobTitle.Result.MATCH,
    "ambiguous": JobTitle.Result.AMBIGUOUS,
    "none": JobTitle.Result.NONE,
    "excluded": JobTitle.Result.EXCLUDED,
    UNMATCHED: JobTitle.Result.UNKNOWN,
}
"""What came of a job title, in the words of `matched.how`."""
ANSWERS = (("true", "true"), ("false", "false"), (UNKNOWN, UNKNOWN))
RULED_OUT = Q(fit__profile=None) | Q(fit__status="disqualified")


class Answer(filters.ChoiceFilter):
    """true, false or unknown."""

    def __init__(self, **kwargs: object) -> None:
        super().__init__(choices=ANSWERS, method="by_answer", **kwargs)


class ContactFilter(filters.FilterSet):
    """People by who they are, where they work, how they fit, and who works with them."""

    company = Id(field_name="company", help_text="People of this company.")
    has_company = YesNo(field_name="company", method="by_presence", help_text="Whether they are at a company.")
    email = filters.CharFilter(method="by_email", help_text="The address, in capitals or not.")
    external_id = filters.CharFilter(method="by_external_id", help_text="system:value.")
    title = filters.CharFilter(method="by_title", help_text="The job title, in capitals or not.")
    matched = filters.ChoiceFilter(
        method="by_match",
        choices=[(DECIDED, "Decided by a person"), (UNTITLED, "No title"), *((each, each) for each in RESULTS)],
        help_text="How it is known who they are: matched.how.",
    )
    seniority = filters.ChoiceFilter(field_name="title__seniority", choices=[(each, each) for each in SENIORITIES])
    function = filters.CharFilter(field_name="title__function")
    persona = filters.CharFilter(method="by_persona", help_text="Who they stand for, for certain or as one of several.")
    role = filters.ChoiceFilter(
        method="by_role", choices=[(each, each) for each in BUYING_ROLES], help_text="A buying role that they have."
    )
    is_champion = Answer()
    is_founder = Answer()
    consent = filters.ChoiceFilter(method="by_word", choices=[*Contact.Consent.choices, (UNKNOWN, "Not known")])
    whose = filters.CharFilter(
        method="by_owner", help_text="Who works the account, or the contact without one: an id, me, or nobody."
    )
    segment = filters.CharFilter(field_name="company__fit__effective_segment", help_text="The segment of the company.")
    points_min = PointsFilter("fit__low", "gte", help_text="At least so many certain points.")
    points_max = PointsFilter("fit__low", "lte", help_text="At most so many certain points.")
    certainty = filters.ChoiceFilter(
        method="by_certainty",
        choices=[("certain", "Certain"), ("open", "An interval"), ("out", "Ruled out"), ("none", "Not scored")],
    )
    changed_since = filters.IsoDateTimeFilter(field_name="updated_at", lookup_expr="gte", help_text="Edited since.")

    class Meta:
        model = Contact
        fields: Sequence[str] = []

    @property
    def document(self) -> Document:
        if not hasattr(self, "_document"):
            self._document = active_document()
        return self._document

    def by_presence(self, found: People, name: str, value: bool) -> People:
        return found.filter(company__isnull=not value)

    def by_email(self, found: People, name: str, value: str) -> People:
        return found.filter(pk__in=Contact.objects.order_by().with_email(value).values("pk"))

    def by_external_id(self, found: People, name: str, value: str) -> People:
        system, colon, key = value.partition(":")
        if not (system and colon and key):
            raise WrongParameter({name: ["Write system:value."]})
        return found.filter(external_ids__system=system, external_ids__value=key)

    def by_title(self, found: People, name: str, value: str) -> People:
        titles = JobTitle.objects.filter(text__iexact=" ".join(value.split())).order_by()
        return found.filter(title__in=titles.values("pk"))

    def by_match(self, found: People, name: str, value: str) -> People:
        if value == DECIDED:
            return found.filter(persona__isnull=False)
        if value == UNTITLED:
            return found.filter(title=None)
        unread = Q(result=None) if value == UNMATCHED else Q()
        titles = JobTitle.objects.filter(Q(result=RESULTS[value]) | unread)
        return found.filter(persona=None, title__in=titles.order_by().values("pk"))

    def by_persona(self, found: People, name: str, value: str) -> People:
        keys = [each.key for each in self.document.personas]
        if value not in keys:
            raise WrongParameter({name: [f"The active rules have no such persona.{nearest(value, keys)}"]})
        return found.filter(rules.is_or_may_be(value))

    def by_role(self, found: People, name: str, value: str) -> People:
        return found.filter(rules.has_role(self.document, value))

    def by_answer(self, found: People, name: str, value: str) -> People:
        return found.filter(**{name: None if value == UNKNOWN else value == "true"})

    def by_word(self, found: People, name: str, value: str) -> People:
        return found.filter(**{name: None if value == UNKNOWN else value})

    def by_owner(self, found: People, name: str, value: str) -> People:
        owner = user_named(name, value, self.request)
        return found.filter(Q(company__isnull=False, company__owner=owner) | Q(company=None, owner=owner))

    def by_certainty(self, found: People, name: str, value: str) -> People:
        if value == "none":
            return found.filter(fit=None)
        if value == "out":
            return found.filter(RULED_OUT, fit__isnull=False)
        ends = {"fit__low": F("fit__high")} if value == "certain" else {"fit__low__lt": F("fit__high")}
        return found.filter(~RULED_OUT, **ends)
