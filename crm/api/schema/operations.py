"""What the description of a call has beside what its view says: who may call, its headers, and its problems."""

from datetime import datetime
from typing import Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.utils import OpenApiParameter
from rest_framework import serializers
from rest_framework.generics import GenericAPIView

from crm.api.idempotency import HEADER, REPLAYED
from crm.api.problems import CONTENT_TYPE
from personas.api.narrowing import SEARCH
from personas.api.paging import query
from personas.api.sparse import PARAMETER as FIELDS

from .examples import EXAMPLES

WRITING = ("POST", "PUT", "PATCH", "DELETE")


class ProblemFault(serializers.Serializer[Any]):
    """One thing that cannot be taken, and where it stands: in the body, or among the parameters."""

    pointer = serializers.CharField(required=False, help_text="JSON pointer (RFC 6901) into the body that was sent.")
    parameter = serializers.CharField(required=False, help_text="The name of the parameter.")
    detail = serializers.CharField()


class Problem(serializers.Serializer[Any]):
    """What went wrong, as RFC 9457 has it."""

    type = serializers.CharField()
    title = serializers.CharField()
    status = serializers.IntegerField()
    detail = serializers.CharField()
    errors = ProblemFault(many=True, required=False)  # type: ignore[assignment]


PROBLEMS = {
    "400": "Something in the body or the parameters cannot be taken.",
    "401": "No key, or one that does not hold.",
    "403": "The key lacks a scope, or the caller a permission.",
    "404": "It is not there, or not open to the caller.",
    "405": "The address has no such method.",
    "406": "The answer cannot be written as `Accept` asks.",
    "409": "It cannot be done as things are; or the first call with this Idempotency-Key is still being done.",
    "411": "The body came in chunks, without its length.",
    "412": "It has been changed since the version in `If-Match`.",
    "413": "The body is larger than the API takes.",
    "415": "The body is of a type that this address does not take.",
    "422": "It was understood, and cannot be done: the detail says why.",
    "429": "Too many calls.",
    "503": "The database is busy, or too much is tried at once.",
}
WAITING = {"429", "503"}


class Operations(AutoSchema):
    """Describes each call of the API."""

    def _is_list_view(self, serializer: Any = None) -> bool:
        if self.method == "GET" and hasattr(self.view, "orderings"):
            return True
        return bool(super()._is_list_view(serializer))

    def _is_create_operation(self) -> bool:
        return self.method == "POST" and hasattr(self.view, "orderings")

    def get_serializer_name(self, serializer: Any, direction: Any) -> str:
        return str(super().get_serializer_name(serializer, direction)).removesuffix("Shape")

    def get_examples(self) -> list[Any]:
        return [*super().get_examples(), *EXAMPLES.get(self.get_operation_id(), ())]

    def _get_format_parameters(self) -> list[Any]:
        """None: what comes is asked for by `Accept` alone."""
        return []

    def _get_filter_parameters(self) -> list[Any]:
        """What narrows a list, with the words to search by and the choice of fields."""
        found = list(super()._get_filter_parameters())  # type: ignore[no-untyped-call]
        if not isinstance(self.view, GenericAPIView) or self.method != "GET":
            return found
        if self._is_list_view() and hasattr(self.view, "search"):
            found.append(query(SEARCH, {"type": "string"}, "Words, each of which is to be found."))
        if all(each.get("name") != FIELDS for each in found):
            found.append(query(FIELDS, {"type": "string"}, "Only these fields of each record, by comma."))
        return found

    def get_summary(self) -> str | None:
        """The first line of what the call says of itself."""
        said = self.get_description()
        return said.partition("\n")[0].strip().rstrip(".") if said else None

    def handler(self) -> Any:
        """The function that answers."""
        return getattr(self.view, self.method.lower(), None)

    def is_once(self) -> bool:
        return bool(getattr(self.handler(), "once", False))

    def honours(self) -> tuple[str, ...]:
        """The conditional headers that a call on one record takes."""
        methods = {name for name in ("patch", "delete") if hasattr(self.view, name)}
        if not methods:
            return ()
        return ("If-None-Match",) if self.method == "GET" else ("If-Match",)

    def get_override_parameters(self) -> list[Any]:
        found: list[Any] = list(super().get_override_parameters())
        if self.is_once():
            found += [
                header(HEADER, "The same key and call again answers from what was stored, for 24 hours."),
                header(REPLAYED, "true, where the answer was stored before.", response=True),
            ]
        if self.of_one_record():
            found += [header(name, CONDITIONS[name]) for name in self.honours()]
            if self.method != "DELETE":
                found.append(header("ETag", "The version of the record.", response=["200", "201", "304"]))
        if self.method == "GET" and getattr(self.view, "tells_of_scores", False):
            found += [header(name, text, response=["200"], kind=kind) for name, (text, kind) in FRESHNESS.items()]
        return found

    def of_one_record(self) -> bool:
        """Whether the call is about one record that can be edited."""
        return "{id}" in self.path and self.path.rstrip("/").endswith("}") and bool(self.honours())

    def _get_response_bodies(self, direction: Any = "response") -> dict[str, Any]:
        found: dict[str, Any] = super()._get_response_bodies(direction)
        problem = self.resolve_serializer(Problem, "response").ref
        if self.of_one_record() and self.method == "GET":
            found.setdefault("304", {"description": "The reader has this version."})
        for status in self.problems():
            found.setdefault(status, described(status, problem))
        return dict(sorted(found.items()))

    def problems(self) -> list[str]:
        """The statuses that tell of problems; none of messages that we send."""
        if not self.path.startswith("/api/"):
            return []
        found = ["400", "405", "406", "429", "503"]
        if self.view.get_authenticators():
            found += ["401", "403"]
        if "{" in self.path:
            found.append("404")
        if self.method in WRITING:
            found += ["409", "411", "413", "415", "422"]
        elif "{" in self.path:
            found.append("409")
        if self.of_one_record() and self.method in ("PATCH", "DELETE"):
            found.append("412")
        return found


CONDITIONS = {
    "If-Match": "Only if the record still has this version; else 412.",
    "If-None-Match": "The version that the reader has; 304 while it is the same.",
}


FRESHNESS = {
    "Scores-As-Of": ("All that was known at this moment is in the scores.", datetime),
    "Scores-Lag": ("How many seconds the oldest change has waited to be in the scores.", int),
    "Scores-Waiting": ("How many accounts wait to be scored.", int),
    "Scores-Ruleset": ("The active ruleset.", int),
}


def described(status: str, schema: dict[str, Any]) -> dict[str, Any]:
    """A response that tells of a problem."""
    out: dict[str, Any] = {
        "description": PROBLEMS[status],
        "content": {CONTENT_TYPE: {"schema": schema}},
    }
    if status in WAITING:
        text = "After how many seconds to try again."
        out["headers"] = {"Retry-After": {"schema": {"type": "integer"}, "description": text}}
    return out


def header(name: str, text: str, *, response: bool | list[str] = False, kind: type = str) -> OpenApiParameter:
    return OpenApiParameter(name, kind, OpenApiParameter.HEADER, description=text, response=response)


class KeyScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """A key of an integration."""

    target_class = "crm.api.authentication.KeyAuthentication"
    name = "key"

    def get_security_definition(self, auto_schema: Any) -> dict[str, Any]:
        return {
            "type": "http",
            "scheme": "bearer",
            "description": "A key of an integration: `Authorization: Bearer KEY`. Made in the admin, "
            "Settings › Integrations.",
        }


class SessionScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """A person who has signed in to the admin."""

    target_class = "rest_framework.authentication.SessionAuthentication"
    name = "session"
    priority = 1

    def get_security_definition(self, auto_schema: Any) -> dict[str, Any]:
        return {
            "type": "apiKey",
            "in": "cookie",
            "name": "sessionid",
            "description": "A person who has signed in to the admin. Writing needs the header X-CSRFToken too.",
        }


def finish(result: dict[str, Any], generator: Any, request: Any, public: bool) -> dict[str, Any]:
    """The description without what only OpenAPI 3.0 knows."""
    plain(result)
    return result


def plain(found: Any) -> None:
    """Says null as OpenAPI 3.1 does, wherever a schema still says `nullable`."""
    if isinstance(found, list):
        for each in found:
            plain(each)
    elif isinstance(found, dict):
        if found.get("nullable") is True:
            del found["nullable"]
            if isinstance(found.get("type"), str):
                found["type"] = [found["type"], "null"]
            if "enum" in found and None not in found["enum"]:
                found["enum"] = [*found["enum"], None]
        if found.get("type") in ("integer", ["integer", "null"]):
            of_any_database(found)
        for each in found.values():
            plain(each)


ENDS_OF_COLUMNS = {sign * 2**bits - (sign > 0) for bits in (15, 31, 63) for sign in (1, -1)}


def of_any_database(integer: dict[str, Any]) -> None:
    """Leaves out how far the columns of one database go: the description is the same with each."""
    for end in ("minimum", "maximum"):
        if integer.get(end) in ENDS_OF_COLUMNS:
            del integer[end]
    if integer.get("format") in ("int32", "int64"):
        del integer["format"]
