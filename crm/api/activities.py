"""Activities: notes, calls, e-mails and meetings, and tasks."""

from collections.abc import Sequence
from typing import Any

from django.contrib.auth.models import User
from django.db.models import Q, QuerySet
from django.urls import reverse
from django.utils import timezone
from django_filters import rest_framework as filters
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from crm.activities import wrong_with_activity
from crm.history import keep_before
from crm.models import Activity, Company, Contact, IntegrationKey
from crm.models.visibility import Person
from crm.rescoring import rescore_after_commit
from personas.api.paging import BY_ID, Order
from personas.api.sparse import Sparse
from personas.api.strict import Strict
from personas.api.versions import answer, require_match

from .asking import Id, OneOf, YesNo
from .idempotency import once
from .links import CompanyLink, ContactLink, PersonLink, contacts_seen_by
from .resources import AccountResource, require_editable

MOST_WORDS = 6
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
    author = Id(field_name="author", help_text="The id of a user.")
    assignee = Id(field_name="assignee", help_text="The id of a user.")
    done = YesNo(method="tasks_done", help_text="Only tasks: those done, or those still to do.")
    due_before = filters.DateFilter(field_name="due_on", lookup_expr="lt")
    due_after = filters.DateFilter(field_name="due_on", lookup_expr="gt")
    happened_since = filters.IsoDateTimeFilter(field_name="happened_at", lookup_expr="gte")
    happened_until = filters.IsoDateTimeFilter(field_name="happened_at", lookup_expr="lt")
    changed_since = filters.IsoDateTimeFilter(
        method="changed", help_text="Written down or changed since; from imports without a history, happened since."
    )

    class Meta:
        model = Activity
        fields: Sequence[str] = []

    def with_contact(self, activities: QuerySet[Activity], name: str, pk: Any) -> QuerySet[Activity]:
        """Those with a contact whom the caller sees."""
        known = Contact.objects.visible_to(self.request.user).filter(pk=int(pk)) if self.request else None
        return activities.filter(contact__in=known.order_by().values("pk")) if known is not None else activities

    def tasks_done(self, activities: QuerySet[Activity], name: str, done: bool) -> QuerySet[Activity]:
        return activities.filter(kind=Activity.Kind.TASK, done_at__isnull=not done)

    def changed(self, activities: QuerySet[Activity], name: str, since: Any) -> QuerySet[Activity]:
        records = Activity.history.filter(history_date__gte=since).values("id")
        return activities.filter(Q(pk__in=records) | Q(happened_at__gte=since))


class ActivityResource(AccountResource):
    """Activities with what an answer reads."""

    model = Activity
    resource = "activities"
    serializer_class = ActivitySerializer

    def rows(self) -> QuerySet[Activity]:
        return Activity.objects.prefetch_related(contacts_seen_by(self.request.user))

    def told(self, pk: int) -> dict[str, Any]:
        """The whole activity as the caller is told of it."""
        return dict(self.get_serializer(self.rows().get(pk=pk)).data)

    def store(self, serializer: Any, **more: Any) -> Activity:
        """The activity is saved with its history, and the accounts it is or was of are scored again."""
        before: Activity | None = serializer.instance
        companies = [before.company_id] if before else []
        company: Company | None = serializer.validated_data.get("company")
        if company is not None and company.pk not in companies:
            require_editable(Company, company.pk, self.request.user)
        if before is not None:
            keep_before([before])
        saved: Activity = serializer.save(**more)
        rescore_after_commit([*companies, saved.company_id])
        return saved


class Activities(ActivityResource):
    """What was done with accounts, and what is still to be done."""

    filterset_class = ActivityFilter
    orderings = {
        "id": BY_ID,
        "happened_at": Order(("happened_at", "pk")),
        "due_on": Order(("due_on", "pk"), nullable=True),
    }

    def search(self, activities: QuerySet[Activity], text: str) -> QuerySet[Activity]:
        """Those with every word in the summary or the name of the company."""
        for word in text.split()[:MOST_WORDS]:
            activities = activities.filter(Q(summary__icontains=word) | Q(company__name__icontains=word))
        return activities

    def get(self, request: Request) -> Response:
        return self.listed()

    @once
    def post(self, request: Request) -> Response:
        """Writes down what was done, or is to be done; without an assignee a task is the caller's own.

        A program has no tasks: one of its tasks is whose the account is.
        """
        serializer = self.get_serializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        said = serializer.validated_data
        more: dict[str, Any] = {"author": request.user}
        if said["kind"] == Activity.Kind.TASK and said.get("assignee") is None:
            more["assignee"] = said["company"].owner if isinstance(request.auth, IntegrationKey) else request.user
        pk = self.store(serializer, **more).pk
        made = answer(request, self.told(pk), status=201)
        made["Location"] = reverse("api_activity", args=[pk])
        return made


class ActivityDetail(ActivityResource):
    """One activity."""

    def get(self, request: Request, pk: int) -> Response:
        return answer(request, dict(self.get_serializer(self.get_object()).data))

    @once
    def patch(self, request: Request, pk: int) -> Response:
        """Changes what is named; a task may also be checked off by whoever is to do it."""
        row = self.to_check_off(request.user) if set(request.data) == {"done_at"} else None
        row = row or self.locked()
        require_match(request, self.told(pk))
        serializer = self.get_serializer(row, data=request.data, partial=True)
        serializer.is_valid(raise_exception=True)
        self.store(serializer)
        return answer(request, self.told(pk))

    @once
    def delete(self, request: Request, pk: int) -> Response:
        row = self.locked()
        require_match(request, self.told(pk))
        keep_before([row])
        row.delete()
        rescore_after_commit([row.company_id])
        return Response(status=204)

    def to_check_off(self, user: Person) -> Activity | None:
        """The task of the address, locked, where this person may check it off."""
        mine = Activity.objects.to_be_done_by(user).filter(pk=self.kwargs["pk"]).order_by().values("pk")
        row: Activity | None = Activity.objects.select_for_update(of=("self",)).filter(pk__in=mine).order_by().first()
        return row
