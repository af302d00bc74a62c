"""Deals: what one needs, what it needs to be closed, and since when it is in its stage."""

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

from crm.models import Deal


class NoCurrency(ValueError):
    """The text is no currency."""


def currency_of(text: str | None) -> str | None:
    """A currency as three capital letters, None for nothing; raises NoCurrency."""
    currency = (text or "").strip().upper()
    if currency and not (len(currency) == 3 and currency.isascii() and currency.isalpha()):
        raise NoCurrency("A currency has three letters, such as USD.")
    return currency or None


def closing_day(said: Mapping[str, Any], *, today: date) -> date | None:
    """The day on which a deal of these values was closed: today where a closed one names none; None for an open one."""
    if said.get("stage") not in Deal.CLOSED:
        return None
    closed_on: date | None = said.get("closed_on")
    return closed_on or today


def stage_since(deal: Deal, *, today: date) -> date:
    """Since when a deal that comes into its stage now is in it."""
    return deal.closed_on or today


def wrong_with_amount(said: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """What is wrong with the amount of a deal of these values, and where; nothing while it is unknown."""
    if said.get("amount") is None:
        return
    if said["amount"] < 0:
        yield "amount", "An amount is at least 0."
    elif not said.get("currency"):
        yield "currency", "Say in which currency the amount is, such as USD."


def wrong_with_closing(said: Mapping[str, Any], *, today: date) -> Iterator[tuple[str, str]]:
    """What is wrong with the closing of a deal of these values, and where."""
    closed_on, opened_on = said.get("closed_on"), said.get("opened_on")
    if closed_on and closed_on > today:
        yield "closed_on", "This day is still to come. A deal is closed once that has happened."
    elif closed_on and opened_on and closed_on < opened_on:
        yield "closed_on", f"The deal was opened later, on {opened_on:%-d %b %Y}."
    if said.get("stage") == Deal.Stage.LOST and not said.get("outcome_reason"):
        yield "outcome_reason", "Say in a few words why it was lost."
