"""How many accounts there are of each kind."""

from dataclasses import dataclass

from django.db.models import Count
from django.urls import reverse

from crm.models import Company, Fit
from crm.models.visibility import Person
from personas.models import Ruleset

from .standing import STANCES


@dataclass(frozen=True)
class Tile:
    """How many accounts there are of one kind, and where they are listed."""

    name: str
    count: int
    note: str
    icon: str
    link: str


def tiles(ruleset: Ruleset, user: Person) -> list[Tile]:
    """Settled accounts by segment, then those that are undecided, in no segment, or not scored yet."""
    address = reverse("admin:crm_company_changelist")
    counts: dict[tuple[str | None, str | None], int] = {
        (segment, status): count
        for segment, status, count in Fit.objects.visible_to(user)
        .values_list("effective_segment", "segment_status")
        .annotate(count=Count("pk"))
    }
    made = []
    for profile in ruleset.document().ranked():
        count = sum(each for (segment, _), each in counts.items() if segment == profile.key)
        word, icon = STANCES[profile.stance] if profile.stance else ("", "category")
        made.append(Tile(profile.name, count, word, icon, f"{address}?segment={profile.key}"))
    by_status = {
        status: sum(each for (_, found), each in counts.items() if found == status) for status in Fit.Status.values
    }
    unscored = Company.objects.visible_to(user).filter(fit__segment_status=None).count()
    made.append(Tile("Undecided", by_status["undecided"], "A fact is missing", "help", f"{address}?status=undecided"))
    made.append(
        Tile("In no segment", by_status["none"], "Facts rule it out", "do_not_disturb_on", f"{address}?status=none")
    )
    if unscored:
        made.append(Tile("Not scored yet", unscored, "Waiting", "hourglass_empty", f"{address}?status=unscored"))
    return made
