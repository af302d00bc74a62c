"""Writing the parts of a rule document as plain data; what says nothing is left out."""

from .conditions import write
from .facts import BUILT_IN, Fact
from .parts import Case, Component, Line, NamedList, Persona, Profile


def filled(**pairs: object) -> dict[str, object]:
    """Only the pairs that say something; a last underscore of a name is dropped."""
    return {key.rstrip("_"): value for key, value in pairs.items() if value not in (None, "", [], ())}


def list_data(named: NamedList) -> dict[str, object]:
    entries: list[object] = [
        {"name": entry.name, "aliases": list(entry.aliases)} if entry.aliases else entry.name for entry in named.entries
    ]
    head = filled(title=named.title, match=named.match, contains_from=named.contains_from)
    return head | {"entries": entries}


def fact_data(fact: Fact) -> dict[str, object]:
    """What a document says of `fact`; of a built-in one only what it changes."""
    known = BUILT_IN.get(fact.key)
    built_in = {} if known is None else said(known)
    return {key: value for key, value in said(fact).items() if key == "kind" or built_in.get(key) != value}


def said(fact: Fact) -> dict[str, object]:
    """Everything there is to say of `fact`."""
    return filled(
        kind=str(fact.kind),
        label=fact.label,
        unit=fact.unit,
        choices=list(fact.choices),
        ordered=fact.ordered or None,
        minimum=fact.minimum,
        maximum=fact.maximum,
        fresh_for_days=fact.fresh_for_days,
        explanation=fact.explanation,
    )


def line_data(line: Line) -> dict[str, object]:
    return filled(
        key=line.key,
        label=line.label,
        when=write(line.when),
        points=line.points,
        reason=line.reason,
        rationale=line.rationale,
    )


def component_data(component: Component) -> dict[str, object]:
    return filled(
        key=component.key,
        label=component.label,
        combine=component.combine,
        gate=write(component.gate) if component.gate else None,
        cap=component.cap,
        floor=component.floor,
        rows=[line_data(row) for row in component.rows],
        otherwise=component.otherwise,
    )


def profile_data(profile: Profile) -> dict[str, object]:
    return filled(
        key=profile.key,
        name=profile.name,
        subject=profile.subject if profile.subject != "company" else None,
        stance=profile.stance,
        rank=profile.rank,
        missing=profile.missing if profile.missing != "open" else None,
        summary=profile.summary,
        action=profile.action,
        examples=list(profile.examples),
        enough_data=write(profile.enough_data) if profile.enough_data else None,
        disqualify=[line_data(line) for line in profile.disqualify],
        must=[line_data(line) for line in profile.must],
        components=[component_data(each) for each in profile.components],
        bonus=[line_data(line) for line in profile.bonus],
        flags=[line_data(line) for line in profile.flags],
        bands=[filled(key=band.key, from_=band.start) for band in profile.bands],
        maximum=profile.maximum,
        wanted_personas=list(profile.wanted_personas),
        wanted_roles=list(profile.wanted_roles),
    )


def persona_data(persona: Persona) -> dict[str, object]:
    return filled(
        key=persona.key,
        name=persona.name,
        aliases=list(persona.aliases),
        tier=persona.tier,
        buying_roles=list(persona.buying_roles),
        titles=list(persona.titles),
        exclude=list(persona.exclude),
        story=persona.story,
        pain_tolerance=persona.pain_tolerance,
        technical_level=persona.technical_level,
        found_at=list(persona.found_at),
        statements=[{"kind": each.kind, "text": each.text} for each in persona.statements],
    )


def case_data(case: Case) -> dict[str, object]:
    head = filled(name=case.name, segment=case.segment, at=case.at.isoformat() if case.at else None, note=case.note)
    return head | {"facts": dict(case.facts)}
