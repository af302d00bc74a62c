"""What published rulesets changed, beside their history. Only for people who may see all accounts."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from urllib.parse import urlencode

from django.contrib.auth.models import AnonymousUser, User
from django.urls import reverse
from django.utils import timezone

from crm.models import Rollout, Simulation
from crm.models.visibility import sees_all
from crm.scoring.effects import effect_so_far
from crm.scoring.freshness import freshness
from crm.scoring.reasons import clock
from crm.scoring.rollout import any_remaining
from personas.admin import effects
from personas.admin.effects import Effect, Figure, Move, Prediction
from personas.models import Ruleset

from .overview.frame import PLACES
from .simulation import MAY_SIMULATE, page_of

Found = Mapping[str, Any]


class AccountEffects:
    """Tells what rulesets did to accounts. Every number is of all accounts, so it tells of those one may not see."""

    def may(self, user: User | AnonymousUser) -> bool:
        return user.has_perm("crm.view_company") and sees_all(user)

    def briefly(self, rulesets: Sequence[Ruleset]) -> Mapping[int, tuple[str, str]]:
        rollouts = Rollout.objects.in_bulk([each.number for each in rulesets])
        return {each.number: in_a_line(each, rollouts.get(each.number)) for each in rulesets}

    def of(self, ruleset: Ruleset, user: User | AnonymousUser) -> Effect:
        rollout = Rollout.objects.filter(ruleset=ruleset.number).first()
        found, final = (rollout.effect, True) if rollout else (None, False)
        arrived = final
        said = "Counted over all accounts once every one of them had these rules."
        if found is None:
            found, whole = effect_so_far(ruleset)
            arrived, final = rollout is None and ruleset.active and not any_remaining(ruleset.number), False
            said = state_of(ruleset, rollout, arrived=arrived, whole=whole)
        elif found["failing"]:
            said = f"Counted over all accounts but {counted(found['failing'])} that could not be scored by these rules."
        simulation = simulation_before(ruleset)
        return Effect(
            said,
            arrived,
            list(figures(ruleset, found, final=final)),
            list(moves(ruleset, found, simulation, final=final)),
            prediction(simulation, user) if simulation else None,
        )


def counted(accounts: int) -> str:
    return f"{accounts:,} account" if accounts == 1 else f"{accounts:,} accounts"


def state_of(ruleset: Ruleset, rollout: Rollout | None, *, arrived: bool, whole: bool) -> str:
    """How far a ruleset has come whose effect is not counted yet."""
    known = "What follows is all that is known by now." if whole else "What follows is of the latest 10,000 changes."
    if not ruleset.active:
        return f"A later ruleset took its place before every account had these rules: not counted in full. {known}"
    if arrived:
        return "Every account has these rules." if whole else f"Every account has these rules. {known}"
    if rollout is None:
        return f"No account has these rules yet: a worker has to begin. {known}"
    how_far = freshness().rollout
    done = f"{how_far.done:,} of {how_far.of:,} accounts" if how_far else "Nearly every account"
    return f"On its way: {done}{'; paused' if rollout.paused_at else ''}. {known}"


def listed(ruleset: Ruleset, what: str) -> str:
    """Where the accounts are listed that this ruleset moved so."""
    query = urlencode({"by_ruleset": f"{ruleset.number}:{what}"}, safe=":")
    return f"{reverse('admin:crm_company_changelist')}?{query}"


def figures(ruleset: Ruleset, found: Found, *, final: bool) -> Iterable[Figure]:
    """How many accounts these rules moved, and how many they did not."""
    for said, what, accounts in (
        ("went to another segment, or out of one", "segment", sum(each[2] for each in found["moves"])),
        ("stayed, in another band", "band", found["band"]),
        ("stayed, with other points or another certainty", "points", found["points"]),
    ):
        yield Figure(said, accounts, listed(ruleset, what) if accounts and final else "")
    yield Figure("were scored for the first time", found["first"])
    if final:
        yield Figure("kept the result as it was", found["unchanged"])


def moves(ruleset: Ruleset, found: Found, simulation: Simulation | None, *, final: bool) -> Iterable[Move]:
    """From where to where, the most accounts first; those that were predicted and did not happen come last."""
    names = PLACES | found["names"]
    said = predicted(simulation) if simulation else None
    for before, after, accounts in found["moves"]:
        yield Move(
            names.get(before, before),
            names.get(after, after),
            accounts,
            listed(ruleset, f"{before}:{after}") if final else "",
            None if said is None else said.pop((before, after), 0),
        )
    for (before, after), accounts in sorted((said or {}).items(), key=lambda each: -each[1]):
        yield Move(names.get(before, before), names.get(after, after), 0, "", accounts)


def in_a_line(ruleset: Ruleset, rollout: Rollout | None) -> tuple[str, str]:
    """What the ruleset changed, in few words, and where those accounts are listed."""
    if rollout is None or rollout.effect is None:
        if not ruleset.active:
            return "Replaced before it was known", ""
        if rollout is None and not any_remaining(ruleset.number):
            return "Every account has these rules", ""
        return ("Paused" if rollout and rollout.paused_at else "On its way"), ""
    found, names = rollout.effect["moves"], PLACES | rollout.effect["names"]
    if not found:
        first = rollout.effect["first"]
        return f"No account moved{f'; {first:,} scored for the first time' if first else ''}", ""
    before, after, accounts = found[0]
    most = f"{accounts:,} {names.get(before, before)} to {names.get(after, after)}"
    moved = counted(sum(each[2] for each in found))
    return f"{moved} moved: {most}{', and elsewhere' if len(found) > 1 else ''}", listed(ruleset, "segment")


# The simulation that was read before


def simulation_before(ruleset: Ruleset) -> Simulation | None:
    """The last simulation of the same rules that had ended when they were published."""
    same = Simulation.objects.filter(content_hash=ruleset.content_hash, state=Simulation.State.DONE)
    done = same.filter(finished_at__lte=ruleset.published_at).defer("document", "progress", "accounts")
    return done.order_by("-finished_at").first()


def predicted(simulation: Simulation) -> dict[tuple[str, str], int]:
    """How many accounts the simulation saw go from one place to another, places as effects have them."""
    found: Counter[tuple[str, str]] = Counter()
    for cell in simulation.result["segments"]["cells"] if simulation.result else ():
        before, after = place_of(cell["before"]), place_of(cell["after"])
        if before != after and before != "unscored" and after != "failed":
            found[before, after] += cell["accounts"]
    return dict(found)


def place_of(place: str) -> str:
    """The place of a matrix of segments without how sure it is: the segment settled in, undecided, none."""
    kind, _, key = place.partition(":")
    return {"settled": key, "provisional": "undecided"}.get(kind, kind)


def prediction(simulation: Simulation, user: User | AnonymousUser) -> Prediction:
    moved = sum(predicted(simulation).values())
    return Prediction(
        str(simulation),
        page_of(simulation) if user.has_perms(MAY_SIMULATE) else "",
        clock(simulation.as_of(), timezone.now()),
        f"ruleset {simulation.base}" if simulation.base else "no rules",
        f"{counted(moved)} {'moves' if moved == 1 else 'move'}",
    )


effects.register(AccountEffects())
