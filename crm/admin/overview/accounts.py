"""Accounts by segment and band, certain and open."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.db.models import Count

from crm.admin.standing import STANCES
from crm.models import Fit
from crm.scoring.survey_spans import NONE, UNDECIDED, UNSCORED, Found, share
from personas.rules.document import Document

from .frame import companies, companies_in, names_of

SAID = {"open": "Open", "insufficient_data": "Not enough data", "disqualified": "Ruled out"}


@dataclass(frozen=True)
class SegmentRow:
    """One segment, or one reason to be in none: how many accounts, and how many more could still be in it."""

    name: str
    note: str
    icon: str
    accounts: int
    link: str
    share: int
    could_be: int | None = None
    could_be_link: str = ""


def segment_rows(document: Document, worklist: Found | None) -> list[SegmentRow]:
    """How many accounts are in each segment now, counted by index."""
    counts = list(
        Fit.objects.order_by().values_list("effective_segment", "effective_status").annotate(accounts=Count("pk"))
    )
    total = sum(number for *_, number in counts)
    could_be = (worklist or {}).get("could_be", {})
    rows = []
    for profile in document.ranked():
        accounts = sum(number for segment, _, number in counts if segment == profile.key)
        word, icon = STANCES[profile.stance] if profile.stance else ("", "category")
        rows.append(
            SegmentRow(
                profile.name,
                word,
                icon,
                accounts,
                companies_in(profile.key),
                share(accounts, total),
                could_be.get(profile.key, 0) if worklist is not None else None,
                companies(possible=profile.key, status=UNDECIDED),
            )
        )
    ranked = {profile.key for profile in document.ranked()}
    names = names_of(document)
    for key in sorted({segment for segment, *_ in counts if segment} - ranked):
        accounts = sum(number for segment, _, number in counts if segment == key)
        rows.append(
            SegmentRow(
                names.get(key, key), "Set by hand", "back_hand", accounts, companies_in(key), share(accounts, total)
            )
        )
    for place, note, icon in (
        (UNDECIDED, "A fact is missing", "help"),
        (NONE, "Ruled out by facts or by hand", "do_not_disturb_on"),
        (UNSCORED, "Waiting for a worker", "hourglass_empty"),
    ):
        status = None if place == UNSCORED else place
        accounts = sum(number for _, found, number in counts if found == status)
        if accounts or place != UNSCORED:
            rows.append(SegmentRow(names[place], note, icon, accounts, companies_in(place), share(accounts, total)))
    return rows


def band_tables(document: Document, found: Found) -> Iterator[dict[str, Any]]:
    """For each profile with bands a table: segments down, bands across, then what is not certain."""
    names = names_of(document)
    profiles = {profile.key: profile for profile in document.profiles}
    for each in found["profiles"]:
        if each["key"] not in profiles:
            continue
        said = {key for row in each["rows"] for key in row["cells"]}
        columns = [*each["bands"], *(key for key in SAID if key in said)]
        yield {
            "name": profiles[each["key"]].name,
            "columns": [SAID.get(key, key.capitalize()) for key in columns],
            "rows": [
                {
                    "name": names.get(row["segment"], row["segment"]),
                    "cells": [
                        {
                            "accounts": row["cells"].get(key, 0),
                            "share": share(row["cells"].get(key, 0), sum(row["cells"].values())),
                            "link": companies_in(row["segment"], band=f"{each['key']}:{key}"),
                        }
                        for key in columns
                    ],
                }
                for row in each["rows"]
            ],
        }
