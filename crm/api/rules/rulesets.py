"""Rulesets: every published document, what each changed, and publishing the next one."""

import logging
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from django.contrib.auth.models import User
from django.db.models import QuerySet
from django.http import Http404, HttpResponse
from django_filters import rest_framework as filters
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.exceptions import ValidationError
from rest_framework.generics import GenericAPIView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.reverse import reverse

from crm.api.asking import YesNo
from crm.api.idempotency import once
from crm.api.problems import Conflict
from crm.api.rule_faults import refused
from personas.api.narrowing import require_known
from personas.api.paging import Order
from personas.api.parameters import refuse_unknown
from personas.api.sparse import Sparse
from personas.api.strict import Strict
from personas.api.versions import answer
from personas.editing.publication import Published, publish_again, publish_document
from personas.editing.revisions import ChangedMeanwhile
from personas.models import Ruleset
from personas.publishing import with_all_digits
from personas.rules.document import Document, from_data, parse, to_data, to_yaml
from personas.rules.errors import RuleError
from personas.rules.lint import warnings
from personas.rules.text import difference
from personas.rules.texts import jsonable

from .shapes import Texts
from .which import DRAFT, GREATEST, MAY_PUBLISH, draft_for, number_of

logger = logging.getLogger(__name__)

YAML = "application/yaml"


@extend_schema_field({"type": "object", "additionalProperties": True, "description": "The whole rule document."})
class DocumentField(serializers.JSONField):
    """A rule document."""


@extend_schema_field({"type": ["object", "string"], "description": "An object, or YAML or JSON as text."})
class PostedDocumentField(serializers.JSONField):
    """A rule document as an object or as text."""


class RulesetSerializer(Sparse, serializers.ModelSerializer[Ruleset]):
    """One published document."""

    author = serializers.PrimaryKeyRelatedField[User](
        read_only=True, allow_null=True, help_text="The user; null for a command."
    )
    author_name = serializers.SerializerMethodField()

    class Meta:
        model = Ruleset
        fields = ["number", "active", "note", "author", "author_name", "published_at", "content_hash"]

    def get_author_name(self, ruleset: Ruleset) -> str | None:
        return (ruleset.author.get_full_name() or ruleset.author.get_username()) if ruleset.author else None


class WholeRulesetSerializer(RulesetSerializer):
    """One published document, with all that it says; the draft has no number, author or time."""

    number = serializers.IntegerField(read_only=True, allow_null=True)
    published_at = serializers.DateTimeField(read_only=True, allow_null=True)
    document = serializers.SerializerMethodField()

    class Meta(RulesetSerializer.Meta):
        fields = [*RulesetSerializer.Meta.fields, "document"]

    @extend_schema_field(DocumentField)
    def get_document(self, ruleset: Ruleset) -> Any:
        return jsonable(to_data(ruleset.document()))


class ChangesSerializer(serializers.Serializer[Any]):
    """What a ruleset changed in the one before, in words."""

    number = serializers.IntegerField(allow_null=True, help_text="Null for the draft.")
    before = serializers.IntegerField(allow_null=True, help_text="The number of the ruleset that it is compared with.")
    changes = Texts(help_text="One line for each change, with its place.")


class PublishedSerializer(RulesetSerializer):
    """The ruleset that is active now, and what to look at twice."""

    published = serializers.BooleanField(read_only=True, help_text="False where it says what was active before.")
    changes = Texts(read_only=True, help_text="What it changed in the rules before, in words.")
    warnings = Texts(read_only=True, help_text="What is worth a second look; it was published all the same.")
    dropped = Texts(read_only=True, help_text="Criteria that were off in the draft and are no longer in it.")

    class Meta(RulesetSerializer.Meta):
        fields = [*RulesetSerializer.Meta.fields, "published", "changes", "warnings", "dropped"]


class PublicationSerializer(Strict, serializers.Serializer[Any]):
    """A document to publish: posted rules, or the draft as it is now."""

    document = PostedDocumentField(required=False)
    draft = serializers.BooleanField(required=False, help_text="True publishes the draft; then give no document.")
    base = serializers.IntegerField(
        min_value=0,
        max_value=GREATEST,
        help_text="The number of the ruleset that you started from; 0 where there was none. "
        "When another is active by now, nothing is published.",
    )
    note = serializers.CharField(max_length=10_000, help_text="Why, for whoever reads the history.")

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if ("document" in attrs) == bool(attrs.get("draft")):
            raise ValidationError({"document": ["Give either a document, or draft: true."]})
        if "document" in attrs and not isinstance(attrs["document"], Mapping | str):
            raise ValidationError({"document": ["It is neither an object nor text."]})
        return attrs


class ActivationSerializer(Strict, serializers.Serializer[Any]):
    """Going back to what an older ruleset said."""

    base = serializers.IntegerField(min_value=0, max_value=GREATEST, help_text="The number of the active ruleset.")
    note = serializers.CharField(required=False, allow_blank=True, max_length=10_000, help_text="Why.")


class RulesetFilter(filters.FilterSet):
    """Rulesets by state."""

    active = YesNo(field_name="active")

    class Meta:
        model = Ruleset
        fields: Sequence[str] = []


class RulesetResource(GenericAPIView[Any]):
    """What all addresses of rulesets share. A ruleset is known by its number."""

    model = Ruleset
    resource = "rules"
    needs = {"POST": MAY_PUBLISH}
    serializer_class: Any = RulesetSerializer
    filterset_class: Any = None
    queryset = Ruleset.objects.all()
    lookup_field = "number"

    def one(self) -> Ruleset:
        """The ruleset of the address; raises Http404."""
        number = number_of(self.kwargs["number"])
        found = Ruleset.objects.select_related("author").filter(number=number).first() if number else None
        if found is None:
            raise Http404
        return found


class Rulesets(RulesetResource):
    """Every ruleset that was ever published."""

    filterset_class = RulesetFilter
    orderings = {"number": Order(("number",))}

    def rows_of(self, ids: Sequence[int]) -> QuerySet[Ruleset]:
        return Ruleset.objects.filter(pk__in=ids).select_related("author").defer("text")

    def get(self, request: Request) -> Response:
        page = self.paginate_queryset(self.filter_queryset(self.get_queryset()))
        return self.get_paginated_response(RulesetSerializer(page, many=True, context={"request": request}).data)

    @extend_schema(request=PublicationSerializer, responses={201: PublishedSerializer, 200: PublishedSerializer})
    @once
    def post(self, request: Request) -> Response:
        """Publishes a document, which is then the active ruleset and the draft; accounts are scored by it.

        What the draft said before can be brought back by Undo in the admin.
        """
        # Its answer is never cut down.
        refuse_unknown(request, ())
        form = PublicationSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        said = form.validated_data
        posted = said.get("document")
        try:
            document = draft_for(request) if said.get("draft") else read(posted)
            # Before anything is locked, because it takes its time.
            noted = warnings(document, datetime.now(UTC).date())
            done = publish_document(document, base=said["base"], note=said["note"], author=author(request))
        except RuleError as error:
            return refused(error, posted, member="draft" if said.get("draft") else "document")
        except ChangedMeanwhile:
            raise another_is_active() from None
        return told(request, done, document, noted)


class RulesetDetail(RulesetResource):
    """One ruleset, or with `draft` for a number the draft."""

    serializer_class = WholeRulesetSerializer

    def get(self, request: Request, number: str) -> Response:
        require_known(request, self)
        if number == DRAFT:
            document = draft_for(request)
            data = dict.fromkeys(WholeRulesetSerializer.Meta.fields) | {
                "active": False,
                "note": "",
                "content_hash": document.content_hash(),
                "document": jsonable(to_data(document)),
            }
            return answer(request, data)
        return answer(request, dict(WholeRulesetSerializer(self.one()).data))


class RulesetText(RulesetResource):
    """One ruleset as YAML, to be kept in git; `draft` for a number is the draft."""

    takes = ()

    @extend_schema(responses={(200, YAML): {"description": "The rule document."}})
    def get(self, request: Request, number: str) -> HttpResponse:
        require_known(request, self)
        document = draft_for(request) if number == DRAFT else self.one().document()
        version = f'"{document.content_hash()[:32]}"'
        if request.headers.get("If-None-Match") == version:
            return HttpResponse(status=304, headers={"ETag": version})
        return HttpResponse(to_yaml(document), content_type=f"{YAML}; charset=utf-8", headers={"ETag": version})


class RulesetChanges(RulesetResource):
    """What a ruleset changed in the one before; of the draft, what it changes in the active one."""

    serializer_class = ChangesSerializer

    def get(self, request: Request, number: str) -> Response:
        require_known(request, self)
        if number == DRAFT:
            document, before = draft_for(request), Ruleset.objects.active().first()
        else:
            ruleset = self.one()
            document, before = ruleset.document(), Ruleset.objects.filter(number__lt=ruleset.number).first()
        changes = difference(before.document() if before else Document(), document)
        return answer(
            request,
            {
                "number": None if number == DRAFT else int(number),
                "before": before.number if before else None,
                "changes": changes,
            },
        )


class Activate(RulesetResource):
    """Going back: what an older ruleset said is published again, under the next number."""

    serializer_class = ActivationSerializer
    takes = ()

    @extend_schema(request=ActivationSerializer, responses={201: PublishedSerializer, 200: PublishedSerializer})
    @once
    def post(self, request: Request, number: str) -> Response:
        """Makes what this ruleset says the active rules again."""
        older = self.one()
        noted = warnings(older.document(), datetime.now(UTC).date())
        form = ActivationSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        said = form.validated_data
        try:
            done = publish_again(older, base=said["base"], note=said.get("note", ""), author=author(request))
        except RuleError as error:
            why = " ".join(f"{each}." for each in error.faults)
            raise Conflict(f"It can no longer be published. {why}") from None
        except ChangedMeanwhile:
            raise another_is_active() from None
        return told(request, done, older.document(), noted)


def read(posted: Any) -> Document:
    """The posted document; raises RuleError with every fault."""
    return parse(posted) if isinstance(posted, str) else from_data(with_all_digits(dict(posted)))


def author(request: Request) -> User | None:
    return request.user if isinstance(request.user, User) else None


def another_is_active() -> Conflict:
    """The refusal that names the ruleset which is active instead of the one that the caller started from."""
    active = Ruleset.objects.active().values_list("number", flat=True).first()
    now = f"ruleset {active} is" if active else "none is"
    return Conflict(f"Another ruleset was published meanwhile: {now} active. Look at it, and start from there.")


def told(request: Request, done: Published, document: Document, noted: Iterable[object]) -> Response:
    """What came of a publication, and what was `noted` of the document."""
    ruleset = done.ruleset
    before = Ruleset.objects.filter(number__lt=ruleset.number).first() if done.new else ruleset
    if done.new:
        logger.info("published ruleset=%d user_id=%s", ruleset.number, request.user.pk)
    data = dict(RulesetSerializer(ruleset).data) | {
        "published": done.new,
        "changes": difference(before.document() if before else Document(), document),
        "warnings": [str(each) for each in noted],
        "dropped": list(done.dropped),
    }
    location = reverse("api_ruleset", args=[ruleset.number], request=request)
    return Response(data, status=201 if done.new else 200, headers={"Location": location})
