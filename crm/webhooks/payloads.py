"""What a message says: thin, with ids and what moved, and links to the rest."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from crm.models import FitChange, Outbox
from personas.rules.results import points_json
from personas.rules.texts import jsonable

API = "/api/v1"


def message(kind: str, at: datetime, data: Mapping[str, object]) -> str:
    """The body of a message, as it is sent and signed."""
    return json.dumps({"type": kind, "timestamp": moment(at), "data": data}, ensure_ascii=False, separators=(",", ":"))


def moment(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def of_fit(change: FitChange, company: Mapping[str, Any]) -> dict[str, object]:
    """A result that changed."""
    first = change.status_before is None
    return {
        "company": named(company),
        "change": {"id": change.pk},
        "before": None if first else side(change, "before"),
        "after": side(change, "after"),
        "cause": change.cause,
        "links": links(company) | {"change": f"{API}/fit-changes/{change.pk}/"},
    }


def side(change: FitChange, when: str) -> dict[str, object]:
    """The result `before` or `after` a change; points are null while they are not certain."""
    low, high = getattr(change, f"low_{when}"), getattr(change, f"high_{when}")
    return {
        "segment": getattr(change, f"segment_{when}"),
        "status": getattr(change, f"status_{when}"),
        "effective_segment": getattr(change, f"effective_{when}"),
        "points": points_json(low) if low == high else None,
        "low": points_json(low),
        "high": points_json(high),
        "band": getattr(change, f"band_{when}"),
        "ruleset": getattr(change, f"ruleset_{when}"),
    }


def of_contact(row: Outbox, company: Mapping[str, Any] | None) -> dict[str, object]:
    """A contact whose personas changed; never who that is, only the id."""
    return {
        "contact": {"id": row.contact},
        "company": named(company) if company else None,
        "before": {"personas": personas(row.before)},
        "after": {"personas": personas(row.after)},
        "cause": row.cause,
        "links": (links(company) if company else {}) | {"contact": f"{API}/contacts/{row.contact}/"},
    }


def personas(text: str | None) -> list[str]:
    return [each for each in (text or "").split(",") if each]


def of_deal(row: Outbox, company: Mapping[str, Any], hidden: int | None = None) -> dict[str, object]:
    """A deal that was made, changed or deleted; that it was at an account that is `hidden` is not said."""
    before = deal(row.before)
    if before is not None and before["company"] == hidden:
        before["company"] = None
    return {
        "deal": {"id": row.deal},
        "company": named(company),
        "before": before,
        "after": deal(row.after),
        "cause": row.cause,
        "links": links(company) | {"deal": f"{API}/deals/{row.deal}/"},
    }


def deal(text: str | None) -> dict[str, object] | None:
    """The columns of a deal as the API names them."""
    if text is None:
        return None
    found: dict[str, Any] = json.loads(text)
    amount = found["amount"]
    return {
        **{name: found[name] for name in ("name", "stage")},
        "amount": None if amount is None else jsonable(Decimal(amount)),
        **{name: found[name] for name in ("currency", "opened_on", "closed_on", "outcome_reason")},
        "owner": found["owner_id"],
        "company": found["company_id"],
    }


def of_ruleset(row: Outbox) -> dict[str, object]:
    """A ruleset that is in force from now on."""
    number = row.ruleset or 0
    return {
        "ruleset": {"number": number},
        "before": {"number": number - 1} if number > 1 else None,
        "after": {"number": number},
        "cause": row.cause,
        "links": {"ruleset": f"{API}/rulesets/{number}/"},
    }


def of_test() -> dict[str, object]:
    """What the test button sends."""
    return {"text": "This is a test. If you can read it and the signature is right, everything works."}


def named(company: Mapping[str, Any]) -> dict[str, object]:
    return {"id": company["pk"], "name": company["name"], "domain": company["domain"]}


def links(company: Mapping[str, Any]) -> dict[str, str]:
    here = f"{API}/companies/{company['pk']}/"
    return {"company": here, "fit": f"{here}fit/", "page": f"/admin/crm/company/{company['pk']}/change/"}
