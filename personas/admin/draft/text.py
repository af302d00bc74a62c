"""The draft as text."""

import logging
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse

from personas.editing.revisions import ChangedMeanwhile
from personas.editing.text import draft_text, line_of, save_text, text_version
from personas.rules.errors import RuleError

from .meanwhile import met, opened
from .page import DRAFT, needs, person, show

logger = logging.getLogger(__name__)


@needs(DRAFT, "GET", "POST")
def text_page(request: HttpRequest) -> HttpResponse:
    """The whole draft as YAML, to be edited; what was typed stays until it is saved."""
    stands = draft_text()
    context: dict[str, Any] = {"text": stands, "base": text_version(stands), "faults": []}
    context["opened"] = opened(request)
    status = 200
    if request.method == "POST":
        typed = request.POST.get("text", "").replace("\r\n", "\n")
        context |= {"text": typed, "base": request.POST.get("base", "")}
        try:
            save_text(typed, person(request), base=request.POST.get("base", ""))
        except RuleError as error:
            context["faults"] = [{"line": line_of(typed, each.path), "said": str(each)} for each in error.faults]
            status = 422
        except ChangedMeanwhile:
            context |= met(request, text_version(stands))
            status = 409
        else:
            logger.info("draft saved as=text user_id=%s", request.user.pk)
            messages.success(request, "Saved. The draft says what the text says.")
            return HttpResponseRedirect(reverse("admin:personas_draft_text"))
    return show(request, "text.html", "Draft as text", context, status=status)
