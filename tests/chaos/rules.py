"""Two rulesets that read what the writers change: the first one, and the one published in the midst."""

from typing import Any


def document(smallest: int, seats: int) -> dict[str, Any]:
    """Rules over facts of every kind: who is big enough has `smallest` people, who uses it broadly has `seats`."""
    return {
        "format": 1,
        "facts": {"seats": {"kind": "integer", "fresh_for_days": 30}},
        "lists": {
            "leading": {"title": "Leading", "contains_from": 8, "entries": ["Sequoia Capital", "Accel"]},
            "giants": {"title": "Giants", "contains_from": 8, "entries": ["Grand Works"]},
        },
        "personas": [
            {"key": "sam", "buying_roles": ["user", "influencer"]},
            {"key": "pam", "buying_roles": ["decision_maker"]},
        ],
        "profiles": [
            {
                "key": "growth",
                "name": "Growth",
                "stance": "focus",
                "rank": 1,
                "must": [
                    {"key": "size", "when": {"fact": "employees", "between": [smallest, 500]}},
                    {"key": "backed", "when": {"fact": "investors", "any_in_list": "leading"}},
                ],
                "components": [
                    {
                        "key": "use",
                        "combine": "first",
                        "rows": [
                            {"key": "broad", "when": {"fact": "seats", "at_least": seats}, "points": 30},
                            {"key": "some", "when": {"fact": "seats", "at_least": 1}, "points": 10},
                        ],
                    }
                ],
                "bonus": [{"key": "job", "when": {"fact": "day_job_segments", "any_of": ["early"]}, "points": 7}],
            },
            {
                "key": "early",
                "name": "Early",
                "stance": "develop",
                "rank": 2,
                "must": [{"key": "small", "when": {"fact": "employees", "less_than": smallest}}],
            },
            {
                "key": "card",
                "name": "Card",
                "components": [{"key": "all", "combine": "sum", "rows": rows()}],
            },
            {
                "key": "whom",
                "name": "Whom to write to",
                "subject": "contact",
                "components": [{"key": "all", "combine": "sum", "rows": rows_of_people(seats)}],
            },
        ],
    }


def rows() -> list[dict[str, Any]]:
    """A line for everything that a writer can change."""
    conditions: dict[str, dict[str, Any]] = {
        "size": {"fact": "employees", "at_least": 100},
        "stage": {"fact": "funding_stage", "at_least": "series_a"},
        "founded": {"fact": "founded", "at_least": 2015},
        "city": {"fact": "city", "is": "Berlin"},
        "people": {"fact": "contacts", "at_least": 2},
        "title": {"fact": "personas", "any_of": ["sam"]},
        "role": {"fact": "buying_roles", "any_of": ["decision_maker"]},
        "words": {"fact": "titles", "any_of": ["Head of Chaos"]},
        "backed": {"fact": "investors", "any_in_list": "leading"},
        "tagged": {"fact": "tags", "any_of": ["Infra"]},
        "deals": {"fact": "open_deals", "at_least": 1},
        "touched": {"fact": "last_activity", "within_days": 30},
        "giants": {"fact": "founder_employers", "any_in_list": "giants"},
        "seats": {"fact": "seats", "at_least": 5},
        "best": {"fact": "best_contact_points", "at_least": 5},
    }
    return [
        {"key": key, "when": condition, "points": 2**place} for place, (key, condition) in enumerate(conditions.items())
    ]


def rows_of_people(seats: int) -> list[dict[str, Any]]:
    """Lines on what writers change of a person, and of their company."""
    conditions: dict[str, dict[str, Any]] = {
        "persona": {"fact": "contact_persona", "any_of": ["sam"]},
        "followed": {"fact": "contact_followers", "at_least": 3},
        "seats": {"fact": "seats", "at_least": seats},
        "city": {"fact": "city", "is": "Berlin"},
    }
    return [
        {"key": key, "when": condition, "points": 2**place} for place, (key, condition) in enumerate(conditions.items())
    ]


FIRST = document(smallest=15, seats=50)
SECOND = document(smallest=25, seats=20)
