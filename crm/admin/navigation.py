"""The sidebar."""

from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest
from django.urls import reverse


@dataclass(frozen=True)
class Item:
    """One entry: the model whose list it opens; `permission` where that is not the one to see the model.

    `also` is a further permission that it takes, and `page` the address of an entry that opens no list.
    """

    title: str
    icon: str
    model: str
    permission: str = ""
    also: str = ""
    page: str = ""


GROUPS = {
    "Sales": [
        Item("Companies", "domain", "crm.company"),
        Item("Contacts", "contacts", "crm.contact"),
        Item("Deals", "handshake", "crm.deal"),
        Item("Pipeline", "view_kanban", "crm.deal", also="crm.view_company", page="admin:crm_deal_board"),
        Item("Activities", "event_note", "crm.activity"),
    ],
    "Overview": [
        Item("Dashboard", "monitoring", "crm.company", also="crm.see_all_companies", page="overview"),
        Item("Worklist", "travel_explore", "crm.company", also="crm.see_all_companies", page="overview_worklist"),
    ],
    "Who we look for": [
        Item("Handbook", "menu_book", "personas.profile", page="handbook"),
        Item("Profiles", "target", "personas.profile"),
        Item("Personas", "groups", "personas.profile", page="personas"),
        Item("Job titles", "badge", "crm.jobtitle", page="titles"),
        Item("Lists", "list_alt", "personas.namedlist"),
        Item("Facts", "data_object", "personas.customfact"),
        Item("Rulesets", "rule", "personas.ruleset"),
        Item("Opinions", "reviews", "crm.opinion", "personas.change_profile"),
        Item("Simulations", "science", "crm.simulation", "personas.change_profile", also="crm.see_all_companies"),
    ],
    "Scoring": [
        Item("Rollouts", "publish", "crm.rollout"),
        Item("Lanes", "engineering", "crm.lane"),
        Item("Audits", "fact_check", "crm.audit"),
        Item("Broker outages", "notifications_off", "crm.brokeroutage"),
    ],
    "Settings": [
        Item("Investors", "account_balance", "crm.investor"),
        Item("Employers", "work", "crm.employer"),
        Item("Vocabularies", "sell", "crm.term"),
        Item("Exchange rates", "currency_exchange", "crm.exchangerate"),
        Item("Integrations", "key", "crm.integration"),
        Item("Webhooks", "webhook", "crm.webhooksubscription"),
        Item("Users", "person", "auth.user"),
        Item("Groups", "group", "auth.group"),
    ],
}


def sidebar(request: HttpRequest) -> list[dict[str, Any]]:
    """The groups with the entries that this person may open."""
    home = {"title": "Home", "icon": "home", "link": reverse("admin:index")}
    groups: list[dict[str, Any]] = [{"title": None, "items": [home]}]
    for title, items in GROUPS.items():
        seen = [entry(item) for item in items if may_open(request, item)]
        if seen:
            groups.append({"title": title, "separator": True, "items": seen})
    return marked(groups, request.path)


def marked(groups: list[dict[str, Any]], path: str) -> list[dict[str, Any]]:
    """The groups, in which one entry at most is active: the one whose address says most of `path`."""
    entries = [each for group in groups for each in group["items"]]
    home = reverse("admin:index")
    here = [
        each["link"] for each in entries if path.startswith(each["link"]) and (each["link"] != home or path == home)
    ]
    best = max(here, key=len, default=None)
    for each in entries:
        each["active"] = each["link"] == best
    return groups


def may_open(request: HttpRequest, item: Item) -> bool:
    """Whether this person may open the entry."""
    if item.also and not request.user.has_perm(item.also):
        return False
    return request.user.has_perm(item.permission) if item.permission else may_view(request, item.model)


def entry(item: Item) -> dict[str, Any]:
    """An item as Unfold wants it."""
    return {
        "title": item.title,
        "icon": item.icon,
        "link": reverse(item.page or f"admin:{item.model.replace('.', '_')}_changelist"),
    }


def may_view(request: HttpRequest, model: str) -> bool:
    """Whether this person may see the list of `model`."""
    app, _, name = model.partition(".")
    return any(request.user.has_perm(f"{app}.{may}_{name}") for may in ("view", "change"))
