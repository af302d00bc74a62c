"""How a CRM scores without any of this: one account after another, read and written through the ORM."""

from collections.abc import Iterable

from django.db.models import F
from django.utils import timezone

from crm.models import Company, Fit, FitChange, Score, ScoredProfile
from crm.models.fit import ENGINE
from crm.scoring.write import STATUSES
from personas.rules.facts import Known, read
from personas.rules.results import Result
from personas.rules.scoring import Scorer

Raw = dict[str, object]


def facts_of(company: Company) -> dict[str, tuple[object, bool]]:
    """What is known of the company, and of each set whether it is complete."""
    people = company.contacts.select_related("title").prefetch_related("title__personas", "employments__employer")
    contacts = list(people)
    terms = [(each.term.vocabulary, each.term.name) for each in company.terms.select_related("term")]
    personas = [
        each.title.personas.all()[0].persona for each in contacts if each.title and each.title.result == "match"
    ]
    former = [
        job.employer.name
        for each in contacts
        if each.is_founder
        for job in each.employments.all()
        if job.kind == "previous"
    ]
    day_jobs = [job.employer.company_id for each in contacts for job in each.employments.all() if job.kind == "day_job"]
    fits = Fit.objects.filter(company__in=[each for each in day_jobs if each], effective_segment__isnull=False)
    segments = list(fits.values_list("effective_segment", flat=True))
    followers = [each.followers for each in contacts if each.followers is not None]
    all_investors = company.funding_researched_on is not None
    all_people = company.people_researched_on is not None
    all_tags = company.tags_researched_on is not None
    facts: dict[str, tuple[object, bool]] = {
        "employees": (ends(company.employees_low, company.employees_high), True),
        "monthly_revenue": (ends(company.monthly_revenue_usd_low, company.monthly_revenue_usd_high), True),
        "consumer_users": (ends(company.consumer_users_low, company.consumer_users_high), True),
        "funding_total": (ends(company.funding_total_usd_low, company.funding_total_usd_high), True),
        "is_public": (None if company.status is None else company.status == "public", True),
        "project_stage": (company.project_stage, True),
        "city": (company.city, True),
        "investors": ([each.investor.name for each in company.investments.select_related("investor")], all_investors),
        "accelerators": ([name for kind, name in terms if kind == "accelerators"], all_investors),
        "founder_employers": (former, all_people),
        "tags": ([name for kind, name in terms if kind == "tags"], all_tags),
        "technologies": ([name for kind, name in terms if kind == "technologies"], all_tags),
        "personas": (personas, all_people),
        "day_job_segments": (segments, all_people),
        "social_followers": (max(followers, default=None), True),
    }
    return {key: pair for key, pair in facts.items() if pair[0] not in (None, []) or (pair[0] == [] and pair[1])}


def ends(low: object, high: object) -> object:
    return None if (low, high) == (None, None) else {"low": low, "high": high}


def raw_facts(company: Company) -> Raw:
    """The facts as a plain object, as other engines take them."""
    return {key: value for key, (value, _) in facts_of(company).items()}


def known_of(company: Company, scorer: Scorer) -> dict[str, Known | None]:
    facts = {fact.key: fact for fact in scorer.facts()}
    return {
        key: read(facts[key], value, complete=complete)
        for key, (value, complete) in facts_of(company).items()
        if key in facts
    }


def write(company: Company, result: Result, profiles: dict[str, ScoredProfile]) -> None:
    """One fit and a score for each profile, as `update_or_create` writes them."""
    segment = result.segment
    Fit.objects.update_or_create(
        company=company,
        defaults={
            "scored_facts_rev": F("facts_rev"),
            "stale_since": None,
            "scored_ruleset": 1,
            "scored_engine": ENGINE,
            "segment": segment.key or segment.provisional,
            "segment_status": segment.status,
            "possible": ",".join(segment.possible),
        },
    )
    for key, score in result.profiles.items():
        Score.objects.update_or_create(
            company=company,
            profile=profiles[key],
            defaults={
                "ruleset": 1,
                "verdict": int(score.verdict),
                "status": STATUSES[score.status],
                "points": score.points,
                "low": score.low,
                "high": score.high,
                "band": score.band,
            },
        )
    FitChange.objects.create(
        company=company,
        at=timezone.now(),
        cause="first",
        ruleset_after=1,
        cells_after="",
        segment_after=segment.key,
        status_after=segment.status,
    )


def loop(ids: Iterable[int], scorer: Scorer) -> None:
    """Each of these accounts is read, scored in Python and written."""
    profiles = {key.profile.key: ScoredProfile.objects.get_or_create(key=key.profile.key)[0] for key in scorer.profiles}
    for each in ids:
        company = Company.objects.get(pk=each)
        write(company, scorer.score(scorer.cells_of(known_of(company, scorer))), profiles)


def forget(ids: list[int]) -> None:
    """What the loop has written is gone."""
    for model in (FitChange, Score, Fit):
        model.objects.filter(company__in=ids).delete()
