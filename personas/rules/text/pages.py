"""A whole profile as a page that a person can read."""

from collections.abc import Iterator, Mapping

from personas.rules.cells import show
from personas.rules.document import Component, Document, Line, Profile

from .sentences import Speech, capital, speech
from .values import names_text, points_text

COMBINED = {
    "sum": "the points of all rows that hold, added",
    "max": "the points of the best row that holds",
    "first": "the points of the first row that holds",
}


def profile_text(document: Document, profile: Profile) -> list[str]:
    """`profile` as lines of plain words, in the order in which it is worked out."""
    return list(page(speech(document), profile, {each.key: each.name for each in document.personas}))


def page(said: Speech, profile: Profile, personas: Mapping[str, str]) -> Iterator[str]:
    yield f"{profile.name} ({profile.key})"
    yield standing(profile)
    if profile.summary:
        yield profile.summary
    if profile.action:
        yield f"What to do: {profile.action}"
    if profile.examples:
        yield f"Examples: {', '.join(profile.examples)}"
    if wanted := wanted_text(profile, personas):
        yield f"Who should be there: {wanted}."
    if profile.missing != "open":
        yield f"A fact that is unknown counts as {profile.missing}, unless a line says otherwise."
    if profile.disqualify:
        yield "Left out as soon as one of these holds:"
        for line in profile.disqualify:
            yield f"  {line_text(said, line)}" + (f" (reason: {line.reason})" if line.reason else "")
    if profile.enough_data:
        yield f"Counted only where enough is known: {capital(said.say(profile.enough_data))}"
    if profile.must:
        yield "Must, all of these:"
        for line in profile.must:
            yield f"  {line_text(said, line)}"
    for component in profile.components:
        yield from component_text(said, component)
    if profile.bonus:
        yield "Bonus, where every must holds:" if profile.must else "Bonus:"
        for line in profile.bonus:
            yield f"  {points_text(line.points)} for {line_text(said, line)}"
    if profile.bands:
        yield bands_text(profile)
    if profile.maximum is not None:
        yield f"Meant to reach {points_text(profile.maximum)} at most."
    if profile.flags:
        yield "Flags, worth no points:"
        for line in profile.flags:
            yield f"  {line_text(said, line)}"


def standing(profile: Profile) -> str:
    """Whether the profile is a segment, a scorecard or about people, and what sales does with it."""
    if profile.subject == "contact":
        what = "Points for people, by facts of the person and of their company"
    else:
        what = "Scorecard, never a segment" if profile.rank is None else f"Segment, rank {profile.rank}"
    return f"{what}; stance: {profile.stance}." if profile.stance else f"{what}."


def wanted_text(profile: Profile, personas: Mapping[str, str]) -> str:
    """The people whom a company in this segment should have: personas by name, then buying roles."""
    said = [personas.get(each, each) for each in profile.wanted_personas]
    if profile.wanted_roles:
        roles = names_text([each.replace("_", " ") for each in profile.wanted_roles], "and")
        said.append(f"in the buying role{'s' if len(profile.wanted_roles) > 1 else ''} {roles}")
    return "; ".join(said)


def line_text(said: Speech, line: Line) -> str:
    """One line: its label, what it asks for, and why."""
    text = f"{line.label}: {capital(said.say(line.when))}"
    return f"{text}. {line.rationale}" if line.rationale else text


def component_text(said: Speech, component: Component) -> Iterator[str]:
    """A component with its rows, and what limits its points."""
    yield f"{capital(component.label)}: {COMBINED[component.combine]}"
    if component.gate:
        yield f"  counts only where {said.say(component.gate)}; else 0 points"
    for row in component.rows:
        yield f"  {points_text(row.points)} for {line_text(said, row)}"
    if component.combine != "sum":
        yield f"  {points_text(component.otherwise)} where no row holds"
    if component.cap is not None:
        yield f"  never more than {points_text(component.cap)}"
    if component.floor is not None:
        yield f"  never less than {points_text(component.floor)}"


def bands_text(profile: Profile) -> str:
    """The bands from the top down."""
    said = []
    for place, band in enumerate(profile.bands):
        if band.start is not None:
            said.append(f"{band.key} from {points_text(band.start)}")
        else:
            above = profile.bands[place - 1].start if place else None
            said.append(f"{band.key} for all totals" if above is None else f"{band.key} below {show(above)}")
    return f"Bands: {', '.join(said)}."
