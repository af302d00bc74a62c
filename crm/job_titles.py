"""Job titles as rows: each distinct one once, with the personas whose title lists name it."""

from collections.abc import Iterable

from crm.models import JobTitle, TitlePersona
from personas.rules.document import Document
from personas.rules.words import words

MANY = 1_000


def titles_for(texts: Iterable[str]) -> dict[str, JobTitle]:
    """The row of each title; rows that were missing are made."""
    wanted = {text: " ".join(text.split())[:300] for text in texts if text.strip()}
    names = sorted(set(wanted.values()))
    JobTitle.objects.bulk_create((JobTitle(text=name) for name in names), ignore_conflicts=True, batch_size=MANY)
    rows: dict[str, JobTitle] = {}
    for start in range(0, len(names), MANY):
        rows |= {row.text: row for row in JobTitle.objects.filter(text__in=names[start : start + MANY])}
    return {text: rows[name] for text, name in wanted.items()}


def match_named_titles(document: Document) -> int:
    """Titles that stand word for word on a persona's list point to that persona; returns how many do.

    A title on the lists of several personas is ambiguous and points to all of
    them. Every other title stays unmatched, which rules read as unknown.
    """
    personas: dict[tuple[str, ...], list[str]] = {}
    for persona in document.personas:
        for text in persona.titles:
            named = personas.setdefault(words(text), [])
            if persona.key not in named:
                named.append(persona.key)
    excluded = {words(text) for persona in document.personas for text in persona.exclude}
    matched: list[TitlePersona] = []
    rows: list[JobTitle] = []
    for row in JobTitle.objects.filter(result=None).iterator(chunk_size=MANY):
        found = personas.get(words(row.text))
        if found:
            row.result = JobTitle.Result.MATCH if len(found) == 1 else JobTitle.Result.AMBIGUOUS
            matched += [TitlePersona(title=row, persona=key, place=place) for place, key in enumerate(found)]
            rows.append(row)
        elif words(row.text) in excluded:
            row.result = JobTitle.Result.EXCLUDED
            rows.append(row)
    JobTitle.objects.bulk_update(rows, ["result"], batch_size=MANY)
    TitlePersona.objects.bulk_create(matched, ignore_conflicts=True, batch_size=MANY)
    return len(rows)
