"""Every page of the product with something on it, taken from the addresses themselves."""

import io
from collections.abc import Iterator, Sequence
from typing import Any

from django.apps import apps
from django.contrib.auth.models import User
from django.core.management import call_command
from django.db import models
from django.urls import URLPattern, URLResolver, get_resolver, reverse
from django.utils import timezone

from crm.models import Audit, BrokerOutage, ExchangeRate, Fit, Lane, Opinion, Rollout
from crm.scoring import simulations
from crm.scoring.drain import rescore_all
from crm.scoring.temporary import analyze
from personas.models import Component, Criterion, CustomFact, GoldenCase, ListEntry, NamedList, Persona, Profile
from personas.publishing import draft


def fill() -> None:
    """The sample of the demo, scored, with a simulation and a row of each kind that operation leaves."""
    call_command("demo_data", stdout=io.StringIO())
    # Nothing is committed before the end, so PostgreSQL does not find out by itself.
    analyze(*(each._meta.db_table for each in apps.get_app_config("crm").get_models()))
    now = timezone.now()
    rescore_all(at=now)
    simulations.ask(draft(), asked_by=None, at=now)
    simulations.advance(lambda: False)
    ExchangeRate.objects.create(currency="EUR", usd="1.1", as_of=now.date())
    BrokerOutage.objects.create(began_at=now, reason="TimeoutError")
    Audit.objects.get_or_create(day=now.date())
    Lane.objects.get_or_create(number=0)
    CustomFact.objects.create(key="web_visits", label="Web visits", kind="integer", unit="visits")
    Opinion.objects.create(
        company=Fit.objects.best_first()[0].company,
        ruleset=1,
        answer="none",
        agrees=False,
        reason="They are larger than that",
        author=User.objects.get(username="rep"),
    )
    call_command("survey", stdout=io.StringIO())
    Rollout.objects.get_or_create(ruleset=1, defaults={"started_at": now, "accounts": 300})


def named(found: Sequence[URLPattern | URLResolver], inside: str = "") -> Iterator[tuple[str, list[str]]]:
    """The name of each address, and of what stands in it."""
    for each in found:
        if isinstance(each, URLResolver):
            yield from named(each.url_patterns, f"{each.namespace}:" if each.namespace else inside)
        elif each.name and not (each.pattern.regex.groups and not each.pattern.converters):
            yield f"{inside}{each.name}", list(each.pattern.converters)


def model_of(name: str) -> type[models.Model] | None:
    """The model that the name of an address begins with."""
    label = ".".join(name.removeprefix("admin:").split("_")[:2])
    try:
        return apps.get_model(label)
    except (LookupError, ValueError):
        return None


def value_of(parameter: str, name: str) -> Any:
    """A row to look at; None where there is none."""
    first = {
        "profile_id": Profile.objects.filter(key="high-growth-startup"),
        "criterion_id": Criterion.objects.filter(profile__key="high-growth-startup", component=None),
        "component_id": Component.objects.filter(profile__key="high-growth-startup"),
        "case_id": GoldenCase.objects.all(),
        "company_id": Fit.objects.best_first(),
        "persona_id": Persona.objects.all(),
        "list_id": NamedList.objects.all(),
        "fact_id": CustomFact.objects.all(),
        "entry_id": ListEntry.objects.filter(named_list=NamedList.objects.first()),
    }
    if parameter in ("fact", "key"):
        return "employees"
    if parameter == "persona":
        return "sam-software"
    if parameter in first:
        row = first[parameter].first()
        return row.pk if row else None
    model = model_of(name)
    if model is None:
        return None
    best = Fit.objects.best_first().first()
    if model._meta.label == "crm.Company" and best:
        return best.pk
    row = model._default_manager.first()
    return row.pk if row else None


def named_addresses() -> dict[str, str]:
    """The address of each page that can be shown with the rows there are, by its name."""
    found = {}
    for name, parameters in named(get_resolver().url_patterns):
        values = {parameter: value_of(parameter, name) for parameter in parameters}
        if None not in values.values():
            found[name] = reverse(name, kwargs=values or None)
    return found


def addresses() -> list[str]:
    """The same without names, and pages that only a question leads to; without the way out."""
    found = list(named_addresses().values())
    one, other = Fit.objects.best_first().values_list("company", flat=True)[:2]
    found += [
        reverse("admin:crm_company_changelist") + "?segment=high-growth-startup&owned=nobody",
        reverse("admin:crm_company_changelist") + "?q=nothing+is+called+this",
        reverse("admin:crm_company_compare", args=[one]) + f"?with={other}",
    ]
    return sorted(set(found) - {reverse("admin:logout")})
