"""What differs between two documents: the facts to be read again, and the lines whose answers are counted."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

from crm.facts import roles_of
from personas.rules.account import Account
from personas.rules.binding import BoundProfile
from personas.rules.conditions import Compare, Condition, comparisons
from personas.rules.cut import Cut
from personas.rules.document import Document, Line
from personas.rules.scoring import Memo, Scorer
from personas.rules.truth import Node, Truth, truth

Place = tuple[str, str, str, str]


class ChangedLine(NamedTuple):
    """A line of which the condition, or what it is worth, differs between two documents.

    `place` is profile, kind, component and key; a side is None where the line is not there.
    """

    place: Place
    before: Line | None
    after: Line | None


def changed_facts(before: Scorer, after: Scorer) -> frozenset[str]:
    """The facts that `after` cuts otherwise than `before`, or that `before` does not read."""
    return frozenset(
        fact
        for fact, cut in after.cuts.items()
        if fact not in before.cuts or not is_same_cut(cut, before.cuts[fact], after, before)
    )


def is_same_cut(one: Cut, other: Cut, first: Scorer, second: Scorer) -> bool:
    """Whether a cell of one cut means what the same cell of the other does."""
    if one.fact != other.fact or type(one) is not type(other):
        return False
    if one.questions != other.questions and set(one.questions) != set(other.questions):
        return False
    if one.fact.key == "buying_roles" and roles_of(first.document) != roles_of(second.document):
        return False
    lists = {str(each.value) for each in one.questions if each.kind == "list"}
    return all(first.lists[key].named == second.lists[key].named for key in lists)


def changed_lines(before: Document, after: Document) -> list[ChangedLine]:
    """The lines that differ, in the order of the later document; those that are gone come last."""
    old, new = lines_of(before), lines_of(after)
    lists = changed_lists(before, after)
    out = []
    for place in dict.fromkeys((*new, *old)):
        one, other = old.get(place), new.get(place)
        if one is None or other is None or says_otherwise(one, other) or reads_list(other.when, lists):
            out.append(ChangedLine(place, one, other))
    return out


def says_otherwise(one: Line, other: Line) -> bool:
    """Whether two lines ask something else, or are worth something else."""
    return one.when != other.when or one.points != other.points


def changed_lists(before: Document, after: Document) -> set[str]:
    """The lists that are not the same in both."""
    old, new = ({each.key: each for each in document.lists} for document in (before, after))
    return {key for key in {*old, *new} if old.get(key) != new.get(key)}


def reads_list(condition: Condition, lists: set[str]) -> bool:
    """Whether `condition` asks one of these lists."""
    return any(isinstance(each, Compare) and each.value in tuple(lists) for each in comparisons(condition))


def lines_of(document: Document) -> dict[Place, Line]:
    """Every line by its place."""
    out = {}
    for profile in document.profiles:
        for kind, component, lines in (
            ("disqualify", "", profile.disqualify),
            ("must", "", profile.must),
            *(("points", part.key, part.rows) for part in profile.components),
            ("bonus", "", profile.bonus),
            ("flag", "", profile.flags),
        ):
            out.update({(profile.key, kind, component, line.key): line for line in lines})
    return out


def line_answer(scorer: Scorer, place: Place, line: Line | None) -> Callable[[Sequence[int]], Truth] | None:
    """A function that answers this line in given cells; None where it is not there."""
    if line is None:
        return None
    bound = next(each for each in scorer.profiles if each.profile.key == place[0])
    node = node_at(bound, place)
    memo: Memo[Truth] = Memo(scorer.views([node]))

    def answer(cells: Sequence[int]) -> Truth:
        return memo.of(cells, lambda: truth(node, Account(scorer.cuts, scorer.places, cells).cells))

    return answer


def node_at(bound: BoundProfile, place: Place) -> Node:
    """The condition of the line at `place`, ready to answer."""
    _, kind, component, key = place
    lines = {
        "disqualify": bound.disqualify,
        "must": bound.must,
        "bonus": bound.bonus,
        "flag": bound.flags,
        "points": next((part.rows for part in bound.components if part.key == component), ()),
    }[kind]
    return next(line.node for line in lines if line.key == key)
