"""Which stored titles stand for somebody else once patterns are changed, and how many contacts have them."""

from collections.abc import Iterator, Sequence

from django.db.models import Count, F

from crm.models import Contact, JobTitle
from personas.rules.document import Document
from personas.titles import Match, Move, Moves, changes, probe_of

from .patterns import fingerprint, matcher_of
from .storing import MANY, Row, is_touched, match_of, without_collecting

MOST_TITLES = 60_000


def moved(before: Document, after: Document) -> Moves:
    """What changes for stored titles when the patterns of `before` become those of `after`; nothing is written.

    With more than MOST_TITLES only those of most contacts are looked at. Contacts are as of the last count.
    """
    total = JobTitle.objects.count()
    if fingerprint(before.personas) == fingerprint(after.personas):
        return Moves(looked=total, of=total)
    titles = JobTitle.objects.order_by()
    if total > MOST_TITLES:
        titles = titles.order_by(F("contact_count").desc(nulls_last=True), "pk")[:MOST_TITLES]
    with without_collecting():
        rows = list(titles.values_list("pk", "text", "contact_count"))
        changed = changes(matcher_of(before), matcher_of(after), [text for _, text, _ in rows])
    found = [(row, *changed[row[1]]) for row in rows if row[1] in changed]
    uncounted = contacts_of([pk for (pk, _, count), *_ in found if count is None])
    moves = [
        Move(pk, text, uncounted.get(pk, 0) if count is None else count, was, becomes)
        for (pk, text, count), was, becomes in found
    ]
    moves.sort(key=lambda move: (-move.contacts, move.title))
    return Moves(tuple(moves), len(rows), max(total, len(rows)))


def contacts_of(titles: Sequence[int]) -> dict[int, int]:
    """How many contacts have each of these titles now."""
    found: dict[int, int] = {}
    for start in range(0, len(titles), MANY):
        some = Contact.objects.filter(title__in=titles[start : start + MANY]).order_by()
        found |= dict(some.values("title").annotate(number=Count("pk")).values_list("title", "number"))
    return found


def rematched(before: Document, after: Document) -> Iterator[tuple[int, Match]]:
    """The titles, by id, that the patterns of `after` may match otherwise than it is stored, and how they would.

    Titles that were matched by the patterns of `before`, and that no changed line fits, are left out.
    """
    probe = probe_of(before.personas, after.personas)
    probes = {} if probe is None else {fingerprint(before.personas): probe}
    matcher = matcher_of(after)
    last = 0
    while True:
        found = JobTitle.objects.filter(pk__gt=last).order_by("pk").values_list("pk", "text", "matched_with")
        rows = [Row(*columns) for columns in found[:MANY]]
        for row in rows:
            if is_touched(row, probes):
                yield row.pk, match_of(row, matcher)
        if len(rows) < MANY:
            return
        last = rows[-1].pk
