"""The commands that know no database, and those that move rules."""

import json
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from personas.editing import criteria, revisions
from personas.management.commands import load_preset
from personas.models import Criterion, Profile, Ruleset
from personas.presets import preset_text
from personas.publishing import publish
from personas.rules.document import from_data
from tests.factories import SEGMENTS


def run(*arguments: str) -> str:
    """What a command prints."""
    out = StringIO()
    call_command(*arguments, stdout=out, stderr=StringIO())
    return out.getvalue()


def written(path: Path, data: Any) -> str:
    path.write_text(data if isinstance(data, str) else json.dumps(data))
    return str(path)


def test_evaluate_prints_a_result_a_line_without_a_database(tmp_path: Path) -> None:
    rules = written(tmp_path / "rules.json", SEGMENTS)
    facts = written(tmp_path / "facts.jsonl", '{"id": 1, "facts": {"employees": 5}}\n{"id": "b", "facts": {}}\n')

    lines = [json.loads(line) for line in run("evaluate", rules, facts).splitlines()]

    assert [line["id"] for line in lines] == [1, "b"]
    assert lines[0]["segment"]["key"] == "early"
    assert lines[1]["segment"]["status"] == "undecided"


def test_evaluate_refuses_a_wrong_document_with_every_fault_and_status_2(tmp_path: Path) -> None:
    profile = {"key": "p", "must": [{"key": "a", "when": {"fact": "employes", "at_least": 1}}], "ranks": 1}
    rules = written(tmp_path / "rules.json", {"format": 1, "profiles": [profile]})

    out, err = StringIO(), StringIO()

    with pytest.raises(SystemExit) as stop:
        call_command("evaluate", rules, str(tmp_path / "none"), stdout=out, stderr=err)

    assert (stop.value.code, out.getvalue()) == (2, "")
    assert err.getvalue().splitlines() == [
        "profiles[0].must[0].when.fact: unknown fact 'employes' (did you mean 'employees'?)",
        "profiles[0]: unknown key 'ranks' (did you mean 'rank'?)",
    ]


def test_evaluate_scores_the_other_lines_when_one_is_wrong_and_exits_with_1(tmp_path: Path) -> None:
    rules = written(tmp_path / "rules.json", SEGMENTS)
    facts = written(tmp_path / "facts.jsonl", 'oops\n{"id": 2, "facts": {"employees": 5}}\n')
    out = StringIO()

    with pytest.raises(SystemExit) as stop:
        call_command("evaluate", rules, facts, stdout=out)

    first, second = (json.loads(line) for line in out.getvalue().splitlines())
    assert stop.value.code == 1
    assert "not JSON" in first["error"]
    assert second["segment"]["key"] == "early"


@pytest.mark.parametrize("at", ["tomorrow", "2026-13-01"])
def test_evaluate_names_a_wrong_day(tmp_path: Path, at: str) -> None:
    rules = written(tmp_path / "rules.json", SEGMENTS)

    with pytest.raises(CommandError, match="--at"):
        run("evaluate", rules, rules, "--at", at)


def test_evaluate_names_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="No such file"):
        run("evaluate", str(tmp_path / "rules.yaml"))


@pytest.mark.django_db
def test_the_preset_is_loaded_once_and_never_over_other_rules() -> None:
    assert "is active" in run("load_preset")
    assert "already" in run("load_preset")
    publish(from_data(SEGMENTS))

    with pytest.raises(CommandError, match="--replace"):
        run("load_preset")

    assert Ruleset.objects.count() == 2


@pytest.mark.django_db
@pytest.mark.parametrize("name", ["rules.yaml", "rules.json"])
def test_rules_travel_to_a_file_and_back_unchanged(tmp_path: Path, name: str) -> None:
    run("load_preset")
    path = str(tmp_path / name)

    run("ruleset", "export", path)

    assert "No difference" in run("ruleset", "import", path)
    assert Ruleset.objects.count() == 1


@pytest.mark.django_db
def test_import_shows_the_difference_and_publishes_it(tmp_path: Path) -> None:
    publish(from_data(SEGMENTS))
    text = json.dumps(SEGMENTS).replace("[15, 500]", "[15, 800]")
    path = written(tmp_path / "rules.json", text)

    dry = run("ruleset", "import", path, "--dry-run")
    assert "15 to 500 people → 15 to 800" in dry or "800" in dry
    assert Ruleset.objects.count() == 1

    assert "Ruleset 2 is active" in run("ruleset", "import", path)


@pytest.mark.django_db
def test_check_names_the_golden_cases_that_do_not_hold(tmp_path: Path) -> None:
    case = {"name": "A giant", "facts": {"employees": 9000}, "segment": "growth"}
    path = written(tmp_path / "rules.json", SEGMENTS | {"cases": [case]})
    err = StringIO()

    with pytest.raises(SystemExit):
        call_command("ruleset", "check", path, stdout=StringIO(), stderr=err)

    assert "A giant" in err.getvalue()


@pytest.mark.django_db
def test_export_before_the_first_publication_says_what_to_do() -> None:
    with pytest.raises(CommandError, match="load_preset"):
        run("ruleset", "export")


# The draft behind commands


def edited() -> None:
    """The preset, with one criterion off and one that nobody else has."""
    load_preset.Command().handle(replace=False)
    Criterion.objects.filter(kind="must", key="size", profile__key="high-growth-startup").update(enabled=False)
    profile = Profile.objects.get(key="hobbyist")
    criteria.add_criterion(profile, "flag", None, {"key": "mine", "label": "Mine", "when": {"known": "city"}}, None)
    criteria.turn_criterion(Criterion.objects.get(key="mine"), None, on=False)


@pytest.mark.django_db
def test_an_import_is_one_edit_that_can_be_undone_and_keeps_what_is_off(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    edited()
    before = revisions.rows_of(revisions.EVERYTHING)
    path = tmp_path / "rules.yaml"
    path.write_text(preset_text().replace("15 to 500 people", "15 to 500 folk"), encoding="utf-8")

    call_command("ruleset", "import", str(path))

    assert "high-growth-startup.must.size was off in the draft and is no longer" in capsys.readouterr().err
    assert not Criterion.objects.get(key="mine").enabled
    assert str(revisions.last_done()) == "Imported rules.yaml"
    revisions.undo(None)
    assert revisions.rows_of(revisions.EVERYTHING) == before


@pytest.mark.django_db
def test_loading_the_preset_again_can_be_undone(capsys: pytest.CaptureFixture[str]) -> None:
    edited()
    assert revisions.last_done() is not None
    Ruleset.objects.update(content_hash="other")
    before = revisions.rows_of(revisions.EVERYTHING)

    call_command("load_preset", "--replace")

    assert str(revisions.last_done()) == "Loaded the preset"
    revisions.undo(None)
    assert revisions.rows_of(revisions.EVERYTHING) == before
