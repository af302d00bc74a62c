"""What is done to many accounts at once: chosen, counted, confirmed, and then done."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.template.response import TemplateResponse
from django.utils import timezone
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextInputWidget

from crm.admin.scoped import ScopedAdmin
from crm.admin.spreadsheet import as_csv
from crm.models import Company, Term
from crm.names import name_key
from crm.rescoring import rescore_after_commit
from crm.scoring.drain import rescore
from personas.publishing import NoRuleset

from . import bulk
from .bulk import MOST, Extent
from .export import COLUMNS, rows_of
from .filters import TagFilter, colleague, colleagues, name_of
from .narrowing import lookup_attributes

CONFIRMED = "confirmed"
SHOWN = 5
"""Names that a confirmation lists."""


def companies(count: int) -> str:
    return "1 company" if count == 1 else f"{count:,} companies"


@dataclass(frozen=True)
class Choice:
    """What was chosen for an action: a value, what would happen in words, and what is true of those left out."""

    value: Any
    will: str
    already: str = ""
    having: Callable[[list[int]], Any] | None = None


@dataclass(frozen=True)
class Confirmation:
    """What the page of an action says before it is done."""

    title: str
    button: str
    sentences: tuple[str, ...]
    names: tuple[str, ...]
    possible: bool
    hidden: dict[str, str] = field(default_factory=dict)


class OwnerForm(forms.Form):
    """Whose the accounts will be."""

    owner = forms.ChoiceField(label="Owner")

    def __init__(self, *args: Any, request: HttpRequest, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.request = request
        people = colleagues(request).exclude(pk=request.user.pk or 0).order_by("first_name", "username")
        few = list(people[: MOST_LISTED + 1])
        box: Any = self.fields["owner"]
        begin = [("me", "Me"), ("nobody", "Nobody")]
        if len(few) <= MOST_LISTED:
            box.choices = [*begin, *((str(each.pk), name_of(each)) for each in few)]
            box.widget = UnfoldAdminSelectWidget(choices=box.choices)
            return
        given = self.data.get("owner", "")
        person = colleague(request, given) if given else None
        box.choices = [*begin, ("others", "Someone else"), *([(given, name_of(person))] if person else [])]
        box.widget = UnfoldAdminSelectWidget(choices=box.choices, attrs=lookup_attributes("owned"))

    def clean_owner(self) -> User | None:
        value = self.cleaned_data["owner"]
        if value == "nobody":
            return None
        pk = str(self.request.user.pk) if value == "me" else value
        owner = colleagues(self.request).filter(pk=int(pk)).first() if pk.isdigit() else None
        if owner is None:
            raise forms.ValidationError("Choose somebody who may have these accounts.")
        return owner


MOST_LISTED = 50
"""Colleagues that a select holds; of more, the right one is looked up."""


class StageForm(forms.Form):
    """The stage that the accounts will be at."""

    stage = forms.ChoiceField(
        choices=[*Company.Stage.choices, ("unknown", "Unknown")], label="Stage", widget=UnfoldAdminSelectWidget
    )

    def __init__(self, *args: Any, request: HttpRequest, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)


class TagForm(forms.Form):
    """The tag to add or to take away."""

    tag = forms.CharField(
        label="Tag",
        max_length=100,
        widget=UnfoldAdminTextInputWidget(attrs={"list": "tags-known", "autocomplete": "off"}),
    )
    new = True

    def __init__(self, *args: Any, request: HttpRequest, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.may_make = self.new and request.user.has_perm("crm.add_term")
        self.known = list(tags().order_by("name").values_list("name", flat=True)[:200])

    def clean_tag(self) -> str:
        name = " ".join(self.cleaned_data["tag"].replace("\0", "").split())
        found = tag_named(name)
        if found is None and not self.may_make:
            raise forms.ValidationError("No account has such a tag. Choose one that there is.")
        return found.name if found else name


class KnownTagForm(TagForm):
    new = False


def tags() -> QuerySet[Term]:
    return Term.objects.filter(vocabulary=TagFilter.VOCABULARY)


def tag_named(name: str) -> Term | None:
    """The tag of this name, however it is spelled."""
    return tags().filter(name=name).first() or tags().filter(name_key=name_key(name)).order_by("pk").first()


class CompanyActions(ScopedAdmin):
    """The actions of the list. None is done before a page has said what it would touch."""

    actions: ClassVar[Any] = ["assign", "add_tag", "remove_tag", "put_stage", "score_again", "export"]

    @admin.action(description="Assign to …", permissions=["change"])
    def assign(self, request: HttpRequest, chosen: QuerySet[Company]) -> HttpResponse | None:
        def read(form: Any) -> Choice:
            owner = form.cleaned_data["owner"]
            whom = name_of(owner) if owner else "nobody"
            return Choice(
                owner, f"assigned to {whom}", f"assigned to {whom}", bulk.with_value("owner", owner and owner.pk)
            )

        def do(ids: Sequence[int], owner: Any, user: User) -> str:
            return f"{companies(bulk.give(ids, owner, by=user))} assigned to {name_of(owner) if owner else 'nobody'}."

        return self.carry_out(request, chosen, "Assign", OwnerForm, read, do)

    @admin.action(description="Add a tag …", permissions=["change"])
    def add_tag(self, request: HttpRequest, chosen: QuerySet[Company]) -> HttpResponse | None:
        def read(form: Any) -> Choice:
            name = form.cleaned_data["tag"]
            term = tag_named(name)
            having = bulk.with_tag(term, wanted=True) if term else None
            return Choice(name, f"tagged “{name}”", "tagged so", having)

        def do(ids: Sequence[int], name: Any, user: User) -> str:
            # Somebody else may make the same tag at the same moment.
            term = tag_named(name) or Term.objects.get_or_create(vocabulary=TagFilter.VOCABULARY, name=name)[0]
            done = bulk.add_tag(ids, term, by=user)
            rescore_after_commit(ids)
            return f"{companies(done)} tagged “{name}”."

        return self.carry_out(request, chosen, "Tag", TagForm, read, do)

    @admin.action(description="Remove a tag …", permissions=["change"])
    def remove_tag(self, request: HttpRequest, chosen: QuerySet[Company]) -> HttpResponse | None:
        def read(form: Any) -> Choice:
            name = form.cleaned_data["tag"]
            return Choice(
                name, f"no longer tagged “{name}”", "without it", bulk.with_tag(tag_named(name), wanted=False)
            )

        def do(ids: Sequence[int], name: Any, user: User) -> str:
            term = tag_named(name)
            done = bulk.remove_tag(ids, term, by=user) if term else 0
            rescore_after_commit(ids)
            return f"{companies(done)} no longer tagged “{name}”."

        return self.carry_out(request, chosen, "Untag", KnownTagForm, read, do)

    @admin.action(description="Set the stage …", permissions=["change"])
    def put_stage(self, request: HttpRequest, chosen: QuerySet[Company]) -> HttpResponse | None:
        def read(form: Any) -> Choice:
            stage = form.cleaned_data["stage"]
            stored = None if stage == "unknown" else stage
            label = stage_name(stored)
            return Choice(stored, f"put at the stage {label}", "there", bulk.with_value("lifecycle_stage", stored))

        def do(ids: Sequence[int], stage: Any, user: User) -> str:
            done = bulk.put_stage(ids, stage, by=user)
            rescore_after_commit(ids)
            return f"{companies(done)} put at the stage {stage_name(stage)}."

        return self.carry_out(request, chosen, "Set the stage of", StageForm, read, do)

    @admin.action(description="Score again …", permissions=["change"])
    def score_again(self, request: HttpRequest, chosen: QuerySet[Company]) -> HttpResponse | None:
        def do(ids: Sequence[int], _: Any, user: User) -> str:
            done = rescore(list(ids), at=timezone.now())
            verb = "is" if len(ids) == 1 else "are"
            return f"{companies(len(ids))} {verb} up to date; {done.changed:,} results changed."

        return self.carry_out(request, chosen, "Score again", None, lambda form: Choice(None, "scored again"), do)

    @admin.action(description="Export as CSV …", permissions=["view"])
    def export(self, request: HttpRequest, chosen: QuerySet[Company]) -> HttpResponseBase | None:
        ids = self.ids_of(request, chosen)
        if ids is None:
            return None
        if CONFIRMED not in request.POST:
            said = f"{companies(len(ids))} will be exported with segment, points, reasons, owner and stage."
            return self.asked(request, "Export", ids, None, Extent(len(ids), tuple(ids)), (said,))
        return as_csv(f"companies-{timezone.now():%Y-%m-%d-%H%M}", COLUMNS, rows_of(request, ids))

    # What they share

    def carry_out(
        self,
        request: HttpRequest,
        chosen: QuerySet[Company],
        verb: str,
        form_class: Any,
        read: Callable[[Any], Choice],
        do: Callable[[Sequence[int], Any, User], str],
    ) -> HttpResponse | None:
        """The page that asks what to do and counts what it would touch; once that is confirmed, it is done."""
        ids = self.ids_of(request, chosen)
        if ids is None:
            return None
        form = None
        if form_class is not None:
            begun = any(name in request.POST for name in form_class.base_fields)
            form = form_class(request.POST if begun else None, request=request)
            if not form.is_valid():
                found = bulk.extent(ids, request.user)
                return self.asked(request, verb, ids, form, found, tuple(left_out(found, "")), chosen=False)
        choice = read(form)
        found = bulk.extent(ids, request.user, choice.having)
        if CONFIRMED not in request.POST or not found.ids:
            return self.asked(request, verb, ids, form, found, sentences(found, choice))
        if not isinstance(request.user, User):
            raise PermissionDenied
        try:
            self.message_user(request, do(found.ids, choice.value, request.user), messages.SUCCESS)
        except NoRuleset as error:
            self.message_user(request, str(error).capitalize(), messages.WARNING)
        return HttpResponseRedirect(request.get_full_path())

    def ids_of(self, request: HttpRequest, chosen: QuerySet[Company]) -> list[int] | None:
        """The chosen companies, in the order of the list; None, with a message, where they are too many."""
        ids = list(chosen.values_list("pk", flat=True)[: MOST + 1])
        if len(ids) <= MOST:
            return ids
        self.message_user(
            request,
            f"More than {MOST:,} companies match, and no action takes more. Narrow the list first.",
            messages.ERROR,
        )
        return None

    def asked(
        self,
        request: HttpRequest,
        verb: str,
        ids: Sequence[int],
        form: Any,
        found: Extent,
        said: tuple[str, ...],
        *,
        chosen: bool = True,
    ) -> HttpResponse:
        """What would be done, and the button that does it; or, before that, the form that asks for more."""
        names = list(Company.objects.filter(pk__in=found.ids[:SHOWN]).order_by().values_list("pk", "name"))
        by_id = dict(names)
        hidden = {"action": request.POST["action"]}
        if chosen and form is not None:
            hidden |= {name: request.POST.get(name, "") for name in form.fields}
        across = request.POST.get("select_across") == "1"
        confirmation = Confirmation(
            title=f"{verb} {companies(len(ids))}",
            button=f"{verb} {companies(len(found.ids))}" if chosen else "Continue",
            sentences=said,
            names=tuple(by_id[pk] for pk in found.ids[:SHOWN] if pk in by_id),
            possible=bool(found.ids),
            hidden=hidden,
        )
        # With all of them chosen the list's own address says which; one box must be ticked all the same.
        boxes = ids[:1] if across else ids
        return TemplateResponse(
            request,
            "crm/list/action.html",
            {
                **self.admin_site.each_context(request),
                "opts": self.opts,
                "title": confirmation.title,
                "confirmation": confirmation,
                "form": None if chosen else form,
                "more": len(found.ids) - len(confirmation.names),
                "ids": boxes,
                "across": across,
                "checkbox": ACTION_CHECKBOX_NAME,
                "confirmed": CONFIRMED,
                "chosen": chosen,
                "back": request.get_full_path(),
                "media": self.media + (form.media if form is not None else forms.Media()),
            },
        )


def stage_name(stage: str | None) -> str:
    return Company.Stage(stage).label if stage else "unknown"


def sentences(found: Extent, choice: Choice) -> tuple[str, ...]:
    """What would be done, and how many of the chosen stay as they are."""
    said = [f"{companies(len(found.ids))} will be {choice.will}."] if found.ids else ["Nothing would change."]
    return (*said, *left_out(found, choice.already))


def left_out(found: Extent, already: str) -> list[str]:
    """Why some of the chosen stay as they are."""
    said = []
    if found.not_yours:
        verb = "is" if found.not_yours == 1 else "are"
        stay = "stays as it is" if found.not_yours == 1 else "stay as they are"
        said.append(f"{found.not_yours:,} of the {found.chosen:,} chosen {verb} not yours to edit and {stay}.")
    if found.already:
        verb = "is" if found.already == 1 else "are"
        said.append(f"{found.already:,} {verb} already {already}.")
    return said
