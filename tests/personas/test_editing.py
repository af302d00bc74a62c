"""What edits of the draft do, and how they are taken back."""

from decimal import Decimal
from typing import Any

import pytest
from django.contrib.auth.models import User
from hypothesis import HealthCheck, given, settings

from personas.admin.vocabulary import for_typing
from personas.editing import components, criteria, profiles, publication, revisions
from personas.editing.reading import version
from personas.editing.revisions import ChangedMeanwhile, NothingToUndo, redo, undo
from personas.editing.text import draft_text, line_of, save_text, text_version
from personas.models import Component, Criterion, DraftRevision, GoldenCase, NamedList, Profile
from personas.presets import preset_text
from personas.publishing import active_ruleset, draft, draft_data, publish, save_draft
from personas.rules.conditions import write
from personas.rules.document import from_data, parse
from personas.rules.errors import RuleError
from personas.rules.reading import DocumentReader
from tests.factories import SEGMENTS
from tests.personas.rules.strategies import documents

pytestmark = pytest.mark.django_db

FOUNDED = {"label": "Young", "key": "young", "when": {"fact": "founded", "at_least": 2015}}


@pytest.fixture(autouse=True)
def segments() -> None:
    save_draft(from_data(SEGMENTS))


def profile(key: str = "growth") -> Profile:
    return Profile.objects.get(key=key)


def line(key: str, kind: str = "must") -> Criterion:
    return Criterion.objects.get(profile__key="growth", kind=kind, key=key)


def keys(kind: str = "must") -> list[str]:
    return list(Criterion.objects.filter(profile__key="growth", kind=kind).values_list("key", flat=True))


def part() -> Component:
    return Component.objects.get(profile__key="growth")


def table(component: Component) -> dict[str, Any]:
    data = from_data(draft_data()).profiles[0].components[0]
    return {
        "key": component.key,
        "label": component.label,
        "combine": component.combine,
        "rows": [
            {"key": row.key, "label": row.label, "points": row.points, "when": write(row.when)} for row in data.rows
        ],
    }


# Criteria


def test_an_added_criterion_stands_at_the_end_of_its_group() -> None:
    criteria.add_criterion(profile(), "must", None, FOUNDED, None)

    assert keys() == ["size", "backed", "young"]
    assert draft().profiles[0].must[2].label == "Young"


@pytest.mark.parametrize(
    ("change", "path"),
    [
        ({"when": {"all": [{"fact": "employees", "at_least": 1}, {"fact": "employees", "between": [9, "many"]}]}},
         "when.all[1].between"),
        ({"when": {"not": {"fact": "employes", "at_least": 1}}}, "when.not.fact"),
        ({"when": None}, "when"),
        ({"key": "size"}, "key"),
        ({"key": "no key"}, "key"),
        ({"label": "x" * 301}, "label"),
        ({"points": 3}, ""),
    ],
    ids=["inside-a-group", "a-fact-unknown", "no-condition", "a-key-twice", "no-key", "too-long", "points-on-a-must"],
)  # fmt: skip
def test_a_wrong_criterion_is_refused_at_its_place(change: dict[str, object], path: str) -> None:
    with pytest.raises(RuleError) as refused:
        criteria.add_criterion(profile(), "must", None, FOUNDED | change, None)

    assert path in [fault.path.removesuffix("document") for fault in refused.value.faults]
    assert keys() == ["size", "backed"]
    assert not DraftRevision.objects.exists()


def test_a_changed_criterion_keeps_its_place_and_whether_it_is_on() -> None:
    row = line("size")
    criteria.turn_criterion(row, None, on=False)

    criteria.change_criterion(row, {"key": "size", "label": "More", "when": {"fact": "employees", "at_least": 5}}, None)

    changed = line("size")
    assert (changed.pk, changed.label, changed.enabled) == (row.pk, "More", False)
    assert keys() == ["size", "backed"]


def test_who_saves_over_somebody_elses_change_is_told() -> None:
    row = line("size")
    seen = version(row)
    criteria.change_criterion(row, FOUNDED, None, base=seen)

    with pytest.raises(ChangedMeanwhile):
        criteria.change_criterion(row, FOUNDED | {"label": "Mine"}, None, base=seen)

    assert line("young").label == "Young"


def test_a_copy_stands_below_with_a_key_of_its_own() -> None:
    criteria.duplicate_criterion(line("size"), None)
    criteria.duplicate_criterion(line("size"), None)

    assert keys() == ["size", "size-3", "size-2", "backed"]
    assert draft().profiles[0].must[1].when == draft().profiles[0].must[0].when


@pytest.mark.parametrize(
    ("key", "by", "order"),
    [("size", 1, ["backed", "size"]), ("backed", -1, ["backed", "size"]), ("size", -1, ["size", "backed"])],
    ids=["down", "up", "beyond-the-top"],
)
def test_a_criterion_moves_among_its_neighbours(key: str, by: int, order: list[str]) -> None:
    criteria.move_criterion(line(key), by, None)

    assert keys() == order


def test_a_criterion_that_is_off_stays_in_the_draft_and_out_of_the_document() -> None:
    criteria.turn_criterion(line("size"), None, on=False)

    assert [each.key for each in draft().profiles[0].must] == ["backed"]
    assert keys() == ["size", "backed"]


def test_a_component_whose_rows_are_all_off_is_off() -> None:
    components.turn_component(part(), None, on=False)

    assert draft().profiles[0].components == ()
    assert part().rows.count() == 2


# Components and profiles


def test_a_table_of_rows_is_saved_as_a_whole() -> None:
    rows = list(part().rows.all())
    raw = table(part())
    raw["rows"] = [raw["rows"][1] | {"points": Decimal("12.5")}, {"key": "new", "label": "New", "points": 1,
                   "when": {"fact": "employees", "is": 3}}]  # fmt: skip

    components.save_component(profile(), part(), raw, [rows[1].pk, None], [False, True], None)

    saved = list(part().rows.all())
    assert [(row.key, row.points, row.enabled) for row in saved] == [
        ("some", Decimal("12.50"), True),
        ("new", Decimal("1.00"), False),
    ]
    assert saved[0].pk == rows[1].pk


def test_a_row_of_another_component_is_not_taken_over() -> None:
    other = line("size")

    components.save_component(profile(), part(), table(part()), [other.pk, None], [], None)

    assert line("size").pk == other.pk
    assert part().rows.count() == 2


def test_a_fault_in_a_table_names_its_row() -> None:
    raw = table(part())
    raw["rows"][1]["when"] = {"fact": "employees", "between": [9, 3]}
    raw["rows"][0]["points"] = "many"

    with pytest.raises(RuleError) as refused:
        components.save_component(profile(), part(), raw, [], [], None)

    assert [fault.path for fault in refused.value.faults] == ["rows[0].points", "rows[1].when.between"]


def test_two_segments_that_change_places_change_ranks() -> None:
    profiles.move_profile(profile("early"), -1, None)

    assert [(each.key, each.rank) for each in draft().ranked()] == [("early", 1), ("growth", 2)]
    assert list(Profile.objects.values_list("key", flat=True)) == ["early", "growth"]


def test_a_copied_profile_holds_the_same_under_another_key() -> None:
    profiles.duplicate_profile(profile(), None)

    first, _, copy = draft().profiles
    assert (copy.key, copy.rank) == ("growth-2", 3)
    assert (copy.must, copy.components) == (first.must, first.components)


def test_golden_cases_follow_a_profile_to_its_new_key() -> None:
    GoldenCase.objects.create(name="One", segment="growth", facts={})

    profiles.change_profile(profile(), {"key": "grown", "name": "Grown", "rank": 1}, None)

    assert GoldenCase.objects.get().segment == "grown"


def test_a_rank_is_held_once() -> None:
    with pytest.raises(RuleError, match="rank 2 is held by Early"):
        profiles.change_profile(profile(), {"key": "growth", "name": "Growth", "rank": 2}, None)


# Taking back


def test_every_edit_can_be_taken_back_and_done_again() -> None:
    author = User.objects.create_user("ann")
    stages = [draft().content_hash()]
    for edit in (
        lambda: criteria.add_criterion(profile(), "must", None, FOUNDED, author),
        lambda: criteria.remove_criterion(line("size"), author),
        lambda: components.remove_component(part(), author),
        lambda: profiles.duplicate_profile(profile(), author),
        lambda: profiles.move_profile(profile("early"), -1, author),
        lambda: save_text(draft_text().replace("name: Early", "name: Later"), author),
        lambda: profiles.remove_profile(profile(), author),
    ):
        edit()
        stages.append(draft().content_hash())
    assert len(set(stages)) == len(stages)

    for before in reversed(stages[:-1]):
        undo(author)
        assert draft().content_hash() == before
    with pytest.raises(NothingToUndo):
        undo(author)
    for after in stages[1:]:
        redo()
        assert draft().content_hash() == after
    with pytest.raises(NothingToUndo):
        redo()


def test_a_row_that_comes_back_is_the_same_row() -> None:
    row = line("size")
    criteria.remove_criterion(row, None)

    undo(None)

    assert line("size").pk == row.pk


def test_a_new_edit_ends_what_could_be_done_again() -> None:
    criteria.remove_criterion(line("size"), None)
    undo(None)
    criteria.add_criterion(profile(), "must", None, FOUNDED, None)

    assert revisions.next_undone() is None


def test_what_something_else_changed_is_not_undone_with_an_edit() -> None:
    criteria.remove_criterion(line("size"), None)
    Criterion.objects.filter(key="backed").update(label="By a command")

    with pytest.raises(NothingToUndo, match="in another way"):
        undo(None)

    assert line("backed").label == "By a command"


def test_undoing_an_edit_of_criteria_leaves_lists_alone() -> None:
    criteria.remove_criterion(line("size"), None)
    NamedList.objects.update(title="Renamed")

    undo(None)

    assert NamedList.objects.get().title == "Renamed"


def test_an_edit_that_changes_nothing_leaves_no_trace() -> None:
    criteria.move_criterion(line("size"), -1, None)

    assert not DraftRevision.objects.exists()


def test_edits_too_far_back_stay_in_the_log_without_their_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(revisions, "KEPT", 2)
    for by in (1, -1, 1):
        criteria.move_criterion(line("size"), by, None)

    assert DraftRevision.objects.count() == 3
    assert DraftRevision.objects.exclude(before=None).count() == 2


def test_an_edit_can_be_undone_after_it_was_published() -> None:
    first = publish(draft())
    criteria.remove_criterion(line("backed"), None)
    publish(draft())

    undo(None)

    assert draft().content_hash() == first.content_hash
    assert active_ruleset().number == 2


# Text


def test_the_draft_as_text_is_the_same_draft() -> None:
    save_draft(parse(preset_text()))

    save_text(draft_text(), None, base=text_version(draft_text()))

    assert draft().content_hash() == parse(preset_text()).content_hash()


def test_saving_text_keeps_the_rows_that_keep_their_key() -> None:
    before = set(Criterion.objects.values_list("pk", flat=True))

    save_text(draft_text().replace("15 to 500 people", "Some people"), None)

    assert set(Criterion.objects.values_list("pk", flat=True)) == before
    assert line("size").label == "Some people"


def test_criteria_that_are_off_outlive_saving_as_text() -> None:
    criteria.turn_criterion(line("size"), None, on=False)
    text = draft_text()

    save_text(text, None)

    assert "# Off, and so not in this text: growth.must.size" in text
    assert not line("size").enabled
    assert [each.key for each in draft().profiles[0].must] == ["backed"]


def test_text_that_is_not_of_now_is_not_saved() -> None:
    seen, text = text_version(draft_text()), draft_text()
    criteria.remove_criterion(line("size"), None)

    with pytest.raises(ChangedMeanwhile):
        save_text(text, None, base=seen)

    assert keys() == ["backed"]


@pytest.mark.parametrize(
    ("path", "line"),
    [
        ("profiles[0].must[1].when.fact", 7),
        ("profiles[0].must[1].points", 5),
        ("profiles[0].stance", 3),
        ("line 4, column 2", 4),
        ("document", 1),
    ],
)
def test_a_fault_is_found_at_its_line(path: str, line: int) -> None:
    text = "format: 1\nprofiles:\n- key: a\n  must: [{key: b}, \n   {key: c,\n    when:\n      {fact: x}}]\n"

    assert line_of(text, path) == line


# Publication


def case(segment: str) -> GoldenCase:
    return GoldenCase.objects.create(name="A startup", segment=segment, facts={"employees": 9, "investors": []})


def test_a_case_that_does_not_hold_says_what_it_gives() -> None:
    case("growth")

    found = publication.outcomes(draft())[0]

    assert (found.holds, found.found) == (False, "early")


def test_publishing_takes_new_outcomes_along() -> None:
    row = case("growth")

    ruleset = publication.publish_draft({row.pk: "early"}, seen=draft().content_hash(), note="Why", author=None)

    assert ruleset.document().cases[0].segment == "early"
    assert ruleset.note == "Why"


def test_publishing_what_nobody_confirmed_changes_nothing() -> None:
    row = case("growth")

    with pytest.raises(ChangedMeanwhile):
        publication.publish_draft({row.pk: "early"}, seen="another", note="", author=None)
    with pytest.raises(RuleError, match="must give"):
        publication.publish_draft({}, seen=draft().content_hash(), note="", author=None)

    assert GoldenCase.objects.get().segment == "growth"


def test_rolling_back_can_be_undone_in_the_draft() -> None:
    first = publish(draft())
    criteria.remove_criterion(line("backed"), None)
    second = publish(draft())

    back = publication.roll_back(seen=second.number, note="", author=None)
    assert (back.content_hash, draft().content_hash()) == (first.content_hash, first.content_hash)
    undo(None)

    assert draft().content_hash() == second.content_hash


def test_a_fault_of_the_draft_is_found_at_its_row() -> None:
    Criterion.objects.filter(key="backed").update(condition={"fact": "nothing", "is": 1})
    components.turn_component(part(), None, on=False)
    criteria.turn_criterion(line("size"), None, on=False)

    found = publication.read_draft()

    assert [publication.row_at(each.path, publication.places()) for each in found.faults] == [line("backed")]


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(documents())
def test_any_condition_comes_back_as_it_was_typed(document: dict[str, Any]) -> None:
    """What the builder is given, with its numbers sent back digit by digit, is the same condition again."""
    parsed = from_data(document)
    reader = DocumentReader()
    reader.vocabulary.update(parsed.vocabulary)
    reader.conditions.lists = {each.key: each for each in parsed.lists}
    for kind in parsed.profiles:
        for when in kind.conditions():
            given_to_builder = for_typing(write(when))
            assert reader.conditions.read(sent_back(given_to_builder, parsed.vocabulary), "when", bonus=True) == when


def sent_back(raw: Any, vocabulary: Any) -> Any:
    """The builder's answer: numbers of number facts, and of days, as numbers again."""
    if "fact" not in raw:
        inner = {key: [sent_back(each, vocabulary) for each in raw[key]] for key in ("all", "any", "of") if key in raw}
        return raw | inner | ({"not": sent_back(raw["not"], vocabulary)} if "not" in raw else {})
    fact = vocabulary[raw["fact"]]
    out = dict(raw)
    for key, value in raw.items():
        days = key in ("within_days", "older_than_days")
        if key in ("fact", "missing") or not (days or fact.kind in ("integer", "decimal", "money", "percent")):
            continue
        numbers = [Decimal(each) for each in (value if isinstance(value, list) else [value])]
        whole = [int(each) if each == int(each) else each for each in numbers]
        out[key] = whole if isinstance(value, list) else whole[0]
    return out
