"""Which accounts came to stand elsewhere in the last days, and why."""

from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta

from django.db.models import F
from django.db.models.functions import Abs

from crm.models import FitChange
from personas.models import Ruleset
from personas.rules.document import Document

from .classify import Span
from .dialect import as_moment, differs
from .survey_spans import NONE, UNDECIDED, UNSCORED, Counts, Found, Survey, counted, fetch

DAYS = 7
TOP = 20
ACCOUNTS = "accounts"


def since(at: datetime) -> datetime:
    """The moment from which moves are counted."""
    return at - timedelta(days=DAYS)


def count(span: Span, ruleset: Ruleset, at: datetime) -> Counts:
    """Changes of results by where the account stood before and after and by cause; and the accounts that changed."""
    # What people set by hand is no move of the rules.
    where = f"h.at >= %s AND h.at <= %s AND h.cause <> 'override' AND {span.holds('h.company_id')}"
    window = [as_moment(since(at)), as_moment(at)]
    moves = counted(
        fetch(
            f"""SELECT h.status_before, CASE WHEN h.status_before = 'settled' THEN h.segment_before END,
                h.status_after, CASE WHEN h.status_after = 'settled' THEN h.segment_after END, h.cause, COUNT(*)
            FROM crm_fitchange h WHERE {where} GROUP BY 1, 2, 3, 4, 5""",
            window,
        )
    )
    moved = " OR ".join(differs(f"h.{name}_before", f"h.{name}_after") for name in FitChange.RESULT)
    [(accounts,)] = fetch(
        f"SELECT COUNT(DISTINCT h.company_id) FROM crm_fitchange h WHERE h.cause <> 'first' AND ({moved}) AND {where}",
        window,
    )
    moves[ACCOUNTS, None, None, None, None] = accounts
    return moves


def place_of(status: str | None, segment: str | None) -> str:
    """The segment an account is settled in, or why it is in none."""
    if status is None:
        return UNSCORED
    return (segment or NONE) if status == "settled" else (UNDECIDED if status == "undecided" else NONE)


def report(counts: Counts, ruleset: Ruleset, at: datetime) -> Found:
    """Moves between segments by cause, how many accounts changed, and the changes that moved most points."""
    moves: dict[tuple[str, str], Counter[str]] = {}
    points_only: Counter[str] = Counter()
    for (status_before, before, status_after, after, cause), number in counts.items():
        if status_before == ACCOUNTS:
            continue
        pair = place_of(status_before, before), place_of(status_after, after)
        if pair[0] == pair[1]:
            points_only[cause] += number
        else:
            moves.setdefault(pair, Counter())[cause] += number
    return {
        "since": since(at).isoformat(),
        "until": at.isoformat(),
        "accounts": counts[ACCOUNTS, None, None, None, None],
        "moves": [
            {"before": before, "after": after, "causes": dict(causes)}
            for (before, after), causes in sorted(moves.items())
        ],
        "points_only": dict(points_only),
        "top": top(at),
    }


def top(at: datetime) -> list[int]:
    """The changes that moved the certain points most, by id; of an account the greatest only."""
    found = (
        FitChange.objects.filter(at__gte=since(at), at__lte=at, low_before__isnull=False, low_after__isnull=False)
        .exclude(low_before=F("low_after"))
        .order_by(Abs(F("low_after") - F("low_before")).desc(), "-pk")
        .values_list("pk", "company")[: 5 * TOP]
    )
    firsts: dict[int, int] = {}
    for pk, company in found:
        firsts.setdefault(company, pk)
    return list(firsts.values())[:TOP]


def text(found: Found, document: Document) -> Iterator[str]:
    yield f"{found['accounts']:,} accounts changed in {DAYS} days"
    for move in found["moves"]:
        causes = ", ".join(f"{number:,} {cause}" for cause, number in sorted(move["causes"].items()))
        yield f"  {move['before']} to {move['after']}: {causes}"


MOVERS = Survey(count, report, text)
