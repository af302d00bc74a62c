"""What a simulation found, as plain values that are kept with it and shown to people."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from crm.job_titles import fingerprint
from crm.models import Company
from personas.models import Ruleset
from personas.rules.conditions import comparisons
from personas.rules.document import Document, Line
from personas.rules.text import sentence

from .contacts import contact_part
from .explain import Receipt, explain
from .failures import FAULTS
from .simulate import Walk
from .simulation_changes import ChangedLine
from .simulation_tally import Tally, bucket

Report = dict[str, Any]

MOST_SHOWN = 50
MOST_OWNERS = 200
STEPS = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000, 100_000, 1_000_000)
MOST_STEPS = 12
KINDS = {"disqualify": "Rules out", "must": "Must hold", "points": "Points", "bonus": "Bonus", "flag": "Flag"}


def report(walk: Walk) -> Report:
    """Everything that `walk` has counted, with receipts of the accounts that move most."""
    tally = walk.tally
    before, after = walk.before.document, walk.after.document
    top = next((profile.key for profile in (*after.ranked(), *before.ranked())), "")
    return {
        "accounts": tally.looked,
        "stale": tally.stale,
        "failed": sum(n for key, n in tally.counts.items() if key[0] == "segment" and key[2] == "failed"),
        "people_as_they_are": keeps_people(before, after),
        "moved": sum(n for key, n in tally.counts.items() if key[0] == "segment" and key[1] != key[2]),
        "segments": matrix(tally, ("segment",), segment_names(before, after)),
        "bands": [
            {"profile": key, "name": name, **matrix(tally, ("band", key), band_names(tally, key))}
            for key, name in profile_names(before, after)
            if has_bands(before, after, key) and any(each[:2] == ("band", key) for each in tally.counts)
        ],
        "points": [
            {"profile": key, "name": name, **distribution(tally, key)}
            for key, name in (("", "Headline"), *profile_names(before, after))
            if any(each[:2] == ("points", key) for each in tally.counts)
        ],
        "certainty": {
            f"{what}_{way}": tally.counts["certainty", what, way]
            for what in ("segment", "points")
            for way in ("opens", "settles")
        },
        "overrides": [
            {"before": one, "after": other, "accounts": accounts, "bucket": bucket("override", one, other)}
            for (kind, *ends), accounts in sorted(tally.counts.items())
            if kind == "override"
            for one, other in [ends]
        ],
        "owners": owners(tally),
        "lines": [line_counts(tally, each, before, after) for each in walk.lines],
        "movers": movers(walk, [(each.company_id, each.delta) for each in tally.movers]),
        "top": {"profile": top, "name": dict(profile_names(before, after)).get(top, top)},
        "top_moves": movers(walk, [(company_id, 0) for company_id in moves_of(tally, top)]),
    }


def profile_names(before: Document, after: Document) -> list[tuple[str, str]]:
    """The profiles of both documents with their names, segments by rank first."""
    found: dict[str, str] = {}
    for document in (after, before):
        for profile in (*document.ranked(), *document.profiles):
            found.setdefault(profile.key, profile.name)
    return list(found.items())


def segment_names(before: Document, after: Document) -> dict[str, str]:
    """The places of the matrix of segments in the order in which they are shown, with their names."""
    ranked = {profile.key for document in (before, after) for profile in document.ranked()}
    out: dict[str, str] = {}
    for key, name in profile_names(before, after):
        if key in ranked:
            out[f"settled:{key}"] = name
            out[f"provisional:{key}"] = f"{name}, provisional"
    return out | {
        "undecided": "Undecided",
        "none": "In no segment",
        "failed": "Cannot be scored",
        "unscored": "Not scored yet",
    }


def band_names(tally: Tally, profile: str) -> dict[str, str]:
    """The places of the matrix of bands, with their names."""
    places = {place for key in tally.counts if key[:2] == ("band", profile) for place in key[2:]}
    bands = sorted(place for place in places if place.startswith("band:"))
    others = [each for each in OTHER_BANDS if each in places]
    return {place: place.removeprefix("band:").replace("_", " ").capitalize() for place in (*bands, *others)}


OTHER_BANDS = ("below all bands", "open", "not enough data", "disqualified", "no profile")


def has_bands(before: Document, after: Document, key: str) -> bool:
    return any(profile.bands for document in (before, after) for profile in document.profiles if profile.key == key)


def matrix(tally: Tally, place: tuple[str, ...], names: Mapping[str, str]) -> Report:
    """Where accounts are before and after: the places that anyone has, and how many go from one to the other."""
    found = {key[-2:]: n for key, n in tally.counts.items() if key[: len(place)] == place}
    rows = [key for key in names if any(one == key for one, _ in found)]
    columns = [key for key in names if any(other == key for _, other in found)]
    return {
        "rows": [[key, names[key]] for key in rows],
        "columns": [[key, names[key]] for key in columns],
        "cells": [
            {"before": one, "after": other, "accounts": found[one, other], "bucket": bucket(*place, one, other)}
            for one in rows
            for other in columns
            if (one, other) in found
        ],
    }


def distribution(tally: Tally, profile: str) -> Report:
    """How many accounts have how many points, before and after, in at most MOST_STEPS steps."""
    found: dict[tuple[str, str], int] = {
        (key[2], key[3]): n for key, n in tally.counts.items() if key[:2] == ("points", profile)
    }
    whole = [int(step) for _, step in found if step.lstrip("-").isdigit()]
    width = 1
    if whole:
        width = next((each for each in STEPS if (max(whole) - min(whole)) // each < MOST_STEPS), STEPS[-1])
    starts = range(min(whole) // width * width, max(whole) + 1, width) if whole else range(0)
    return {
        "width": width,
        "steps": [
            {"from": start, "to": start + width - 1}
            | {
                side: sum(found.get((side, str(points)), 0) for points in range(start, start + width))
                for side in ("before", "after")
            }
            for start in starts
        ][: 4 * MOST_STEPS],
        "open": [found.get((side, "open"), 0) for side in ("before", "after")],
        "nothing": [found.get((side, "nothing"), 0) for side in ("before", "after")],
    }


def owners(tally: Tally) -> list[Report]:
    """What each owner wins and loses by segment, those with the most moves first; owner None is nobody."""
    books: dict[str, dict[str, dict[str, int]]] = {}
    for (owner, lost, won), accounts in tally.owners.items():
        book = books.setdefault(owner, {"won": {}, "lost": {}})
        for name, segment in (("won", won), ("lost", lost)):
            if segment:
                book[name][segment] = book[name].get(segment, 0) + accounts
    rows = [
        {
            "owner": int(owner) if owner else None,
            **book,
            "moves": sum(book["won"].values()) + sum(book["lost"].values()),
        }
        for owner, book in books.items()
    ]
    return sorted(rows, key=lambda row: (-row["moves"], row["owner"] or 0))[:MOST_OWNERS]  # type: ignore[operator]


def keeps_people(before: Document, after: Document) -> bool:
    """Whether a rule reads points of people that would be others by the draft: a walk reads the stored ones."""
    asked = {
        each.fact
        for document in (before, after)
        for profile in document.profiles
        for condition in profile.conditions()
        for each in comparisons(condition)
    }
    if "best_contact_points" not in asked:
        return False
    return contact_part(before) != contact_part(after) or fingerprint(before.personas) != fingerprint(after.personas)


def line_counts(tally: Tally, changed: ChangedLine, before: Document, after: Document) -> Report:
    """How many accounts hold, fail and leave open a line that differs, before and after."""
    profile, kind, _, key = changed.place
    shown = changed.after or changed.before
    names = dict(profile_names(before, after))
    counts = {
        side: [tally.lines[(*changed.place, side, answer)] for answer in ("yes", "no", "open")]
        if line is not None
        else None
        for side, line in (("before", changed.before), ("after", changed.after))
    }
    return {
        "profile": names.get(profile, profile),
        "kind": KINDS[kind],
        "key": key,
        "label": shown.label if shown else key,
        "said_before": said(changed.before, before),
        "said_after": said(changed.after, after),
        **counts,
    }


def said(line: Line | None, document: Document) -> str:
    """The line in words, with its points."""
    if line is None:
        return ""
    words = sentence(line.when, document.vocabulary, {named.key: named for named in document.lists})
    return words if line.points is None else f"{words} ({line.points} points)"


def moves_of(tally: Tally, profile: str) -> list[int]:
    """Some of the accounts that come into the segment, or leave it: at most MOST_SHOWN."""
    place = f"settled:{profile}"
    found: list[int] = []
    for name, ids in sorted(tally.ids.items()):
        kind, *ends = name.split("|")
        if kind == "segment" and place in ends:
            found += ids
    return sorted(set(found))[:MOST_SHOWN]


# Receipts, of a few


def movers(walk: Walk, accounts: Sequence[tuple[int, int]]) -> list[Report]:
    """These accounts with what the two sides say of each, and the lines that make the difference."""
    companies = Company.objects.in_bulk([company_id for company_id, _ in accounts])
    out = []
    for company_id, delta in accounts:
        company = companies.get(company_id)
        if company is None:
            continue
        try:
            before, after = receipts(company, walk.active_ruleset, walk.draft_ruleset, walk.at)
        except FAULTS:
            continue
        out.append(
            {
                "company": company_id,
                "delta": delta,
                "before": standing(before),
                "after": standing(after),
                "lines": line_differences(before, after),
            }
        )
    return out


def receipts(company: Company, active: Ruleset | None, draft: Ruleset, at: datetime) -> tuple[Receipt | None, Receipt]:
    """What the active rules and the draft say of `company` as it is now."""
    return (explain(company, at=at, ruleset=active) if active else None), explain(company, at=at, ruleset=draft)


def standing(receipt: Receipt | None) -> Report | None:
    """The segment and the points of a receipt, in words."""
    if receipt is None:
        return None
    key = receipt.segment.key or receipt.segment.provisional
    shown = next((each for each in receipt.profiles if each.key == key), None) or next(iter(receipt.profiles), None)
    return {"segment": receipt.segment_text, "points": shown.points_text if shown else ""}


def line_differences(before: Receipt | None, after: Receipt) -> list[Report]:
    """The lines whose answer or points are not the same in two receipts."""
    return [each for each in line_pairs(before, after) if each["before"] != each["after"]]


def line_pairs(before: Receipt | None, after: Receipt) -> list[Report]:
    """Every line of two receipts, with answer and points on both sides; None where it is not there."""
    old, new = receipt_lines(before), receipt_lines(after)
    labels = {place: label for lines in (old, new) for place, (label, _) in lines.items()}
    return [
        {
            "line": labels[place],
            "profile": place[0],
            "group": place[1],
            "before": old[place][1] if place in old else None,
            "after": new[place][1] if place in new else None,
        }
        for place in dict.fromkeys((*new, *old))
    ]


def receipt_lines(receipt: Receipt | None) -> dict[tuple[str, ...], tuple[str, list[str]]]:
    """Label, answer and points of each line, by its place."""
    out: dict[tuple[str, ...], tuple[str, list[str]]] = {}
    for profile in receipt.profiles if receipt else ():
        for group in profile.groups:
            for line in group.lines:
                points = "" if line.points is None else str(line.points)
                out[profile.name, group.title, line.key] = line.label or line.key, [line.answer.word, points]
    return out


def as_text(found: Report, names: Mapping[int, str]) -> Iterator[str]:
    """The report in lines for a terminal; `names` are those of companies."""
    stale = f", {found['stale']:,} of them behind and scored by both rules" if found["stale"] else ""
    yield f"{found['accounts']:,} accounts looked at{stale}; {found['moved']:,} come to stand elsewhere."
    if found["failed"]:
        yield f"{found['failed']:,} accounts cannot be scored by this document; they would keep what they have."
    yield from matrix_text("Segments: before (rows), after (columns)", found["segments"])
    for band in found["bands"]:
        yield from matrix_text(f"Bands of {band['name']}", band)
    certainty = found["certainty"]
    yield ""
    for what in ("segment", "points"):
        opens, settles = (f"{certainty[f'{what}_{way}']:,}" for way in ("opens", "settles"))
        yield f"{what.capitalize()} no longer certain: {opens} accounts; newly certain: {settles}."
    for each in found["lines"]:
        yield f"{each['profile']}, {each['label']}: {counts_text(each['before'])} -> {counts_text(each['after'])}"
    for each in found["overrides"]:
        if each["before"] != each["after"]:
            yield f"Overrides {each['before']} before, {each['after']} after: {each['accounts']:,}."
    for title, key in (("Biggest movers", "movers"), (f"Into or out of {found['top']['name']}", "top_moves")):
        if found[key]:
            yield ""
            yield f"{title}:"
            yield from (mover_text(each, names) for each in found[key])


def mover_text(each: Report, names: Mapping[int, str]) -> str:
    before = each["before"] or {"points": "-", "segment": "not scored"}
    after = each["after"]
    return (
        f"  {names.get(each['company'], each['company'])}: {before['points']} -> {after['points']} points,"
        f" {before['segment']} -> {after['segment']}"
    )


def counts_text(counts: Sequence[int] | None) -> str:
    if counts is None:
        return "not there"
    return f"{counts[0]:,} hold, {counts[1]:,} fail, {counts[2]:,} open"


def matrix_text(title: str, found: Report) -> Iterator[str]:
    """A matrix as a table of text."""
    cells = {(each["before"], each["after"]): each["accounts"] for each in found["cells"]}
    heads = [name for _, name in found["columns"]]
    wide = max([len(name) for _, name in found["rows"]] or [0])
    yield ""
    yield f"{title}:"
    yield "  ".join(["  " + " " * wide, *heads])
    for key, name in found["rows"]:
        numbers = [f"{cells.get((key, other), 0):,}".rjust(len(head)) for other, head in found["columns"]]
        yield "  ".join([f"  {name:{wide}}", *numbers])


def companies_in(found: Report) -> set[int]:
    """The companies that the report names by id."""
    return {each["company"] for key in ("movers", "top_moves") for each in rows(found, key)}


def rows(found: Report, key: str) -> Iterable[Report]:
    listed: Iterable[Report] = found[key]
    return listed
