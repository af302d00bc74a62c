"""Activities: notes, calls, e-mails and meetings, and tasks."""

from collections.abc import Mapping, Sequence
from typing import Any, cast

from django.contrib.auth.models import User
from django.db.models import Q, QuerySet
from django.utils import timezone
from django_filters import rest_framework as filters
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from crm.activities import wrong_with_activity
from crm.models import Activity, Contact, IntegrationKey
from crm.models.visibility import Person
from crm.narrowing.search import with_every_word
from personas.api.paging import BY_ID, Order
from personas.api.sparse import Sparse
from personas.api.strict import Strict

from .asking import Id, OneOf, Somebody, YesNo
from .idempotency import once
from .links import CompanyLink, ContactLink, PersonLink, contacts_seen_by
from .resources import Record, Records, WrittenOnAccounts

CHECKED = frozenset({"kind", "happened_at", "due_on", "done_at", "assignee"})


class ActivitySerializer(Sparse, Strict, serializers.ModelSerializer[Activity]):
    """A note, call, e-mail, meeting or task about a company."""

    company = CompanyLink()
    contact = ContactLink(
        required=False, allow_null=True, help_text="Who it was with; null as well for somebody whom you do not see."
    )
    author = serializers.PrimaryKeyRelatedField[User](
        read_only=True, allow_null=True, help_text="The user who wrote it down."
    )
    assignee = PersonLink(required=False, allow_null=True, help_text="The user who is to do a task.")
    happened_at = serializers.DateTimeField(required=False, help_text="Now, unless said otherwise.")

    class Meta:
        model = Activity
        fields = [
            "id",
            "company",
            "contact",
            "kind",
            "summary",
            "body",
            "happened_at",
            "due_on",
            "done_at",
            "author",
            "assignee",
        ]

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        said = {name: attrs.get(name, getattr(self.instance, name, None)) for name in CHECKED}
        wrong = {name: [text] for name, text in wrong_with_activity(said, at=timezone.now())}
        if wrong:
            raise serializers.ValidationError(wrong)
        return attrs


class ActivityFilter(filters.FilterSet):
    """Activities of an account or a contact, by what they are, who wrote them down, and what is still to do."""

    company = Id(field_name="company")
    contact = Id(method="with_contact")
    kind = OneOf(choices=Activity.Kind.choices)
    author = Somebody(field_name="author", help_text="The id of a user, me, or nobody.")
    assignee = Somebody(field_name="assignee", help_text="The id of a user, me, or nobody.")
    done = YesNo(method="tasks_done", help_text="Only tasks: those done, or those still to do.")
    due_since = filters.DateFilter(field_name="due_on", lookup_expr="gte")
    due_before = filters.DateFilter(field_name="due_on", lookup_expr="lt")
    happened_since = filters.IsoDateTimeFilter(field_name="happened_at", lookup_expr="gte")
    happened_before = filters.IsoDateTimeFilter(field_name="happened_at", lookup_expr="lt")
    changed_since = filters.IsoDateTimeFilter(
        method="changed", help_text="Written down or changed since; from imports without a history, happened since."
    )

    class Meta:
        model = Activity
        fields: Sequence[str] = []

    def with_contact(self, activities: QuerySet[Activity], name: str, pk: Any) -> QuerySet[Activity]:
        """Those with a contact whom the caller sees."""
        known = Contact.objects.visible_to(cast(Request, self.request).user).filter(pk=int(pk))
        return activities.filter(contact__in=known.order_by().values("pk"))

    def tasks_done(self, activities: QuerySet[Activity], name: str, done: bool) -> QuerySet[Activity]:
        return activities.filter(kind=Activity.Kind.TASK, done_at__isnull=not done)

    def changed(self, activities: QuerySet[Activity], name: str, since: Any) -> QuerySet[Activity]:
        records = Activity.history.filter(history_date__gte=since).values("id")
        return activities.filter(Q(pk__in=records) | Q(happened_at__gte=since))


class ActivityResource(WrittenOnAccounts):
    """What the list of activities and a single one share."""

    model = Activity
    resource = "activities"
    address = "api_activity"
    serializer_class = ActivitySerializer

    def rows(self) -> QuerySet[Activity]:
        return Activity.objects.prefetch_related(contacts_seen_by(self.request.user))

    def beside(self, serializer: Any) -> dict[str, Any]:
        """Who writes it down; a task without an assignee is the caller's own, a program's whose the account is."""
        if serializer.instance is not None:
            return {}
        said, caller = serializer.validated_data, self.request.user
        more: dict[str, Any] = {"author": caller}
        if said["kind"] == Activity.Kind.TASK and said.get("assignee") is None:
            more["assignee"] = said["company"].owner if isinstance(self.request.auth, IntegrationKey) else caller
        return more


@extend_schema_view(
    post=extend_schema(
        description="Writes down what was done, or is to be done; without an assignee a task is the caller's own.\n\n"
        "A program has no tasks: one of its tasks is whose the account is."
    )
)
class Activities(Records, ActivityResource):
    """What was done with accounts, and what is still to be done."""

    filterset_class = ActivityFilter
    orderings = {
        "id": BY_ID,
        "happened_at": Order(("happened_at", "pk")),
        "due_on": Order(("due_on", "pk"), nullable=True),
    }

    def search(self, activities: QuerySet[Activity], text: str) -> QuerySet[Activity]:
        """Those with every word in the summary or the name of the company."""
        return with_every_word(activities, text, "summary", "company__name")


class ActivityDetail(Record, ActivityResource):
    """One activity."""

    @once
    def patch(self, request: Request, pk: int) -> Response:
        """Changes what is named; a task may also be checked off by whoever is to do it."""
        return self.changed(self.to_check_off(request.user) if is_checking_off(request.data) else None)

    def to_check_off(self, user: Person) -> Activity | None:
        """The task of the address, locked, where this person may check it off."""
        mine = Activity.objects.to_be_done_by(user).filter(pk=self.kwargs["pk"]).order_by().values("pk")
        held = Activity.objects.select_for_update(of=("self",)).filter(pk__in=mine).order_by()
        row: Activity | None = self.rows().filter(pk__in=[each.pk for each in held]).first()
        return row


def is_checking_off(said: object) -> bool:
    """Whether a body says nothing but that a task was done."""
    return isinstance(said, Mapping) and set(said) == {"done_at"}
