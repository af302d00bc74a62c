"""Personas, profiles and lists, as the rules that are asked for have them."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable
from typing import Any

from django.http import Http404
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema, inline_serializer
from rest_framework import serializers
from rest_framework.generics import GenericAPIView
from rest_framework.request import Request
from rest_framework.response import Response

from personas.api import sparse
from personas.api.parameters import WrongParameter, nearest, refuse_unknown
from personas.api.versions import answer
from personas.models import NamedList, Persona, Profile
from personas.rules.document import Document
from personas.rules.parts import SUBJECTS, TIERS
from personas.rules.words import fold

from .shapes import ListSerializer, PersonaSerializer, ProfileSerializer
from .telling import Telling, persona_json
from .which import PARAMETER, rules_asked

Part = tuple[str, Callable[[], dict[str, Any]]]
WHICH = OpenApiParameter(PARAMETER, OpenApiTypes.STR, description="active, draft, or a number; active unless given.")
FIELDS = OpenApiParameter(sparse.PARAMETER, OpenApiTypes.STR, description="Only these fields of a result, by comma.")


def all_of(name: str, serializer: type[serializers.Serializer[Any]]) -> Any:
    """The shape of a list that is one page."""
    return inline_serializer(
        name,
        {
            "next": serializers.URLField(allow_null=True),
            "previous": serializers.URLField(allow_null=True),
            "results": serializer(many=True),
        },
    )


class PartsOfRules(GenericAPIView[Any], ABC):
    """Parts of one rule document, known by their keys. A subclass says which: `parts(document)`.

    They are few, so a list is all of them, on one page, in the order of the document.
    """

    resource = "rules"
    pagination_class = None
    filter_backends: list[Any] = []

    @abstractmethod
    def parts(self, document: Document) -> Iterable[Part]:
        """The key of every part that is asked for, and what tells it."""

    def listed(self, *known: str) -> Response:
        """All parts that are asked for; `known` are the parameters that narrow them."""
        refuse_unknown(self.request, [PARAMETER, sparse.PARAMETER, *known])
        sparse.check(self.request, self)
        document = rules_asked(self.request).document
        rows = [sparse.only(self.request, tell()) for _, tell in self.parts(document)]
        return Response({"next": None, "previous": None, "results": rows})

    def told(self, key: str) -> Response:
        """The part with this key; raises Http404 where the rules have none."""
        refuse_unknown(self.request, [PARAMETER, sparse.PARAMETER])
        sparse.check(self.request, self)
        tell = dict(self.parts(rules_asked(self.request).document)).get(key)
        if tell is None:
            raise Http404
        return answer(self.request, tell())

    def word(self, name: str, known: Iterable[str]) -> str | None:
        """What the parameter says; raises WrongParameter for what it cannot be."""
        words = list(known)
        said = self.request.query_params.get(name)
        if said is not None and said not in words:
            raise WrongParameter({name: [f"There is no such {name}.{nearest(said, words)}"]})
        return said


class PersonaParts(PartsOfRules):
    """Personas, whole: with job titles, statements and talking points."""

    model = Persona
    serializer_class = PersonaSerializer

    def parts(self, document: Document) -> Iterable[Part]:
        tier = self.request.query_params.get("tier")
        for each in document.personas:
            if tier in (None, each.tier):
                yield each.key, lambda each=each: persona_json(each)  # type: ignore[misc]


class Personas(PersonaParts):
    """All personas."""

    @extend_schema(
        parameters=[WHICH, FIELDS, OpenApiParameter("tier", OpenApiTypes.STR, enum=TIERS)],
        operation_id="personas_list",
        responses=all_of("PersonasPage", PersonaSerializer),
    )
    def get(self, request: Request) -> Response:
        self.word("tier", TIERS)
        return self.listed("tier")


class PersonaDetail(PersonaParts):
    """One persona."""

    @extend_schema(parameters=[WHICH, FIELDS])
    def get(self, request: Request, key: str) -> Response:
        return self.told(key)


class ProfileParts(PartsOfRules):
    """Profiles, whole: with every criterion in plain words."""

    model = Profile
    serializer_class = ProfileSerializer

    def parts(self, document: Document) -> Iterable[Part]:
        telling = Telling(document)
        subject = self.request.query_params.get("subject")
        for each in (*document.profiles, *document.contact_profiles):
            if subject in (None, each.subject):
                yield each.key, lambda each=each: telling.profile(each)  # type: ignore[misc]


class Profiles(ProfileParts):
    """All profiles: segments, scorecards, and profiles of people."""

    @extend_schema(
        parameters=[WHICH, FIELDS, OpenApiParameter("subject", OpenApiTypes.STR, enum=SUBJECTS)],
        operation_id="profiles_list",
        responses=all_of("ProfilesPage", ProfileSerializer),
    )
    def get(self, request: Request) -> Response:
        self.word("subject", SUBJECTS)
        return self.listed("subject")


class ProfileDetail(ProfileParts):
    """One profile."""

    @extend_schema(parameters=[WHICH, FIELDS])
    def get(self, request: Request, key: str) -> Response:
        return self.told(key)


class ListParts(PartsOfRules):
    """Lists with their entries, and where they are used."""

    model = NamedList
    serializer_class = ListSerializer

    def parts(self, document: Document) -> Iterable[Part]:
        telling = Telling(document)
        wanted = fold(self.request.query_params.get("search", ""))
        for each in document.lists:
            names = [name for entry in each.entries for name in (entry.name, *entry.aliases)]
            if not wanted or any(wanted in fold(name) for name in (each.title, *names)):
                yield each.key, lambda each=each: telling.named_list(each)  # type: ignore[misc]


class Lists(ListParts):
    """All lists."""

    @extend_schema(
        parameters=[WHICH, FIELDS, OpenApiParameter("search", OpenApiTypes.STR, description="A name on the list.")],
        operation_id="lists_list",
        responses=all_of("ListsPage", ListSerializer),
    )
    def get(self, request: Request) -> Response:
        return self.listed("search")


class ListDetail(ListParts):
    """One list."""

    @extend_schema(parameters=[WHICH, FIELDS])
    def get(self, request: Request, key: str) -> Response:
        return self.told(key)
