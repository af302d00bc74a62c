"""What can be known about a company: the kinds of fact and the built-in vocabulary."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum

from .words import fold

Number = int | Decimal
SURROGATE = re.compile("[\ud800-\udfff]")


class Kind(StrEnum):
    """What the values of a fact are like, and so which questions can be put to them."""

    INTEGER = "integer"
    DECIMAL = "decimal"
    MONEY = "money"
    PERCENT = "percent"
    DATE = "date"
    BOOLEAN = "boolean"
    CHOICE = "choice"
    TEXT = "text"
    SET = "set"


NUMBERS = frozenset({Kind.INTEGER, Kind.DECIMAL, Kind.MONEY, Kind.PERCENT})
WORDS = frozenset({Kind.CHOICE, Kind.TEXT})


@dataclass(frozen=True)
class Fact:
    """One thing to know about a company.

    `choices` empty means any word. `ordered` choices can be compared with
    at_least and at_most. `minimum` and `maximum` bound what is possible (ends
    included). `fresh_for_days` None means that a value never grows stale.
    `subject` says whom it is a fact of, a company or a contact; `result` that it
    comes out of scoring people.
    """

    key: str
    label: str
    kind: Kind
    unit: str = ""
    choices: tuple[str, ...] = ()
    ordered: bool = False
    minimum: Number | None = None
    maximum: Number | None = None
    fresh_for_days: int | None = None
    bonus_only: bool = False
    subject: str = "company"
    result: bool = False
    custom: bool = False
    explanation: str = ""


FUNDING_STAGES = (
    "bootstrapped", "pre_seed", "seed", "series_a", "series_b", "series_c", "series_d_plus", "public",
)  # fmt: skip
PROJECT_STAGES = ("side_project", "very_early", "startup", "growth")

BUILT_IN: Mapping[str, Fact] = {
    fact.key: fact
    for fact in (
        Fact("employees", "Employees", Kind.INTEGER, "people", minimum=0),
        Fact("monthly_revenue", "Monthly revenue", Kind.MONEY, "USD a month", minimum=0),
        Fact("consumer_users", "Consumer users", Kind.INTEGER, "users", minimum=0),
        Fact("funding_stage", "Funding stage", Kind.CHOICE, choices=FUNDING_STAGES, ordered=True),
        Fact("funding_total", "Funding raised", Kind.MONEY, "USD", minimum=0),
        Fact("is_public", "Listed on an exchange", Kind.BOOLEAN),
        Fact("founded", "Year founded", Kind.INTEGER, "year", minimum=1000, maximum=2100),
        Fact("company_type", "Company type", Kind.CHOICE),
        Fact("project_stage", "Project stage", Kind.CHOICE, choices=PROJECT_STAGES, ordered=True),
        Fact("country", "Country", Kind.TEXT, explanation="Two-letter code, as in ISO 3166."),
        Fact("city", "City", Kind.TEXT),
        Fact("industry", "Industry", Kind.TEXT),
        Fact("tags", "Tags", Kind.SET),
        Fact("investors", "Investors", Kind.SET),
        Fact("accelerators", "Accelerators", Kind.SET),
        Fact(
            "founder_employers", "Founders' former employers", Kind.SET,
            explanation="Where the founders among our contacts worked before.",
        ),
        Fact("domain", "Domain", Kind.TEXT),
        Fact("technologies", "Technologies", Kind.SET),
        Fact("personas", "Personas present", Kind.SET, explanation="From our contacts' job titles."),
        Fact("buying_roles", "Buying roles present", Kind.SET),
        Fact("titles", "Job titles", Kind.SET),
        Fact(
            "social_followers", "Social followers", Kind.INTEGER, "followers", minimum=0,
            explanation="The greatest number among our contacts.",
        ),
        Fact("contacts", "Contacts", Kind.INTEGER, "contacts", minimum=0),
        Fact(
            "day_job_segments", "Segments of day-job employers", Kind.SET, bonus_only=True,
            explanation="Segments of the companies where our contacts have their day job.",
        ),
        Fact(
            "champions", "Champions", Kind.INTEGER, "contacts", minimum=0,
            explanation="Contacts who speak for us, as somebody noted.",
        ),
        Fact(
            "champions_joined", "Champions who came from another account", Kind.INTEGER, "contacts", minimum=0,
            explanation="They spoke for us at another account and work here now.",
        ),
        Fact(
            "champions_left", "Champions who left", Kind.INTEGER, "contacts", minimum=0,
            explanation="They spoke for us here and work elsewhere now.",
        ),
        Fact(
            "best_contact_points", "Points of the best contact", Kind.DECIMAL, "points", result=True,
            explanation="From the profiles of people; the greatest among our contacts there.",
        ),
        Fact("lifecycle_stage", "Lifecycle stage", Kind.CHOICE),
        Fact("open_deals", "Open deals", Kind.INTEGER, "deals", minimum=0),
        Fact("last_activity", "Last activity", Kind.DATE),
    )
}  # fmt: skip

SENIORITIES = (
    "intern", "junior", "mid", "senior", "staff", "principal", "lead", "manager", "head", "director", "vp", "chief",
    "founder",
)  # fmt: skip

OF_CONTACTS: Mapping[str, Fact] = {
    fact.key: replace(fact, subject="contact")
    for fact in (
        Fact(
            "contact_persona", "Personas of the contact", Kind.SET,
            explanation="From the job title, or as somebody decided; unknown while it may be one of several.",
        ),
        Fact("contact_roles", "Buying roles of the contact", Kind.SET),
        Fact("contact_title", "Job title", Kind.TEXT),
        Fact("contact_function", "Kind of work", Kind.CHOICE, explanation="As the job title says."),
        Fact("contact_seniority", "Seniority", Kind.CHOICE, choices=SENIORITIES, ordered=True),
        Fact("contact_is_founder", "Is a founder", Kind.BOOLEAN),
        Fact("contact_is_champion", "Speaks for us", Kind.BOOLEAN),
        Fact("contact_followers", "Followers of the contact", Kind.INTEGER, "followers", minimum=0),
        Fact("contact_city", "City of the contact", Kind.TEXT),
        Fact("contact_employers", "Former employers of the contact", Kind.SET),
        Fact("contact_has_email", "Has an e-mail address", Kind.BOOLEAN),
        Fact("contact_consent", "Consent to be written to", Kind.CHOICE, choices=("given", "refused")),
        Fact("contact_last_activity", "Last activity with the contact", Kind.DATE),
    )
}  # fmt: skip


class InvalidValue(ValueError):
    """The value cannot be one of this fact; the text says why."""


@dataclass(frozen=True)
class Span:
    """A number known only to lie from `low` to `high`, ends included; None is no limit."""

    low: Number | None
    high: Number | None


@dataclass(frozen=True)
class Members:
    """What a set is known to hold; when not `complete` it may hold more."""

    names: frozenset[str]
    complete: bool = True


Known = Number | Span | date | bool | str | Members


def read(fact: Fact, raw: object, *, complete: bool = True) -> Known | None:
    """`raw`, as it stands in JSON, as a value of `fact`; None when it says nothing.

    Raises InvalidValue for what cannot be: a wrong type, a number out of
    bounds, a word that is no choice, text that no database takes.
    """
    if raw is None:
        return None
    if fact.kind in NUMBERS:
        return read_number(fact, raw)
    if fact.kind is Kind.BOOLEAN:
        if not isinstance(raw, bool):
            raise InvalidValue("is neither true nor false")
        return raw
    if fact.kind is Kind.DATE:
        return read_date(raw)
    if fact.kind is Kind.SET:
        if not isinstance(raw, list | tuple | set | frozenset):
            raise InvalidValue("is not a list")
        names = frozenset(fold(read_text(name)) for name in raw) - {""}
        return Members(names, complete)
    text = fold(read_text(raw))
    if text and fact.choices and text not in fact.choices:
        raise InvalidValue(f"is none of {', '.join(fact.choices)}")
    return text or None


def read_number(fact: Fact, raw: object) -> Number | Span:
    """A number of `fact`'s kind, or the span that {"low": …, "high": …} gives."""
    if isinstance(raw, Span):
        raw = {"low": raw.low, "high": raw.high}
    if isinstance(raw, Mapping):
        ends = dict(raw)
        low, high = (None if ends.get(end) is None else exact_number(fact, ends[end]) for end in ("low", "high"))
        if set(ends) - {"low", "high"} or (low is None and high is None):
            raise InvalidValue("is not a range with low, high, or both")
        if low is not None and high is not None and low > high:
            raise InvalidValue(f"starts at {low} and ends before that, at {high}")
        return low if low is not None and low == high else Span(low, high)
    return exact_number(fact, raw)


def exact_number(fact: Fact, raw: object) -> Number:
    """One number of `fact`'s kind within its bounds; an integer where there is no fraction."""
    if isinstance(raw, bool) or not isinstance(raw, int | float | Decimal):
        raise InvalidValue("is not a number")
    value: Number = raw if isinstance(raw, int) else Decimal(str(raw))
    if isinstance(value, Decimal):
        if not value.is_finite():
            raise InvalidValue("is not a finite number")
        if abs(value.adjusted()) > 30:
            raise InvalidValue("has too many digits")
        if value == value.to_integral_value():
            value = int(value)
        elif fact.kind is Kind.INTEGER:
            raise InvalidValue("is not a whole number")
    if not -(10**30) < value < 10**30:
        raise InvalidValue("has too many digits")
    if fact.minimum is not None and value < fact.minimum:
        raise InvalidValue(f"is below {fact.minimum}")
    if fact.maximum is not None and value > fact.maximum:
        raise InvalidValue(f"is above {fact.maximum}")
    return value


def read_date(raw: object) -> date:
    """The day that `raw` names: a date, a moment, or either as ISO 8601 text."""
    if isinstance(raw, datetime):
        return raw.date()
    if isinstance(raw, date):
        return raw
    if isinstance(raw, str):
        try:
            return datetime.fromisoformat(raw.strip()).date()
        except ValueError:
            pass
    raise InvalidValue("is not a date like 2026-01-31")


def read_text(raw: object) -> str:
    """`raw` as text that every database takes."""
    if not isinstance(raw, str):
        raise InvalidValue("is not text")
    if "\x00" in raw or (not raw.isascii() and SURROGATE.search(raw)):
        raise InvalidValue("holds a character that no database takes (NUL or a lone surrogate)")
    return raw
