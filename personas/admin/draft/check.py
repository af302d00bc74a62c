"""Conditions as they are typed: what they say in plain words, or what is wrong and where."""

from django.http import HttpRequest, HttpResponse, JsonResponse

from personas.editing.reading import draft_reader
from personas.rules.errors import Fault, RuleError
from personas.rules.text import sentence
from personas.rules.texts import load_json

from .field import as_json
from .page import DRAFT, needs

LONGEST = 200_000


@needs(DRAFT, "POST")
def check(request: HttpRequest) -> HttpResponse:
    """`{"condition": …, "path": "when", "bonus": false, "subject": "company"}` in; the sentence and the faults out."""
    if len(request.body) > LONGEST:
        return JsonResponse({"sentence": "", "faults": as_json([Fault("", "the condition is too long")])})
    try:
        posted = load_json(request.body.decode("utf-8", "replace"))
    except RuleError as error:
        return JsonResponse({"sentence": "", "faults": as_json(error.faults)}, status=400)
    if not isinstance(posted, dict):
        return JsonResponse({"sentence": "", "faults": as_json([Fault("", "is not a condition")])}, status=400)
    reader = draft_reader("contact" if posted.get("subject") == "contact" else "company")
    path = str(posted.get("path") or "when")
    found = reader.conditions.read(posted.get("condition"), path, bonus=posted.get("bonus") is True)
    if found is None or reader.faults:
        return JsonResponse({"sentence": "", "faults": as_json(reader.faults)})
    said = sentence(found, reader.vocabulary, reader.conditions.lists)  # type: ignore[arg-type]
    return JsonResponse({"sentence": said, "faults": []})
