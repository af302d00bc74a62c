"""The page on which one profile of the draft is edited."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from personas.admin.counts import provider_for
from personas.editing.publication import places, row_at
from personas.editing.reading import draft_reader
from personas.models import Component, Criterion, Persona, Profile
from personas.rules.cells import show as digits
from personas.rules.conditions import Condition
from personas.rules.errors import Fault
from personas.rules.reading import DocumentReader
from personas.rules.text import sentence
from personas.rules.text.pages import COMBINED
from personas.rules.text.values import points_text

from .field import plain
from .page import bar, show

GROUPS = (
    (Criterion.Kind.DISQUALIFY, "Rules out", "{One} is left out as soon as one of these holds.", "block"),
    (Criterion.Kind.MUST, "Must all hold", "{One} belongs here when all of these hold.", "task_alt"),
    (Criterion.Kind.BONUS, "Bonus", "Points on top, where every must holds.", "add_circle"),
    (Criterion.Kind.FLAG, "Flags", "Labels that people see. They are worth no points.", "flag"),
)


@dataclass
class Line:
    """One criterion as the page shows it."""

    row: Criterion
    said: str
    points: str
    condition: Condition | None
    faults: list[str] = field(default_factory=list)


@dataclass
class Group:
    """Criteria that stand together, or a component with its rows."""

    title: str
    note: str
    icon: str
    add: str
    lines: list[Line]
    empty: str = ""
    component: Component | None = None
    notes: list[str] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    off: bool = False


def editor_page(request: HttpRequest, profile: Profile) -> HttpResponse:
    """The profile with its criteria in groups, and what can be done with each."""
    stand = bar(request)
    speaker = Speaker(profile.subject)
    faulty = faults_by_row(stand["draft"].faults)
    criteria = list(profile.criteria.filter(component=None))
    parts = list(profile.components.prefetch_related("rows"))
    new = reverse("admin:personas_criterion_new", args=[profile.pk])

    one = "a contact" if profile.of_people else "an account"

    def group(kind: Criterion.Kind, title: str, note: str, icon: str) -> Group:
        lines = [speaker.line(row, faulty) for row in criteria if row.kind == kind]
        note, empty = (text.format(one=one, One=one.capitalize()) for text in (note, EMPTY[kind]))
        return Group(title, note, icon, f"{new}?kind={kind}", lines, empty=empty)

    def part_group(part: Component) -> Group:
        rows = list(part.rows.all())
        return Group(
            part.label,
            COMBINED[part.combine][:1].upper() + COMBINED[part.combine][1:],
            "table_rows",
            f"{new}?kind=points&component={part.pk}",
            [speaker.line(row, faulty) for row in rows],
            empty="No row yet. A component without rows cannot be published.",
            component=part,
            notes=limits(part, speaker),
            faults=faulty.get(part, []),
            off=bool(rows) and not any(row.enabled for row in rows),
        )

    first, must, bonus, flags = (group(*each) for each in GROUPS)
    components = [part_group(part) for part in parts]
    context = stand | {
        "profile": profile,
        "groups_before": [first, must],
        "components": components,
        "groups_after": [bonus, flags],
        "head": head(profile, speaker),
        "head_faults": faulty.get(profile, []),
        "counts": bool(criteria or parts) and not profile.of_people and provider_for(request.user) is not None,
    }
    return show(request, "editor.html", profile.name, context)


EMPTY = {
    Criterion.Kind.DISQUALIFY: "Nothing leaves {one} out.",
    Criterion.Kind.MUST: "Nothing must hold: {one} always belongs here. Add the first thing that it takes.",
    Criterion.Kind.BONUS: "No bonus.",
    Criterion.Kind.FLAG: "No flags.",
}


class Speaker:
    """Says conditions of the draft in its own words."""

    def __init__(self, subject: str = Profile.Subject.COMPANY) -> None:
        self.reader: DocumentReader = draft_reader(subject)

    def condition(self, raw: object, *, bonus: bool = False, subject: str = "") -> Condition | None:
        """The condition of a row, of a profile with `subject` where that is given; None where it cannot be read."""
        self.reader.faults.clear()
        self.reader.conditions.subject = subject or self.reader.conditions.subject
        found = self.reader.conditions.read(raw, "when", bonus=bonus)
        return None if self.reader.faults else found

    def say(self, condition: Condition) -> str:
        return sentence(condition, self.reader.vocabulary, self.reader.conditions.lists)  # type: ignore[arg-type]

    def line(self, row: Criterion, faulty: Mapping[object, list[str]]) -> Line:
        """A criterion in plain words, or with what is wrong with it."""
        found = self.condition(row.condition, bonus=row.kind == Criterion.Kind.BONUS)
        wrong = list(faulty.get(row, []))
        if found is None and not wrong:
            wrong = [plain(each) for each in self.reader.faults]
        points = "" if row.points is None else points_text(number(row.points))
        return Line(row, self.say(found) if found else "Cannot be read.", points, found, wrong)


def number(value: Any) -> Any:
    return int(value) if value == value.to_integral_value() else value.normalize()


def limits(part: Component, speaker: Speaker) -> list[str]:
    """What limits the points of a component, in words."""
    out = []
    if part.gate:
        gate = speaker.condition(part.gate)
        out.append(
            f"Counts only where: {speaker.say(gate) if gate else 'a condition that cannot be read'}; else 0 points"
        )
    if part.combine != Component.Combine.SUM:
        out.append(f"{points_text(number(part.otherwise) if part.otherwise is not None else 0)} where no row holds")
    if part.cap is not None:
        out.append(f"Never more than {points_text(number(part.cap))}")
    if part.floor is not None:
        out.append(f"Never less than {points_text(number(part.floor))}")
    return out


def head(profile: Profile, speaker: Speaker) -> list[tuple[str, str]]:
    """What stands at the head of a profile, label by label."""
    names = dict(Persona.objects.values_list("key", "name")) if profile.wanted_personas else {}
    enough = speaker.condition(profile.enough_data) if profile.enough_data else None
    pairs = [
        ("Standing", profile.standing),
        ("Stance", profile.get_stance_display() if profile.stance else ""),
        ("Why it matters", profile.summary),
        ("What to do", profile.action),
        ("Examples", ", ".join(map(str, profile.examples))),
        ("Counted only where", speaker.say(enough) if enough else ""),
        ("Wanted personas", ", ".join(names.get(key, key) for key in profile.wanted_personas)),
        ("Wanted buying roles", ", ".join(role.replace("_", " ") for role in profile.wanted_roles)),
        ("Bands", ", ".join(band(each) for each in profile.bands)),
        ("An unknown fact", profile.get_missing_display() if profile.missing != "open" else ""),
        ("Meant to reach at most", points_text(number(profile.maximum)) if profile.maximum is not None else ""),
        ("Key", profile.key),
    ]
    return [(label, said) for label, said in pairs if said]


def band(raw: Mapping[str, Any]) -> str:
    start = raw.get("from")
    return f"{raw.get('key')} from {digits(start)}" if start is not None else f"{raw.get('key')} below"


def faults_by_row(faults: tuple[Fault, ...]) -> dict[object, list[str]]:
    """What is wrong with each row of the draft."""
    out: dict[object, list[str]] = {}
    rows = places() if faults else {}
    for fault in faults:
        row = row_at(fault.path, rows)
        if row is not None:
            out.setdefault(row, []).append(plain(fault))
    return out
