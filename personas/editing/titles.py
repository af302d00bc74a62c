"""Job titles of the draft one by one: given to a persona, ruled out, and back to what is in force."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from django.contrib.auth.models import User

from personas import publishing
from personas.models import Persona, TitlePattern
from personas.rules import document as rules
from personas.rules.errors import Fault
from personas.rules.reading import DocumentReader
from personas.rules.words import words

from .people import PEOPLE
from .reading import refuse
from .revisions import edit

LONGEST = 200

Lists = tuple[tuple[str, ...], tuple[str, ...]]
"""The titles of a persona, and its exclusions."""


@dataclass(frozen=True)
class TitleEdit:
    """A title that goes on the titles of a persona, or with `exclude` on its exclusions."""

    persona: str
    text: str
    exclude: bool = False


@dataclass(frozen=True)
class Waiting:
    """What the draft says of a title and a persona and the rules in force do not; `there` False: it was taken off."""

    persona: str
    name: str
    text: str
    exclude: bool
    there: bool = True


def draft_personas() -> tuple[rules.Persona, ...]:
    """The personas of the draft, also while other parts of it have faults."""
    rows = Persona.objects.prefetch_related("statements", "title_patterns")
    reader = DocumentReader()
    return tuple(reader.persona(publishing.persona_rows(each), "") for each in rows)


def with_titles(personas: Iterable[rules.Persona], edits: Sequence[TitleEdit]) -> tuple[rules.Persona, ...]:
    """The personas after the edits. A title is on one list of a persona only: the last edit of it wins."""
    return tuple(
        replace(each, titles=titles, exclude=exclude)
        for each in personas
        for titles, exclude in [edited(each, [edit for edit in edits if edit.persona == each.key])]
    )


def edited(persona: rules.Persona, edits: Iterable[TitleEdit]) -> Lists:
    """The lists of one persona after its edits."""
    lists = [list(persona.titles), list(persona.exclude)]
    for each in edits:
        said = words(each.text)
        there, other = lists[each.exclude], lists[not each.exclude]
        lists[not each.exclude] = [text for text in other if words(text) != said]
        if said not in map(words, there):
            there.append(each.text)
    return tuple(lists[0]), tuple(lists[1])


def add_titles(edits: Sequence[TitleEdit], said: str, author: User | None) -> bool:
    """The draft says these titles too; whether it did not before. Raises RuleError, and then nothing is changed."""
    refuse([
        Fault("titles", f"“{each.text[:40]}…” has {len(each.text)} characters", f"at most {LONGEST}")
        for each in edits if len(each.text) > LONGEST
    ])  # fmt: skip
    refuse([Fault("titles", f"“{each.text[:40]}” has no words") for each in edits if not words(each.text)])
    return rewrite(
        lambda persona: edited(persona, [each for each in edits if each.persona == persona.key]), said, author
    )


def restore_titles(texts: Sequence[str], active: Sequence[rules.Persona], author: User | None) -> bool:
    """Of these titles the draft says what the rules in force say; whether it said something else."""
    asked = {words(text) for text in texts}
    known = {each.key: each for each in active}

    def restored(persona: rules.Persona) -> Lists:
        before = known.get(persona.key)
        return (
            back(persona.titles, before.titles if before else (), asked),
            back(persona.exclude, before.exclude if before else (), asked),
        )

    named = texts[0] if len(texts) == 1 else f"{len(texts)} titles"
    return rewrite(restored, f"Took back what the draft said of {named}", author)


def back(now: Sequence[str], before: Sequence[str], asked: set[tuple[str, ...]]) -> tuple[str, ...]:
    """The list with what `before` has of the titles asked for, and no more of them, each in its old place."""
    out = [text for text in now if words(text) not in asked]
    for place, text in enumerate(before):
        if words(text) in asked:
            earlier = [out.index(each) for each in before[:place] if each in out]
            out.insert(max(earlier, default=-1) + 1, text)
    return tuple(out)


def rewrite(lists_of: Callable[[rules.Persona], Lists], said: str, author: User | None) -> bool:
    """Every persona of the draft has the lists that `lists_of` gives it, as one edit; whether any of them is new."""
    changed = False
    with edit(said, author, over=PEOPLE):
        for row in Persona.objects.prefetch_related("statements", "title_patterns"):
            now = DocumentReader().persona(publishing.persona_rows(row), "")
            lists = lists_of(now)
            if lists == (now.titles, now.exclude):
                continue
            changed = True
            there = {(each.text, each.exclude): each.pk for each in row.title_patterns.all()}
            row.title_patterns.all().delete()
            TitlePattern.objects.bulk_create(
                TitlePattern(
                    pk=there.get((text, bool(exclude))), persona=row, text=text, exclude=bool(exclude), position=at
                )
                for exclude, texts in enumerate(lists)
                for at, text in enumerate(texts)
            )
    return changed


def waiting(active: Iterable[rules.Persona], draft: Iterable[rules.Persona]) -> Mapping[tuple[str, ...], list[Waiting]]:
    """What the draft changes in the titles of personas, by the words of the title."""
    before = {each.key: each for each in active}
    out: dict[tuple[str, ...], list[Waiting]] = {}
    for persona in draft:
        old = before.get(persona.key)
        pairs = (
            (False, old.titles if old else (), persona.titles),
            (True, old.exclude if old else (), persona.exclude),
        )
        for exclude, was, now in pairs:
            kept, left = {words(text) for text in was}, {words(text) for text in now}
            for there, texts, others in ((True, now, kept), (False, was, left)):
                for text in texts:
                    if words(text) not in others:
                        found = Waiting(persona.key, persona.name or persona.key, text, exclude, there)
                        out.setdefault(words(text), []).append(found)
    return out
