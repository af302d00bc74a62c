"""How points and bands lie in each segment."""

from collections import Counter
from collections.abc import Iterator
from datetime import datetime

from crm.models import Score, ScoredProfile
from personas.models import Ruleset
from personas.rules.document import Document

from .classify import Span
from .survey_spans import NONE, UNDECIDED, Counts, Found, Survey, counted, fetch, ranked_keys

STATUS = {status.value: status.label for status in Score.Status}


def count(span: Span, ruleset: Ruleset, at: datetime) -> Counts:
    """Accounts by the segment that counts, profile, and what the profile says of their points."""
    return counted(
        fetch(
            f"""SELECT f.effective_segment, f.effective_status, s.profile_id, s.status, s.band, COUNT(*)
            FROM crm_score s JOIN crm_fit f ON f.company_id = s.company_id
            WHERE {span.holds("s.company_id")} AND {span.holds("f.company_id")} GROUP BY 1, 2, 3, 4, 5"""
        )
    )


def report(counts: Counts, ruleset: Ruleset, at: datetime) -> Found:
    """For each profile with bands, the accounts of each segment in each band.

    Where the band is not certain they are open, insufficient_data or disqualified.
    """
    document = ruleset.document()
    names = dict(ScoredProfile.objects.values_list("pk", "key"))
    cells: dict[str, Counter[tuple[str, str]]] = {}
    for (effective, status, profile, score_status, band), accounts in counts.items():
        place = effective or (UNDECIDED if status == "undecided" else NONE)
        said = band or ("open" if STATUS[score_status] == "exact" else STATUS[score_status])
        cells.setdefault(names.get(profile, ""), Counter())[place, said] += accounts
    ranked = ranked_keys(document)
    by_hand = sorted({effective for effective, *_ in counts if effective} - {*ranked})
    places = [*ranked, *by_hand, UNDECIDED, NONE]
    return {
        "profiles": [
            {
                "key": profile.key,
                "bands": [band.key for band in profile.bands],
                "rows": [
                    {
                        "segment": place,
                        "cells": {said: number for (at_, said), number in found.items() if at_ == place},
                    }
                    for place in places
                ],
            }
            for profile in document.profiles
            if profile.bands and (found := cells.get(profile.key))
        ]
    }


def text(found: Found, document: Document) -> Iterator[str]:
    for profile in found["profiles"]:
        yield profile["key"]
        for row in profile["rows"]:
            said = ", ".join(f"{number:,} {band}" for band, number in sorted(row["cells"].items()))
            yield f"  {row['segment']}: {said or 'no accounts'}"


BANDS = Survey(count, report, text)
