"""Bodies that may be copied, by the name of the call."""

from collections.abc import Mapping, Sequence

from drf_spectacular.utils import OpenApiExample


def body(said: str, value: object) -> OpenApiExample:
    return OpenApiExample(said, value, request_only=True)


ROWS_OF_COMPANIES = [
    {"domain": "acme.com", "name": "Acme", "employees": 120, "source": "crunchbase", "observed_on": "2026-01-31"},
    {"external_id": {"system": "salesforce", "value": "0015g"}, "employees": {"low": 11, "high": 50}},
]
ROWS_OF_CONTACTS = [{"email": "ada@acme.com", "name": "Ada Smith", "title": "VP Engineering", "domain": "acme.com"}]

EXAMPLES: Mapping[str, Sequence[OpenApiExample]] = {
    "companies_create": [
        body("A company", {"name": "Acme", "domain": "acme.com", "employees": 120, "tags": ["b2b", "saas"]}),
    ],
    "companies_partial_update": [
        body("A range, with its source", {
            "employees": {"low": 11, "high": 50},
            "sources": {"employees": {"source": "linkedin", "observed_on": "2026-01-31"}},
        }),
    ],
    "contacts_create": [
        body("A person", {"name": "Ada Smith", "email": "ada@acme.com", "title": "VP Engineering", "company": 12}),
    ],
    "contacts_partial_update": [body("She has moved", {"company": 34, "moved_on": "2026-01-31"})],
    "investors_create": [body("An investor", {"name": "Accel"})],
    "activities_create": [body("A note", {"company": 12, "kind": "note", "summary": "Asked for a trial"})],
    "deals_create": [body("A deal", {"company": 12, "name": "First year", "amount": 12000, "currency": "USD"})],
    "companies_bulk": [body("Two rows", ROWS_OF_COMPANIES)],
    "contacts_bulk": [body("One row", ROWS_OF_CONTACTS)],
    "companies_jobs_create": [body("Two rows", ROWS_OF_COMPANIES)],
    "contacts_jobs_create": [body("One row", ROWS_OF_CONTACTS)],
    "webhooks_create": [
        body("Every change of segment", {
            "name": "Slack", "url": "https://hooks.example.com/icp", "events": ["company.segment_changed"],
        }),
    ],
    "rulesets_create": [body("The draft, after ruleset 7", {"draft": True, "base": 7, "note": "Smaller accounts"})],
    "lists_entries_create": [body("A name", {"name": "Sequoia Capital", "aliases": ["Sequoia"]})],
}  # fmt: skip
"""What is not here says so beside its view."""
