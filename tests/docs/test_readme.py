"""The README says what there is: its commands exist, and its tour can be taken."""

import re
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command, get_commands

from crm.models import Company, Fit, FitChange
from personas.models import Ruleset

ROOT = Path(__file__).resolve().parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
BLOCKS = "\n".join(re.findall(r"```\n(.*?)```", README, re.DOTALL))


def run(*arguments: str) -> str:
    """What a command prints."""
    out = StringIO()
    call_command(*arguments, stdout=out, stderr=StringIO())
    return out.getvalue()


def test_every_command_it_names_exists() -> None:
    named = set(re.findall(r"manage\.py ([a-z_]+)", BLOCKS))

    assert {"doctor", "evaluate", "import_companies", "rollout", "ruleset", "scoring_worker", "why"} <= named
    assert named <= set(get_commands())


def test_every_make_target_it_names_exists() -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))

    assert set(re.findall(r"\bmake ([a-z]+)\b(?! )", BLOCKS + README)) <= targets | {"demo"}
    assert {"demo", "test", "bench"} <= targets


def test_every_file_it_links_to_exists() -> None:
    links = [link for link in re.findall(r"\]\(([^)#]+)\)", README) if "://" not in link]

    assert [link for link in links if not (ROOT / link).exists()] == []


@pytest.mark.django_db(transaction=True)
def test_the_tour_can_be_taken(tmp_path: Path) -> None:
    path = tmp_path / "rules.yaml"
    run("demo_data")
    run("scoring_worker", "--once")
    assert "High-growth startup" in run("ranked")
    assert "Must all hold" in run("why", "linear.example")

    run("ruleset", "export", str(path))
    text = path.read_text(encoding="utf-8")
    Company.objects.filter(domain="linear.example").update(employees_low=900, employees_high=900)
    run("scoring_worker", "--once")
    assert Fit.objects.get(company__domain="linear.example").segment_status == "none"

    path.write_text(text.replace("[15, 500]", "[15, 800]"), encoding="utf-8")
    with pytest.raises(CommandError, match="more than 500 people"):
        run("ruleset", "import", str(path))

    path.write_text(text.replace("entries:\n", "entries:\n    - Harbour Lane Ventures\n", 1), encoding="utf-8")
    assert "Harbour Lane Ventures" in run("ruleset", "diff", str(path))
    run("ruleset", "import", str(path), "--note", "One of ours")
    assert "to go" in run("rollout")
    run("scoring_worker", "--once")
    assert FitChange.objects.filter(cause="ruleset").exists()
    assert "every account shows it" in run("rollout")
    run("ruleset", "rollback")
    assert Ruleset.objects.active().get().number == 3
