"""Personas of the draft: adding, changing, duplicating, moving, removing."""

from collections.abc import Iterable, Mapping

from django.contrib.auth.models import User

from personas.models import Persona, Statement, TitlePattern
from personas.rules import document as rules
from personas.rules.errors import Fault
from personas.rules.reading import DocumentReader
from personas.rules.words import fold

from .criteria import free_key, move
from .reading import refuse, too_long, version
from .revisions import EVERYTHING, ChangedMeanwhile, edit
from .uses import questions_of_persona, refuse_where_used, rename_wanted, uses_of_persona

PEOPLE = (Persona, Statement, TitlePattern)


def persona_version(row: Persona) -> str:
    """A word that changes whenever the persona, its statements or its titles do."""
    return version(row, *row.statements.all(), *row.title_patterns.all())


def read_persona(raw: Mapping[str, object], row: Persona | None) -> rules.Persona:
    """The persona that `raw` describes as in a document; raises RuleError."""
    reader = DocumentReader()
    persona = reader.persona(raw, "")
    faults = [*reader.faults, *too_long(raw, name=200)]
    others = Persona.objects.exclude(pk=row.pk) if row else Persona.objects.all()
    if others.filter(key=persona.key).exists():
        faults.append(Fault("key", f"the key {persona.key!r} stands twice"))
    named = {fold(name): str(each) for each in others for name in (each.name, *each.aliases)}
    for name, where in ((persona.name, "name"), *((each, "aliases") for each in persona.aliases)):
        if fold(name) in named:
            faults.append(Fault(where, f"“{name}” is what {named[fold(name)]} is called"))
    for where, titles in (("titles", persona.titles), ("exclude", persona.exclude)):
        faults += [Fault(where, f"“{each[:40]}…” has {len(each)} characters", "at most 200")
                   for each in titles if len(each) > 200]  # fmt: skip
    both = {fold(each) for each in persona.titles} & {fold(each) for each in persona.exclude}
    if both:
        faults.append(Fault("exclude", f"“{min(both)}” is also among the titles that match"))
    refuse(faults)
    return persona


def save_persona(row: Persona | None, raw: Mapping[str, object], author: User | None, *, base: str = "") -> Persona:
    """The persona, a new one where `row` is None, now says what `raw` says. A key that is in use stays.

    Raises RuleError, and ChangedMeanwhile when it is not as in `base`.
    """
    persona = read_persona(raw, row)
    over = EVERYTHING if row and row.key != persona.key else PEOPLE
    with edit(f"{'Changed' if row else 'Added'} the persona {persona.name}", author, over=over):
        now = Persona(position=Persona.objects.count())
        if row is not None:
            found = Persona.objects.filter(pk=row.pk).first()
            if found is None or (base and base != persona_version(found)):
                raise ChangedMeanwhile
            now = found
            if now.key != persona.key:
                refuse_where_used("The key", questions_of_persona(now.key))
                rename_wanted(now.key, persona.key)
        now.key, now.name, now.aliases, now.tier = persona.key, persona.name, list(persona.aliases), persona.tier
        now.buying_roles, now.found_at = list(persona.buying_roles), list(persona.found_at)
        now.story, now.pain_tolerance, now.technical_level = (
            persona.story, persona.pain_tolerance, persona.technical_level,
        )  # fmt: skip
        now.save()
        fill(now, persona)
    return now


def fill(row: Persona, persona: rules.Persona) -> None:
    """The statements and titles of the row are those of `persona`; a row that says the same stays."""
    kept = {(each.kind, each.text): each.pk for each in row.statements.all()}
    row.statements.all().delete()
    order = in_order(persona.statements, list(kept))
    Statement.objects.bulk_create(
        Statement(pk=kept.pop((each.kind, each.text), None), persona=row, kind=each.kind, text=each.text, position=at)
        for at, each in enumerate(order)
    )
    there = {(each.text, each.exclude): each.pk for each in row.title_patterns.all()}
    row.title_patterns.all().delete()
    TitlePattern.objects.bulk_create(
        TitlePattern(pk=there.get((text, exclude)), persona=row, text=text, exclude=exclude, position=at)
        for exclude, texts in ((False, persona.titles), (True, persona.exclude))
        for at, text in enumerate(dict.fromkeys(texts))
    )


def in_order(statements: Iterable[rules.Statement], before: list[tuple[str, str]]) -> list[rules.Statement]:
    """The statements, kinds in turn as they were before, so that a form sorted by kind changes no order."""
    waiting: dict[str, list[rules.Statement]] = {}
    for each in statements:
        waiting.setdefault(each.kind, []).append(each)
    out = [waiting[kind].pop(0) for kind, _ in before if waiting.get(kind)]
    return [*out, *(each for rest in waiting.values() for each in rest)]


def duplicate_persona(row: Persona, author: User | None) -> Persona:
    """A copy behind the others, with a key and a name of its own and no other names."""
    with edit(f"Duplicated {row.name}", author, over=PEOPLE):
        copy = Persona.objects.get(pk=row.pk)
        copy.pk, copy._state.adding = None, True
        copy.key = free_key(row.key, Persona.objects.values_list("key", flat=True))
        names = {fold(each) for each in Persona.objects.values_list("name", flat=True)}
        copy.name = next(
            name for number in range(1, len(names) + 2)
            if fold(name := f"{row.name[:180]} (copy{f' {number}' if number > 1 else ''})") not in names
        )  # fmt: skip
        copy.aliases, copy.position = [], Persona.objects.count()
        copy.save()
        Statement.objects.bulk_create(
            Statement(persona=copy, kind=each.kind, text=each.text, position=each.position)
            for each in row.statements.all()
        )
        TitlePattern.objects.bulk_create(
            TitlePattern(persona=copy, text=each.text, exclude=each.exclude, position=each.position)
            for each in row.title_patterns.all()
        )
    return copy


def move_persona(row: Persona, by: int, author: User | None) -> None:
    """The persona changes places with its neighbour."""
    with edit(f"Moved {row.name} {'down' if by > 0 else 'up'}", author, over=PEOPLE):
        move(list(Persona.objects.all()), row, by)


def remove_persona(row: Persona, author: User | None) -> None:
    """The persona is no longer in the draft; raises RuleError while a criterion asks for it."""
    with edit(f"Removed the persona {row.name}", author, over=PEOPLE):
        refuse_where_used("The persona", uses_of_persona(row.key))
        Persona.objects.filter(pk=row.pk).delete()
