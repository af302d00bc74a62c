"""Facts that are read from people: what the database says of them is what plain Python says, with three values."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crm.buying_group import decided_roles
from crm.models import Company, Contact, ContactMove, Employer, Fit, JobTitle
from crm.scoring.drain import drain, rescore_all, scorer_for
from crm.scoring.known import known_facts
from personas.models import Ruleset
from personas.rules.facts import Members, Span
from tests.factories import company, contact, now, ruleset, worked

pytestmark = pytest.mark.django_db(transaction=True)

DAY = date(2026, 1, 1)
ROLES = {"sam": {"initiator", "user"}, "pam": {"decision_maker", "user"}}
TITLES: dict[str | None, Sequence[str]] = {
    "Engineer": ["sam"],
    "Product Manager": ["pam"],
    "Product Engineer": ["sam", "pam"],
    "Gardener": [],
    None: [],
}
RULES: dict[str, Any] = {
    "format": 1,
    "lists": {"top": {"title": "Top-tier employers", "entries": ["Hooli"]}},
    "personas": [
        {"key": "sam", "tier": "primary", "buying_roles": ["initiator", "user"],
         "titles": ["engineer", "product engineer"]},
        {"key": "pam", "tier": "primary", "buying_roles": ["decision_maker", "user"],
         "titles": ["product manager", "product engineer"]},
    ],
    "profiles": [
        {
            "key": "icp", "name": "ICP", "rank": 1,
            "must": [{"key": "size", "when": {"fact": "employees", "at_least": 100}}],
            "bonus": [{"key": "job", "when": {"fact": "day_job_segments", "any_of": ["icp"]}, "points": 5}],
        },
        {
            "key": "card", "name": "Card",
            "components": [{"key": "all", "combine": "sum", "rows": [
                {"key": fact, "when": when, "points": 1} for fact, when in (
                    ("personas", {"fact": "personas", "any_of": ["sam"]}),
                    ("buying_roles", {"fact": "buying_roles", "any_of": ["user"]}),
                    ("champions", {"fact": "champions", "at_least": 1}),
                    ("champions_joined", {"fact": "champions_joined", "at_least": 1}),
                    ("champions_left", {"fact": "champions_left", "at_least": 1}),
                    ("social_followers", {"fact": "social_followers", "at_least": 10}),
                    ("founder_employers", {"fact": "founder_employers", "any_in_list": "top"}),
                )
            ]}],
        },
    ],
}  # fmt: skip


@dataclass(frozen=True)
class Someone:
    """A contact as plain values."""

    title: str | None = None
    persona: str | None = None
    roles: str | None = None
    champion: bool | None = None
    followers: int | None = None
    founder: bool | None = None
    worked_at: str | None = None


somebody = st.builds(
    Someone,
    title=st.sampled_from(list(TITLES)),
    persona=st.sampled_from([None, None, "sam", "pam"]),
    roles=st.sampled_from([None, None, "user", "decision_maker,influencer", "none"]),
    champion=st.sampled_from([None, True, False]),
    followers=st.sampled_from([None, 0, 10, 99]),
    founder=st.sampled_from([None, True, False]),
    worked_at=st.sampled_from([None, "Hooli", "Initech"]),
)


def personas_of(people: Sequence[Someone]) -> tuple[set[str], bool]:
    """Who is there for certain, and whether it is known of everybody who they are."""
    found, known = set(), True
    for each in people:
        named = [each.persona] if each.persona else TITLES[each.title]
        found |= {key for key in named if key and len(named) == 1}
        known &= each.persona is not None or (each.title is not None and len(named) < 2)
    return found, known


def buying_roles_of(people: Sequence[Someone]) -> tuple[set[str], bool]:
    """The same of buying roles."""
    found: set[str] = set()
    known = True
    for each in people:
        own = decided_roles(each.roles)
        if own is not None:
            found |= set(own)
            continue
        personas, sure = personas_of([each])
        found |= {role for key in personas for role in ROLES[key]}
        known &= sure
    return found, known


def expected(people: Sequence[Someone], *, researched: bool) -> dict[str, object]:
    """What the rules may know of these people: a value, a part of it, or None."""

    def named(found: set[str], complete: bool) -> Members | None:
        return Members(frozenset(found), complete and researched) if found or (complete and researched) else None

    champions = sum(each.champion is True for each in people)
    open_still = sum(each.champion is None for each in people)
    low = champions if researched or champions else None
    high = champions + open_still if researched else None
    followers = [each.followers for each in people if each.followers is not None]
    most = max(followers, default=None)
    all_followers = researched and bool(people) and len(followers) == len(people)
    return {
        "personas": named(*personas_of(people)),
        "buying_roles": named(*buying_roles_of(people)),
        "champions": None if low is None and high is None else low if low == high else Span(low, high),
        "social_followers": None if most is None else most if all_followers else Span(most, None),
        "founder_employers": named(
            {each.worked_at.lower() for each in people if each.founder and each.worked_at}, True
        ),
    }


def stored(account: Company, rules: Ruleset) -> dict[str, object]:
    """The facts as the rules read them; of a set without a known member that may have some, nothing is known."""
    known = known_facts(account.pk, scorer_for(rules, now().date()))
    nothing = Members(frozenset(), complete=False)
    return {key: None if stated.value == nothing else stated.value for key, stated in known.items()}


def people_at(account: Company, people: Sequence[Someone]) -> None:
    for each in people:
        person = contact(
            account, each.title, persona=each.persona, roles=each.roles, is_champion=each.champion,
            followers=each.followers, is_founder=each.founder,
        )  # fmt: skip
        if each.worked_at:
            worked(person, each.worked_at)


@settings(max_examples=40)
@given(people=st.lists(somebody, max_size=3), researched=st.booleans())
def test_facts_from_people_follow_the_three_values(people: list[Someone], researched: bool) -> None:
    Company.objects.all().delete()
    rules = ruleset(RULES)
    account = company(people_researched_on=DAY if researched else None)
    people_at(account, people)
    rescore_all(at=now())

    found = stored(account, rules)

    wanted = expected(people, researched=researched)
    assert {key: found[key] for key in wanted} == wanted


def test_all_contacts_unknown_is_not_nobody() -> None:
    rules = ruleset(RULES)
    account = company(people_researched_on=DAY)
    contact(account)

    found = stored(account, rules)

    assert (found["personas"], found["buying_roles"], found["champions"]) == (None, None, Span(0, 1))


@pytest.mark.parametrize("researched", [True, False])
def test_champions_who_joined_or_left_are_counted_where_anybody_can_say(researched: bool) -> None:
    rules = ruleset(RULES)
    account, other = (company(people_researched_on=DAY if researched else None) for _ in range(2))
    for was_champion in (True, None):
        ContactMove.objects.create(
            contact=contact(account), company=account, direction="joined", was_champion=was_champion, happened_on=DAY
        )

    joined = stored(account, rules)["champions_joined"]

    assert joined == (1 if researched else Span(1, None))
    assert stored(other, rules)["champions_joined"] == (0 if researched else None)
    Contact.objects.filter(moves__was_champion=True).update(company=other)
    assert stored(account, rules)["champions_joined"] == (0 if researched else None)


# Day jobs


def revisions() -> dict[int, int]:
    return dict(Fit.objects.values_list("pk", "facts_rev"))


def come_to_rest() -> int:
    """How many rounds of the worker it takes until nothing is stale any more."""
    for rounds in range(6):
        if not drain(lane=0, lanes=1, at=now(), until=lambda: False).seen:
            return rounds
    raise AssertionError("the accounts do not come to rest")


def test_the_segment_of_an_employer_is_followed_to_the_accounts_with_a_day_job_there_and_no_further() -> None:
    ruleset(RULES)
    employer = company(20, name="Dock")
    side = [company(1) for _ in range(2)]
    for each in side:
        worked(contact(each), "Dock", kind="day_job", company=employer)
    beyond = company(1)
    worked(contact(beyond), "Side", kind="day_job", company=side[0])
    worked(contact(company(1)), "Dock", kind="previous", company=employer)
    rescore_all(at=now())
    before = revisions()

    Company.objects.filter(pk=employer.pk).update(employees_low=200, employees_high=200)
    rounds = come_to_rest()

    after = revisions()
    assert {pk: after[pk] - before[pk] for pk in after if after[pk] != before[pk]} == {
        employer.pk: 1, **{each.pk: 1 for each in side},
    }  # fmt: skip
    assert rounds <= 3
    assert not Fit.objects.exclude(stale_since=None).exists()


def test_two_companies_whose_people_have_day_jobs_at_each_other_come_to_rest() -> None:
    ruleset(RULES)
    one, two = company(20, name="One"), company(20, name="Two")
    worked(contact(one), "Two", kind="day_job", company=two)
    worked(contact(two), "One", kind="day_job", company=one)
    rescore_all(at=now())
    before = revisions()

    Company.objects.filter(pk=one.pk).update(employees_low=200, employees_high=200)
    come_to_rest()

    after = revisions()
    assert (after[one.pk] - before[one.pk], after[two.pk] - before[two.pk]) == (1, 1)
    assert not Fit.objects.exclude(stale_since=None).exists()


def test_an_employer_that_becomes_a_company_of_ours_concerns_who_works_there_only() -> None:
    ruleset(RULES)
    dock, side = company(200, name="Dock"), company(1)
    worked(contact(side), "Dock", kind="day_job")
    contact(company(1))
    rescore_all(at=now())
    before = revisions()

    Employer.objects.update(company=dock)
    come_to_rest()

    after = revisions()
    assert {pk for pk in after if after[pk] != before[pk]} == {side.pk}
    assert JobTitle.objects.count() == 0
