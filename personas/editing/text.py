"""The draft as text: the same rows, written and read as one document."""

import hashlib
import re

import yaml
from django.contrib.auth.models import User

from personas.models import Component, Criterion, Profile
from personas.publishing import draft_data, save_draft
from personas.rules.document import Document, from_data, parse, to_yaml
from personas.rules.errors import RuleError
from personas.rules.texts import Loader, dump_yaml

from .revisions import EVERYTHING, ChangedMeanwhile, edit


def draft_text() -> str:
    """The draft as YAML. Criteria that are off are named in comments at its head."""
    data = draft_data()
    try:
        text = to_yaml(from_data(data))
    except RuleError:
        text = dump_yaml(data)
    off = Criterion.objects.filter(enabled=False).select_related("profile", "component")
    said = [f"# Off, and so not in this text: {place_of(row)}\n" for row in off]
    return "".join(said) + text


def place_of(row: Criterion) -> str:
    """Where a criterion stands, in keys."""
    inside = f"components.{row.component.key}.rows" if row.component else row.kind
    return f"{row.profile.key}.{inside}.{row.key}"


def text_version(text: str) -> str:
    """A word that changes whenever the text does."""
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def save_text(text: str, author: User | None, *, base: str = "") -> None:
    """The draft rows now say what `text` says; criteria that are off stay where their profile and component do.

    Raises RuleError, and ChangedMeanwhile when the draft is not as in `base`.
    """
    document = parse(text)
    with edit("Saved the draft as text", author, over=EVERYTHING):
        if base and base != text_version(draft_text()):
            raise ChangedMeanwhile
        replace_draft(document)


def take_over(document: Document, said: str, author: User | None) -> list[str]:
    """The draft says what `document` says, as one edit that can be undone.

    Criteria that are off stay in the draft and off. Returns those that cannot, by their place in keys: their profile
    or component is gone, or the document has a criterion of their key, which is on. A draft that was empty has
    nothing to go back to, so filling it is no edit.
    """
    if not any(each._default_manager.exists() for each in EVERYTHING):
        return replace_draft(document)
    with edit(said, author, over=EVERYTHING):
        return replace_draft(document)


def replace_draft(document: Document) -> list[str]:
    """The rows say what `document` says, and criteria that are off stay where they can; returns those that cannot."""
    off = list(Criterion.objects.filter(enabled=False).select_related("profile", "component"))
    save_draft(document)
    return [place_of(row) for row in off if not keep_off(row)]


def keep_off(row: Criterion) -> bool:
    """Whether a criterion that was off is in the draft again; its place may be gone or taken."""
    component = row.component
    profile = Profile.objects.filter(key=row.profile.key).first()
    part = component and Component.objects.filter(profile=profile, key=component.key).first()
    if profile is None or (component is not None and part is None):
        return False
    group = Criterion.objects.filter(profile=profile, component=part, kind=row.kind)
    if group.filter(key=row.key).exists():
        return False
    row.profile, row.component = profile, part
    row.save(force_insert=True)
    return True


def line_of(text: str, path: str) -> int | None:
    """The line, from 1 up, of the place that a fault names: `profiles[0].must[1].when.fact`, or `line 3, column 5`."""
    said = re.match(r"line (\d+)", path)
    if said:
        return int(said[1])
    try:
        node = yaml.compose(text, Loader=Loader)
    except (yaml.YAMLError, RecursionError, ValueError):
        return None
    line = 1
    for name, number in re.findall(r"([^.\[\]]+)|\[(\d+)\]", path):
        if isinstance(node, yaml.SequenceNode) and number and int(number) < len(node.value):
            node = node.value[int(number)]
            line = node.start_mark.line + 1
        elif isinstance(node, yaml.MappingNode):
            found = next(((key, value) for key, value in node.value if key.value == name), None)
            if found is None:
                break
            node = found[1]
            line = found[0].start_mark.line + 1
        else:
            break
    return line
