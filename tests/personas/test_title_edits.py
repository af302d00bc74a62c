"""Job titles of the draft one by one: given, ruled out, and taken back."""

import pytest

from personas.editing.revisions import undo
from personas.editing.titles import TitleEdit, add_titles, draft_personas, restore_titles, waiting, with_titles
from personas.models import DraftRevision
from personas.publishing import draft, publish, save_draft
from personas.rules.document import Document, Persona, from_data
from personas.rules.errors import RuleError

RULES = {
    "format": 1,
    "personas": [
        {"key": "sam", "name": "Sam", "titles": ["software engineer", "product engineer"], "exclude": ["presales"]},
        {"key": "pam", "name": "Pam", "titles": ["product manager", "Product Engineer", "product owner"]},
    ],
}  # fmt: skip


def lists(personas: tuple[Persona, ...]) -> dict[str, tuple[tuple[str, ...], tuple[str, ...]]]:
    return {each.key: (each.titles, each.exclude) for each in personas}


@pytest.fixture
def active(db: None) -> Document:
    """The rules in force, which the draft says too."""
    document = from_data(RULES)
    publish(document)
    save_draft(document)
    return document


def test_a_title_goes_on_a_list_once_whatever_its_case() -> None:
    personas = from_data(RULES).personas

    after = with_titles(personas, [TitleEdit("sam", "Growth Hacker"), TitleEdit("sam", "growth  hacker")])

    assert lists(after)["sam"][0] == ("software engineer", "product engineer", "Growth Hacker")
    assert with_titles(personas, [TitleEdit("sam", "Software Engineer")]) == personas


def test_a_title_is_on_one_list_of_a_persona_only() -> None:
    after = with_titles(from_data(RULES).personas, [TitleEdit("pam", "product engineer", exclude=True)])

    assert lists(after)["pam"] == (("product manager", "product owner"), ("product engineer",))


def test_what_is_added_stands_in_the_draft_and_only_there(active: Document) -> None:
    edits = [TitleEdit("sam", "Growth Hacker"), TitleEdit("pam", "product engineer", exclude=True)]

    assert add_titles(edits, "Said it", None) is True

    assert draft_personas() == with_titles(active.personas, edits)
    assert [str(each) for each in DraftRevision.objects.all()] == ["Said it"]
    assert add_titles(edits, "Said it twice", None) is False
    assert DraftRevision.objects.count() == 1
    undo(None)
    assert draft().content_hash() == active.content_hash()


@pytest.mark.parametrize("text", ["x" * 201, "--", "  "], ids=["too-long", "no-words", "empty"])
def test_a_title_that_no_pattern_can_be_is_refused(active: Document, text: str) -> None:
    with pytest.raises(RuleError):
        add_titles([TitleEdit("sam", "Growth Hacker"), TitleEdit("sam", text)], "Said it", None)

    assert draft().content_hash() == active.content_hash()


def test_taking_back_restores_a_title_in_its_old_place(active: Document) -> None:
    add_titles([TitleEdit("pam", "product engineer", exclude=True), TitleEdit("pam", "Growth Lead")], "Said it", None)

    assert restore_titles(["Product engineer"], active.personas, None) is True

    assert lists(draft_personas())["pam"] == (
        ("product manager", "Product Engineer", "product owner", "Growth Lead"),
        (),
    )
    restore_titles(["growth lead"], active.personas, None)
    assert draft().content_hash() == active.content_hash()
    assert restore_titles(["growth lead"], active.personas, None) is False


def test_what_waits_is_told_by_title_both_ways(active: Document) -> None:
    add_titles([TitleEdit("pam", "product engineer", exclude=True)], "Said it", None)

    found = waiting(active.personas, draft_personas())

    assert [(each.persona, each.exclude, each.there) for each in found["product", "engineer"]] == [
        ("pam", False, False),
        ("pam", True, True),
    ]
    assert list(found) == [("product", "engineer")]
