"""The judge: `judge FOLDER`. It works every account out again, another way, and reads the writers' journals.

What the drain sorts and joins in SQL is here read value by value and scored in
Python; what writers were promised is looked up row by row. Nothing is repaired.
"""

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, astuple, dataclass, field, fields
from pathlib import Path

from django.utils import timezone

from crm.models import (
    Activity,
    Attribute,
    Company,
    CompanyTerm,
    Contact,
    ContactFit,
    Deal,
    Employer,
    FactSource,
    Fit,
    FitChange,
    Investment,
    Investor,
    JobTitle,
    Outbox,
    Override,
    Score,
    Term,
    TitlePersona,
)
from crm.scoring.contacts import ContactPoints, contact_points, contact_scorer_for
from crm.scoring.known import known_facts_of, known_facts_of_contacts
from personas.publishing import active_ruleset
from personas.rules.results import Result
from personas.rules.scoring import Scorer

from .journal import Expected, Value, expected

SHOWN = 5
BATCH = 200
POINTS = tuple(each.name for each in fields(ContactPoints))
STATUSES = {status.label: status.value for status in Score.Status}


@dataclass
class Verdict:
    """How many of each were found, with the first few in words."""

    accounts: int = 0
    wrong: int = 0
    stale: int = 0
    people: int = 0
    misjudged: int = 0
    edits: int = 0
    lost: int = 0
    changes: int = 0
    broken: int = 0
    untold: int = 0
    examples: list[str] = field(default_factory=list)

    def says(self, what: str) -> None:
        if len(self.examples) < SHOWN:
            self.examples.append(what)


def main(arguments: Sequence[str]) -> int:
    """Prints the verdict as JSON; 0."""
    [folder] = arguments
    verdict = Verdict()
    judge_results(verdict)
    judge_people(verdict)
    judge_history(verdict)
    judge_edits(verdict, expected(sorted(Path(folder).glob("*.journal"))))
    print(json.dumps(asdict(verdict)))
    return 0


# Results


def judge_results(verdict: Verdict) -> None:
    """Every company has the result that its facts, the rules and the day give, and no sign of being stale."""
    ruleset = active_ruleset()
    scorer = Scorer(ruleset.document(), timezone.now().date())
    ids = list(Company.objects.order_by("pk").values_list("pk", flat=True))
    fits = Fit.objects.in_bulk()
    stale = set(Fit.objects.stale(ruleset.number, timezone.now()).values_list("pk", flat=True))
    verdict.accounts = len(ids)
    for start in range(0, len(ids), BATCH):
        known = known_facts_of(ids[start : start + BATCH], scorer)
        for pk, facts in known.items():
            result = scorer.score(scorer.cells_of({key: each.counted for key, each in facts.items()}))
            wanted = {**fit_of(result), **scores_of(result), "effective": effective_segment(pk, result)}
            found = stored(fits.get(pk))
            verdict.stale += pk in stale
            if differing := [key for key in wanted | found if wanted.get(key) != found.get(key)]:
                verdict.wrong += 1
                words = ", ".join(f"{key} {found.get(key)} for {wanted.get(key)}" for key in sorted(differing))
                verdict.says(f"company {pk} {'(stale)' if pk in stale else '(fresh)'}: {words}")


def fit_of(result: Result) -> dict[str, object]:
    """What the fit of an account with this result must say."""
    segment = result.segment
    return {
        "segment": segment.key or segment.provisional,
        "status": segment.status,
        "possible": ",".join(segment.possible),
    }


def scores_of(result: Result) -> dict[str, object]:
    """What the scores of an account with this result must say, profile by profile."""
    return {
        f"score {key}": (int(each.verdict), STATUSES[each.status], each.points, each.low, each.high, each.band)
        for key, each in result.profiles.items()
    }


def effective_segment(company: int, result: Result) -> str | None:
    """The segment that counts: what a person has set, else a settled one."""
    override = Override.objects.filter(company=company, ended_at=None, expires_on__gte=timezone.now().date()).first()
    return override.segment if override else result.segment.key


def stored(fit: Fit | None) -> dict[str, object]:
    """The same, as it is stored."""
    if fit is None:
        return {}
    rows = Score.objects.filter(company=fit.company_id).select_related("profile")
    return {
        "segment": fit.segment,
        "status": fit.segment_status,
        "possible": fit.possible,
        "effective": fit.effective_segment,
        **{
            f"score {row.profile.key}": (row.verdict, row.status, row.points, row.low, row.high, row.band)
            for row in rows
        },
    }


# People


def judge_people(verdict: Verdict) -> None:
    """Every contact of a company has the points that their facts, the rules and the day give, and no other contact."""
    scorer = contact_scorer_for(active_ruleset(), timezone.now().date())
    contacts = list(Contact.objects.exclude(company=None).order_by("pk"))
    fits = ContactFit.objects.in_bulk()
    verdict.people = len(contacts)
    for start in range(0, len(contacts), BATCH):
        known = known_facts_of_contacts(contacts[start : start + BATCH], scorer)
        for contact in contacts[start : start + BATCH]:
            cells = scorer.cells_of({key: each.counted for key, each in known[contact.pk].items()})
            wanted = (contact.company_id, *astuple(contact_points(scorer.stored(cells))))
            fit = fits.pop(contact.pk, None)
            found = fit and tuple(getattr(fit, name) for name in ("company_id", *POINTS))
            if found != wanted:
                verdict.misjudged += 1
                verdict.says(f"contact {contact.pk}: {found} for {wanted}")
    for contact_id in fits:
        verdict.misjudged += 1
        verdict.says(f"contact {contact_id} has points without a company")


# History


def judge_history(verdict: Verdict) -> None:
    """Each change begins where the one before it ended, the last one ends where the fit stands, each was told once."""
    told = Counter(Outbox.objects.values_list("change", flat=True))
    last: dict[int, tuple[object, ...]] = {}
    changes = FitChange.objects.order_by("company", "pk")
    for change in changes.iterator():
        verdict.changes += 1
        before = (change.segment_before, change.status_before, change.low_before, change.high_before)
        if before != last.get(change.company_id, (None,) * 4):
            verdict.broken += 1
            verdict.says(f"change {change.pk} of company {change.company_id} begins at {before}, not where it ended")
        last[change.company_id] = (
            change.segment_after, change.status_after, change.low_after, change.high_after
        )  # fmt: skip
        if told.get(change.pk, 0) == 0:
            verdict.untold += 1
            verdict.says(f"change {change.pk} is not in the outbox")
    for fit in Fit.objects.exclude(segment_status=None).iterator():
        now = (fit.segment, fit.segment_status, fit.low, fit.high)
        if last.get(fit.company_id) != now:
            verdict.broken += 1
            verdict.says(f"company {fit.company_id} stands at {now}, its history at {last.get(fit.company_id)}")


# Edits


def judge_edits(verdict: Verdict, book: Mapping[str, Expected]) -> None:
    """Every edit that was acknowledged is there, unless a later one has taken its place."""
    there = dict(standing())
    deleted = {key.split()[1] for key in book if key.endswith(" deleted")}
    gone = {pk for pk in deleted if f"company {pk} made" not in there}
    verdict.edits = sum(each.known for each in book.values())
    for key, each in book.items():
        if each.known and not allowed(key, each, there, gone, book):
            verdict.lost += 1
            verdict.says(f"{key}: {there.get(key)!r} for {each.last!r} {each.maybe or ''}")


def allowed(key: str, each: Expected, there: Mapping[str, Value], gone: set[str], book: Mapping[str, Expected]) -> bool:
    """Whether what stands in the database under this key is what was promised, or was deleted by its company."""
    kind, number, *rest = key.split()
    if kind == "contact":
        return contact_allowed(number, rest[0], each, there, gone, book)
    found = there.get(key, False if kind in ("investment", "term") else None)
    company = rest[0] if kind in ("deal", "activity") else number
    if kind == "employer" and rest == ["company"]:
        return each.allows(found) or (found is None and any(str(at) in gone for at in (each.last, *each.maybe)))
    if kind in ("investor", "title", "employer") or rest == ["name"]:
        return each.allows(found)
    if rest == ["deleted"]:
        return number in gone
    return company in gone or each.allows(found)


def contact_allowed(
    number: str, what: str, each: Expected, there: Mapping[str, Value], gone: set[str], book: Mapping[str, Expected]
) -> bool:
    """A contact is at the company that it was moved to last; it goes with a company that it was ever moved to."""
    at = there.get(f"contact {number} company")
    if at is None:
        moved = book.get(f"contact {number} company", Expected())
        return any(str(company) in gone for company in (each.last, moved.last, *each.maybe, *moved.maybe))
    return what == "made" or each.allows(at)


def standing() -> Iterator[tuple[str, Value]]:
    """Everything that writers write, by their keys, as it stands."""
    for company in Company.objects.iterator():
        yield f"company {company.pk} made", True
        yield f"company {company.pk} employees", company.employees_low
        yield f"company {company.pk} city", company.city
        yield f"company {company.pk} stage", company.funding_stage
        yield f"company {company.pk} founded", company.founded
    for contact in Contact.objects.iterator():
        yield f"contact {contact.pk} company", contact.company_id
    for attribute in Attribute.objects.filter(fact="seats"):
        yield f"attribute {attribute.company_id} seats", None if attribute.low is None else int(attribute.low)
    for source in FactSource.objects.filter(fact="seats"):
        yield f"source {source.company_id} seats", source.observed_on.isoformat() if source.observed_on else None
    for override in Override.objects.filter(ended_at=None):
        yield f"override {override.company_id}", override.segment
    for investment in Investment.objects.all():
        yield f"investment {investment.company_id} {investment.investor_id}", True
    for tie in CompanyTerm.objects.all():
        yield f"term {tie.company_id} {tie.term_id}", True
    for deal in Deal.objects.all():
        yield f"deal {deal.pk} {deal.company_id}", deal.closed_on is not None
    for activity in Activity.objects.all():
        yield f"activity {activity.pk} {activity.company_id}", True
    for investor in Investor.objects.all():
        yield f"investor {investor.pk} name", investor.name
    for term in Term.objects.all():
        yield f"term {term.pk} name", term.name
    for employer in Employer.objects.all():
        yield f"employer {employer.pk} name", employer.name
        yield f"employer {employer.pk} company", employer.company_id
    for title in JobTitle.objects.all():
        yield f"title {title.pk} text", title.text
        yield f"title {title.pk} result", title.result
    for match in TitlePersona.objects.filter(place=0):
        yield f"title {match.title_id} persona", match.persona
