"""The draft as what will be published: what is wrong with it, its golden cases, and publishing it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from django.contrib.auth.models import User
from django.db import transaction

from personas import publishing
from personas.models import Component, Criterion, GoldenCase, Profile, Ruleset
from personas.rules.document import Case, Document
from personas.rules.errors import Fault, RuleError
from personas.rules.golden import ANY_DAY, check
from personas.rules.reading import DocumentReader
from personas.rules.scoring import Scorer
from personas.rules.texts import jsonable

from .criteria import move, renumber
from .reading import require, too_long
from .revisions import EVERYTHING, ChangedMeanwhile, edit, wait_for_others
from .text import take_over

Row = Profile | Component | Criterion


@dataclass(frozen=True)
class Draft:
    """The draft as one document, or what is wrong with it."""

    document: Document | None
    faults: tuple[Fault, ...] = ()


@dataclass(frozen=True)
class CaseOutcome:
    """A golden case and what the draft gives it; `found` is what it should give where it holds."""

    case: Case
    pk: int
    found: str
    reason: str = ""

    @property
    def holds(self) -> bool:
        return self.found == self.case.segment


def read_draft() -> Draft:
    """The draft, right or wrong."""
    try:
        return Draft(publishing.draft())
    except RuleError as error:
        return Draft(None, error.faults)


def outcomes(document: Document, at: date = ANY_DAY) -> list[CaseOutcome]:
    """Every golden case of the draft with what the draft gives it."""
    ids = dict(GoldenCase.objects.values_list("name", "pk"))
    scorers: dict[date, Scorer] = {}
    found = []
    for case in document.cases:
        day = case.at or at
        scorer = scorers.get(day) or scorers.setdefault(day, Scorer(document, day))
        failing = check(case, scorer)
        given = (failing.found, failing.reason) if failing else (case.segment, "")
        found.append(CaseOutcome(case, ids[case.name], *given))
    return found


def accept_outcomes(accepted: Mapping[int, str], author: User | None) -> None:
    """These golden cases now expect these segments."""
    if not accepted:
        return
    names = ", ".join(GoldenCase.objects.filter(pk__in=accepted).values_list("name", flat=True))
    with edit(f"Golden cases with another outcome: {names}", author):
        for pk, segment in accepted.items():
            GoldenCase.objects.filter(pk=pk).update(segment=segment)


def remove_case(row: GoldenCase, author: User | None) -> None:
    """The golden case is no longer in the draft."""
    with edit(f"Removed the golden case “{row.name}”", author):
        GoldenCase.objects.filter(pk=row.pk).delete()


def move_case(row: GoldenCase, by: int, author: User | None) -> None:
    """The golden case changes places with its neighbour."""
    with edit(f"Moved the golden case “{row.name}” {'down' if by > 0 else 'up'}", author):
        move(list(GoldenCase.objects.all()), row, by)


def duplicate_case(row: GoldenCase, author: User | None) -> GoldenCase:
    """A copy right below the golden case, with a name of its own."""
    with edit(f"Duplicated the golden case “{row.name}”", author):
        names = set(GoldenCase.objects.values_list("name", flat=True))
        copy = GoldenCase.objects.get(pk=row.pk)
        copy.pk, copy._state.adding = None, True
        copy.name = next(
            name
            for number in range(1, len(names) + 2)
            if (name := f"{row.name[:280]} (copy{f' {number}' if number > 1 else ''})") not in names
        )
        copy.save()
        order = [each for each in GoldenCase.objects.all() if each.pk != copy.pk]
        order.insert(order.index(row) + 1, copy)
        renumber(order)
    return copy


def save_case(row: GoldenCase | None, raw: Mapping[str, object], author: User | None, *, base: str = "") -> None:
    """A golden case, a new one where `row` is None, now says what `raw` says.

    Raises RuleError, and ChangedMeanwhile when it is not as in `base`.
    """
    reader = DocumentReader()
    data = publishing.draft_data()
    _, _, profiles, *_ = reader.document(data)
    reader.faults.clear()
    case = reader.case(raw, "", profiles)
    others = GoldenCase.objects.exclude(pk=row.pk) if row else GoldenCase.objects.all()
    reader.faults += too_long(raw, name=300)
    if others.filter(name=case.name).exists():
        reader.faults.append(Fault("name", f"the name {case.name!r} stands twice"))
    if reader.faults:
        raise RuleError(reader.faults)
    with edit(f"{'Changed' if row else 'Added'} the golden case “{case.name}”", author):
        changed = GoldenCase(position=GoldenCase.objects.count())
        if row is not None:
            found = GoldenCase.objects.filter(pk=row.pk).first()
            if found is None:
                raise ChangedMeanwhile
            require(base, found)
            changed = found
        changed.name, changed.segment, changed.at, changed.note = case.name, case.segment, case.at, case.note
        changed.facts = jsonable(case.facts)
        changed.save()


def publish_draft(accepted: Mapping[int, str], *, seen: str, note: str, author: User | None) -> Ruleset:
    """The draft is the active ruleset, with these golden cases changed in the same publication.

    `seen` is the content hash of the draft that was confirmed. Raises ChangedMeanwhile when
    the draft is another one by now, and RuleError when it has faults or a golden case does not hold.
    """
    with transaction.atomic():
        wait_for_others()
        document = publishing.draft()
        if document.content_hash() != seen:
            raise ChangedMeanwhile
        if accepted:
            accept_outcomes(accepted, author)
            document = publishing.draft()
        return publishing.publish(document, note=note, author=author)


def roll_back(*, seen: int, note: str, author: User | None) -> Ruleset:
    """The rules before the active ones are active again, and the draft says the same.

    Raises ChangedMeanwhile when another ruleset than number `seen` is active by now, NoRuleset where there is none.
    """
    with edit(f"Rolled back from ruleset {seen}", author, over=EVERYTHING):
        if publishing.active_ruleset().number != seen:
            raise ChangedMeanwhile
        return publishing.roll_back(note=note, author=author)


def start_over(author: User | None) -> None:
    """The draft says what the active ruleset says; raises NoRuleset."""
    active = publishing.active_ruleset()
    with edit(f"Draft started over from {str(active).lower()}", author, over=EVERYTHING):
        publishing.save_draft(active.document())


def places() -> dict[str, Row]:
    """Where each row of the draft stands in the document that it makes: `profiles[0].must[1]`."""
    found: dict[str, Row] = {}
    for number, profile in enumerate(Profile.objects.prefetch_related("criteria", "components__rows")):
        at = f"profiles[{number}]"
        found[at] = profile
        criteria = [row for row in profile.criteria.all() if row.enabled]
        for kind, word in (("disqualify",) * 2, ("must",) * 2, ("bonus",) * 2, ("flag", "flags")):
            for place, row in enumerate(row for row in criteria if row.kind == kind):
                found[f"{at}.{word}[{place}]"] = row
        parts = [part for part in profile.components.all() if not publishing.is_off(part)]
        for place, part in enumerate(parts):
            found[f"{at}.components[{place}]"] = part
            for order, row in enumerate(row for row in part.rows.all() if row.enabled):
                found[f"{at}.components[{place}].rows[{order}]"] = row
    return found


def row_at(path: str, rows: Mapping[str, Row]) -> Row | None:
    """The innermost row that the place of a fault lies in."""
    near = [place for place in rows if path == place or path.startswith((f"{place}.", f"{place}["))]
    return rows[max(near, key=len)] if near else None


@dataclass(frozen=True)
class Published:
    """A ruleset that is active now; `new` unless it was active before.

    `dropped` are criteria that were off in the draft and are no longer in it, by their place.
    """

    ruleset: Ruleset
    new: bool
    dropped: tuple[str, ...] = ()


def publish_document(document: Document, *, base: int, note: str, author: User | None) -> Published:
    """The document is the active ruleset, and the draft says the same; what the draft said before, Undo brings back.

    Raises ChangedMeanwhile when another ruleset than number `base` is active by now (0: one at all), and RuleError
    when a golden case does not hold.
    """
    with transaction.atomic():
        active = wait_for_active(base)
        dropped = take_over(document, f"Published: {note}", author)
        ruleset = publishing.publish(document, note=note, author=author)
    return Published(ruleset, ruleset.pk != (active and active.pk), tuple(dropped))


def publish_again(older: Ruleset, *, base: int, note: str, author: User | None) -> Published:
    """What an older ruleset said is the active ruleset again, under the next number, and the draft says the same.

    Raises ChangedMeanwhile when another ruleset than number `base` is active by now, and RuleError when the document
    can no longer be published.
    """
    return publish_document(older.document(), base=base, note=note or f"Back to ruleset {older.number}", author=author)


def wait_for_active(base: int) -> Ruleset | None:
    """The active ruleset, held until this transaction ends; raises ChangedMeanwhile unless it is number `base`."""
    wait_for_others()
    rulesets = Ruleset.objects.order_by("-number")
    if transaction.get_connection().features.has_select_for_update:
        rulesets = rulesets.select_for_update()
    list(rulesets.values_list("pk"))
    active = Ruleset.objects.active().first()
    if (active.number if active else 0) != base:
        raise ChangedMeanwhile
    return active
