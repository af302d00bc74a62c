"""docs/operations.md tells of everything that there is to run, to set and to watch."""

import re
from pathlib import Path

import pytest
from django.core.management import get_commands

from crm.metrics import exposition
from crm.scoring.freshness import freshness
from crm.scoring.reasons import Code
from tests.factories import ruleset

ROOT = Path(__file__).resolve().parents[2]
OPERATIONS = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")


def test_it_tells_of_every_setting() -> None:
    settings = (ROOT / "config" / "settings.py").read_text(encoding="utf-8")

    read = set(re.findall(r'\benv\.\w+\(\s*"([A-Z_]+)"', settings))

    assert {"DATABASE_URL", "SCORING_LANES", "METRICS_TOKEN"} <= read
    assert read - set(re.findall(r"`([A-Z_]+)`", OPERATIONS)) == set()


def test_it_tells_of_every_reason() -> None:
    assert {code.value for code in Code} - set(re.findall(r"^\| `(\w+)` \|", OPERATIONS, re.MULTILINE)) == set()


@pytest.mark.django_db
def test_it_tells_of_every_metric() -> None:
    ruleset()
    text = OPERATIONS.replace("`…", "`icp_scoring")

    names = set(re.findall(r"^# TYPE (icp_\w+)", exposition(freshness()).decode(), re.MULTILINE))

    assert "icp_scoring_seen_total" in names
    assert {name for name in names if name not in text and name != "icp_scoring_ruleset"} == set()


def test_every_command_it_names_exists() -> None:
    named = set(re.findall(r"manage\.py ([a-z_]+)", OPERATIONS))

    assert {"doctor", "scoring_worker", "rescore", "migrate"} <= named
    assert named <= set(get_commands())
