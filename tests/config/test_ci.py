"""The whole run on a clean machine: it does not pass for want of a browser."""

import os
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def run(tmp_path: Path, *, browser: bool, passes: bool = True, **environment: str) -> tuple[int, str]:
    """What .ci/run exits with and says, where `make` finds a browser or none, and the tests pass or fail."""
    make = tmp_path / "make"
    make.write_text(
        "#!/bin/sh\n"
        'case "$*" in\n'
        f"*has-browser*) exit {0 if browser else 2};;\n"
        f"test) exit {0 if passes else 2};;\n"
        "*) exit 0;;\n"
        "esac\n"
    )
    make.chmod(0o755)
    found = {"PATH": f"{tmp_path}:{os.defpath}", **environment}
    done = subprocess.run([ROOT / ".ci" / "run"], env=found, capture_output=True, text=True, check=False)
    return done.returncode, done.stderr


def test_with_a_browser_it_passes_when_the_tests_pass(tmp_path: Path) -> None:
    assert run(tmp_path, browser=True) == (0, "")
    assert run(tmp_path, browser=True, passes=False)[0] != 0


def test_without_a_browser_it_fails_and_says_so(tmp_path: Path) -> None:
    status, said = run(tmp_path, browser=False)

    assert status != 0
    assert "NO BROWSER" in said
    assert "BROWSER=no" in said


@pytest.mark.parametrize("passes", [True, False])
def test_one_can_go_without_a_browser_and_is_still_told(tmp_path: Path, passes: bool) -> None:
    status, said = run(tmp_path, browser=False, passes=passes, BROWSER="no")

    assert (status == 0) is passes
    assert "NO BROWSER" in said
