"""Draft rows to document and back; publishing and rolling back."""

from collections.abc import Sequence
from decimal import Decimal

from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone

from .models import (
    Component,
    Criterion,
    CustomFact,
    GoldenCase,
    ListEntry,
    NamedList,
    Persona,
    Profile,
    Ruleset,
    Statement,
    TitlePattern,
)
from .rules import document as rules
from .rules.conditions import write
from .rules.document import Document, from_data, to_json
from .rules.errors import Fault, RuleError
from .rules.facts import BUILT_IN
from .rules.golden import failing
from .rules.reading import FORMAT
from .rules.texts import jsonable
from .rules.writing import profile_data

Ids = dict[tuple[str | None, ...], int]


class NoRuleset(LookupError):
    """Nothing was published yet. `manage.py load_preset` publishes the preset."""


def active_ruleset() -> Ruleset:
    """The ruleset that scoring reads; raises NoRuleset before the first publication."""
    ruleset = Ruleset.objects.active().first()
    if ruleset is None:
        raise NoRuleset("no ruleset was published yet; run: python manage.py load_preset")
    return ruleset


def active_document() -> Document:
    """What the active ruleset says; an empty document before the first publication."""
    ruleset = Ruleset.objects.active().first()
    return ruleset.document() if ruleset else Document()


def publish(document: Document, *, note: str = "", author: User | None = None) -> Ruleset:
    """The next Ruleset, now the active one; the active one again where nothing differs.

    Raises RuleError when a golden case of the document does not hold.
    """
    faults = [
        Fault("cases", f"{each.name!r} must give {each.expected} and gives {each.found}", each.reason)
        for each in failing(document)
    ]
    if faults:
        raise RuleError(faults)
    with transaction.atomic():
        rulesets = Ruleset.objects.order_by("-number")
        if transaction.get_connection().features.has_select_for_update:
            rulesets = rulesets.select_for_update()
        last = rulesets.first()
        content_hash = document.content_hash()
        active = Ruleset.objects.active().first()
        if active is not None and active.content_hash == content_hash:
            return active
        Ruleset.objects.active().update(active=False)
        return Ruleset.objects.create(
            number=1 if last is None else last.number + 1,
            text=to_json(document),
            content_hash=content_hash,
            author=author,
            note=note,
            published_at=timezone.now(),
            active=True,
        )


def ruleset_before(active: Ruleset) -> Ruleset | None:
    """The last ruleset before `active` that said something else; None where there is none."""
    return Ruleset.objects.filter(number__lt=active.number).exclude(content_hash=active.content_hash).first()


def roll_back(*, note: str = "", author: User | None = None) -> Ruleset:
    """The document of the ruleset before the active one, published again as the next Ruleset.

    Raises NoRuleset when there is none before it.
    """
    before = ruleset_before(active_ruleset())
    if before is None:
        raise NoRuleset("there is no other ruleset to go back to")
    with transaction.atomic():
        save_draft(before.document())
        return publish(before.document(), note=note or f"Back to ruleset {before.number}", author=author)


def save_draft(document: Document) -> None:
    """The draft rows now say what `document` says, and nothing else.

    A profile, component or criterion, a list or a persona that keeps its key keeps its id, so that links to it hold.
    """
    with transaction.atomic():
        ids = ids_by_place()
        for model in (Profile, NamedList, CustomFact, Persona, GoldenCase):
            model._default_manager.all().delete()
        save_lists(document.lists, ids)
        for place, profile in enumerate((*document.profiles, *document.contact_profiles)):
            save_profile(profile, place, ids)
        for place, persona in enumerate(document.personas):
            save_persona(persona, place, ids)
        CustomFact.objects.bulk_create(
            CustomFact(
                key=fact.key,
                label=fact.label,
                kind=fact.kind,
                unit=fact.unit,
                choices=list(fact.choices),
                ordered=fact.ordered,
                minimum=fact.minimum,
                maximum=fact.maximum,
                fresh_for_days=fact.fresh_for_days,
                explanation=fact.explanation,
                position=place,
            )
            for place, fact in enumerate(document.facts)
        )
        GoldenCase.objects.bulk_create(
            GoldenCase(
                name=case.name,
                facts=jsonable(case.facts),
                segment=case.segment,
                at=case.at,
                note=case.note,
                position=place,
            )
            for place, case in enumerate(document.cases)
        )


def ids_by_place() -> Ids:
    """The id of every row of the draft that a key names."""
    ids: Ids = {}
    for model in (Profile, NamedList, Persona):
        ids |= {(model.__name__, key): pk for key, pk in model._default_manager.values_list("key", "pk")}
    for profile, key, pk in Component.objects.values_list("profile__key", "key", "pk"):
        ids["Component", profile, key] = pk
    for *place, pk in Criterion.objects.values_list("profile__key", "component__key", "kind", "key", "pk"):
        ids["Criterion", *place] = pk
    return ids


def save_lists(lists: Sequence[rules.NamedList], ids: Ids) -> None:
    for place, named in enumerate(lists):
        row = NamedList.objects.create(
            pk=ids.get(("NamedList", named.key)),
            key=named.key,
            title=named.title,
            match=named.match,
            contains_from=named.contains_from,
            position=place,
        )
        ListEntry.objects.bulk_create(
            ListEntry(named_list=row, name=entry.name, aliases=list(entry.aliases), position=order)
            for order, entry in enumerate(named.entries)
        )


def save_profile(profile: rules.Profile, place: int, ids: Ids) -> None:
    data = profile_data(profile)
    row = Profile.objects.create(
        pk=ids.get(("Profile", profile.key)),
        key=profile.key,
        name=profile.name,
        subject=profile.subject,
        stance=profile.stance,
        rank=profile.rank,
        missing=profile.missing,
        enough_data=jsonable(data.get("enough_data")),
        bands=jsonable(data.get("bands", [])),
        maximum=profile.maximum,
        summary=profile.summary,
        action=profile.action,
        examples=list(profile.examples),
        wanted_personas=list(profile.wanted_personas),
        wanted_roles=list(profile.wanted_roles),
        position=place,
    )
    criteria: list[Criterion] = []
    for kind, lines in (
        (Criterion.Kind.DISQUALIFY, profile.disqualify),
        (Criterion.Kind.MUST, profile.must),
        (Criterion.Kind.BONUS, profile.bonus),
        (Criterion.Kind.FLAG, profile.flags),
    ):
        criteria += [criterion(row, None, kind, line, order) for order, line in enumerate(lines)]
    for order, component in enumerate(profile.components):
        part = Component.objects.create(
            pk=ids.get(("Component", profile.key, component.key)),
            profile=row,
            key=component.key,
            label=component.label,
            combine=component.combine,
            gate=jsonable(write(component.gate)) if component.gate else None,
            cap=component.cap,
            floor=component.floor,
            otherwise=component.otherwise,
            position=order,
        )
        criteria += [criterion(row, part, Criterion.Kind.POINTS, line, at) for at, line in enumerate(component.rows)]
    for each in criteria:
        each.pk = ids.get(
            ("Criterion", profile.key, each.component.key if each.component else None, each.kind, each.key)
        )
    Criterion.objects.bulk_create(criteria)


def criterion(
    profile: Profile, component: Component | None, kind: Criterion.Kind, line: rules.Line, place: int
) -> Criterion:
    return Criterion(
        profile=profile,
        component=component,
        kind=kind,
        key=line.key,
        label=line.label,
        condition=jsonable(write(line.when)),
        points=line.points,
        reason=line.reason,
        rationale=line.rationale,
        position=place,
    )


def save_persona(persona: rules.Persona, place: int, ids: Ids) -> None:
    row = Persona.objects.create(
        pk=ids.get(("Persona", persona.key)),
        key=persona.key,
        name=persona.name,
        aliases=list(persona.aliases),
        tier=persona.tier,
        buying_roles=list(persona.buying_roles),
        story=persona.story,
        pain_tolerance=persona.pain_tolerance,
        technical_level=persona.technical_level,
        found_at=list(persona.found_at),
        position=place,
    )
    Statement.objects.bulk_create(
        Statement(persona=row, kind=each.kind, text=each.text, position=order)
        for order, each in enumerate(persona.statements)
    )
    TitlePattern.objects.bulk_create(
        TitlePattern(persona=row, text=text, exclude=exclude, position=order)
        for exclude, texts in ((False, persona.titles), (True, persona.exclude))
        for order, text in enumerate(dict.fromkeys(texts))
    )


def draft() -> Document:
    """The document that the draft rows make; raises RuleError with every fault."""
    return from_data(draft_data())


def draft_data() -> dict[str, object]:
    """The draft rows as plain data of a document, right or wrong; criteria that are off are left out."""
    return {
        "format": FORMAT,
        "lists": {each.key: list_rows(each) for each in NamedList.objects.prefetch_related("entries")},
        "facts": {each.key: fact_row(each) for each in CustomFact.objects.all()},
        "profiles": [profile_rows(each) for each in Profile.objects.prefetch_related("criteria", "components__rows")],
        "personas": [persona_rows(each) for each in Persona.objects.prefetch_related("statements", "title_patterns")],
        "cases": [
            filled(
                name=each.name,
                facts=with_all_digits(each.facts),
                segment=each.segment,
                at=each.at.isoformat() if each.at else None,
                note=each.note,
            )
            for each in GoldenCase.objects.all()
        ],
    }


def filled(**pairs: object) -> dict[str, object]:
    """Only the pairs that say something."""
    return {key: value for key, value in pairs.items() if value not in (None, "", [])}


def list_rows(named: NamedList) -> dict[str, object]:
    entries = [
        {"name": entry.name, "aliases": entry.aliases} if entry.aliases else entry.name for entry in named.entries.all()
    ]
    head = filled(title=named.title, match=named.match, contains_from=named.contains_from)
    return head | {"entries": entries}


def fact_row(fact: CustomFact) -> dict[str, object]:
    return filled(
        kind=fact.kind,
        label=fact.label,
        unit=fact.unit,
        choices=fact.choices if fact.key not in BUILT_IN else None,
        ordered=fact.ordered or None,
        minimum=number(fact.minimum),
        maximum=number(fact.maximum),
        fresh_for_days=fact.fresh_for_days,
        explanation=fact.explanation,
    )


def number(value: Decimal | None) -> int | Decimal | None:
    """`value` without trailing zeros, whole where it is whole."""
    if value is None:
        return None
    return int(value) if value == value.to_integral_value() else value.normalize()


def with_all_digits(value: object) -> object:
    """`value` out of JSON with its fractions as exact numbers, as a document has them."""
    if isinstance(value, dict):
        return {key: with_all_digits(each) for key, each in value.items()}
    if isinstance(value, list):
        return [with_all_digits(each) for each in value]
    return Decimal(str(value)) if isinstance(value, float) else value


def criterion_row(row: Criterion) -> dict[str, object]:
    return filled(
        key=row.key,
        label=row.label,
        points=number(row.points),
        reason=row.reason,
        rationale=row.rationale,
    ) | {"when": row.condition}


def profile_rows(profile: Profile) -> dict[str, object]:
    criteria = [row for row in profile.criteria.all() if row.enabled]

    def lines(kind: str) -> list[dict[str, object]]:
        return [criterion_row(row) for row in criteria if row.kind == kind]

    return filled(
        key=profile.key,
        name=profile.name,
        subject=profile.subject,
        stance=profile.stance,
        rank=profile.rank,
        missing=profile.missing,
        summary=profile.summary,
        action=profile.action,
        examples=profile.examples,
        wanted_personas=profile.wanted_personas,
        wanted_roles=profile.wanted_roles,
        enough_data=profile.enough_data,
        disqualify=lines("disqualify"),
        must=lines("must"),
        components=[
            filled(
                key=part.key,
                label=part.label,
                combine=part.combine,
                gate=part.gate,
                cap=number(part.cap),
                floor=number(part.floor),
                otherwise=number(part.otherwise),
                rows=[criterion_row(row) for row in part.rows.all() if row.enabled],
            )
            for part in profile.components.all()
            if not is_off(part)
        ],
        bonus=lines("bonus"),
        flags=lines("flag"),
        bands=profile.bands,
        maximum=number(profile.maximum),
    )


def is_off(component: Component) -> bool:
    """Whether every row of the component is off, and so the component too."""
    rows = component.rows.all()
    return bool(rows) and not any(row.enabled for row in rows)


def persona_rows(persona: Persona) -> dict[str, object]:
    patterns = list(persona.title_patterns.all())
    return filled(
        key=persona.key,
        name=persona.name,
        aliases=persona.aliases,
        tier=persona.tier,
        buying_roles=persona.buying_roles,
        titles=[each.text for each in patterns if not each.exclude],
        exclude=[each.text for each in patterns if each.exclude],
        story=persona.story,
        pain_tolerance=persona.pain_tolerance,
        technical_level=persona.technical_level,
        found_at=persona.found_at,
        statements=[{"kind": each.kind, "text": each.text} for each in persona.statements.all()],
    )
