"""How many accounts a criterion holds for, beside the rule editor. Only for people who may see them all."""

from collections.abc import Sequence

from django.contrib.auth.models import AnonymousUser, User
from django.utils import timezone

from crm.models import Census
from crm.scoring import censuses
from crm.scoring.counting import asking, sample
from crm.tasks import wake_after_commit
from personas.admin import counts
from personas.admin.counts import Counts, Sample, Whole
from personas.rules.conditions import Condition, Missing
from personas.rules.document import Document


class AccountCounts:
    """Counts accounts for the rule editor. Every number is of all accounts, so it tells of those one may not see."""

    def may(self, user: User | AnonymousUser) -> bool:
        return user.has_perm("crm.see_all_companies")

    def sample(self, words: Document, conditions: Sequence[Condition], missing: Missing) -> Sample:
        found = sample(asking(words, conditions, missing), at=timezone.now().date())
        return Sample([Counts(*each) for each in found.answers], found.accounts, found.every)

    def find(self, words: Document, conditions: Sequence[Condition], missing: Missing) -> Whole | None:
        census = censuses.find(asking(words, conditions, missing))
        return None if census is None else whole(census)

    def start(self, words: Document, conditions: Sequence[Condition], missing: Missing) -> Whole:
        census = censuses.ask(asking(words, conditions, missing), at=timezone.now())
        wake_after_commit()
        return whole(census)


def whole(census: Census) -> Whole:
    """What a census has found so far."""
    done = census.state == Census.State.DONE
    return Whole(
        census.state,
        census.percent,
        census.looked,
        census.total,
        census.as_of(),
        [Counts(*each) for each in census.answers] if done else (),
    )


counts.register(AccountCounts())
