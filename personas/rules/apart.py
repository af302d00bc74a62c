"""Rules that nobody has tried yet, tried in a process of their own: `python -m personas.rules.apart`.

Rules can be made that take minutes for one account, by mistake or on purpose.
Here they end when their time is up, and nobody waits for them.
"""

import json
import os
import pickle
import resource
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from threading import BoundedSemaphore

from .document import from_data, parse
from .errors import Fault, RuleError
from .evaluate import Evaluator
from .parts import Subject
from .scoring import Scorer

ROOT = Path(__file__).resolve().parents[2]
MEMORY = 1 << 30
AT_ONCE = 2
"""So many of them run at once for each process that asks; the next one waits for its turn."""
PATIENCE_SECONDS = 5
ENVIRONMENT = ("PATH", "PYTHONPATH", "PYTHONHOME", "LD_LIBRARY_PATH", "LANG", "LC_ALL")
"""What they are told of where they run: nothing of databases, keys and passwords."""

turns = BoundedSemaphore(AT_ONCE)


class NoTurn(Exception):
    """Others are being tried, and were so for too long to wait."""


class TimeIsUp(Exception):
    """The rules took longer than they had, or more memory."""


@dataclass(frozen=True)
class Trial:
    """Rules as text or as dicts and lists, whose facts they are tried on, and on which day; `rows` as in Evaluator."""

    document: object
    rows: Sequence[object]
    at: date
    subject: Subject = "company"


@dataclass(frozen=True)
class Tried:
    """The results as JSON text, in order, and what was said of facts that no rule knows."""

    lines: list[str]
    warnings: list[str]


def tried(trial: Trial, *, seconds: int) -> Tried:
    """What came of it. Raises RuleError for rules with faults, TimeIsUp after so many seconds, and NoTurn."""
    if not turns.acquire(timeout=PATIENCE_SECONDS):
        raise NoTurn
    try:
        done = subprocess.run(
            [sys.executable, "-m", "personas.rules.apart", str(seconds)],
            input=pickle.dumps(trial),
            capture_output=True,
            cwd=ROOT,
            env={name: os.environ[name] for name in ENVIRONMENT if name in os.environ},
            timeout=2 * seconds,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise TimeIsUp from None
    finally:
        turns.release()
    if done.returncode:
        raise TimeIsUp
    told = json.loads(done.stdout)
    if "faults" in told:
        raise RuleError(Fault(*each) for each in told["faults"])
    return Tried(told["lines"], told["warnings"])


def results(trial: Trial) -> Tried:
    """The results, worked out here; raises RuleError."""
    document = parse(trial.document) if isinstance(trial.document, str) else from_data(trial.document)
    warnings: list[str] = []
    scorer = Scorer(document.for_contacts() if trial.subject == "contact" else document, trial.at)
    evaluator = Evaluator(scorer, warn=warnings.append, subject=trial.subject)
    lines = [evaluator.line(row) if isinstance(row, bytes) else evaluator.row(row) for row in trial.rows]
    return Tried(lines, warnings)


def main() -> None:
    """Reads a trial from standard input and writes what came of it; killed when its time is up."""
    seconds = int(sys.argv[1])
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    trial: Trial = pickle.load(sys.stdin.buffer)  # noqa: S301 - from the process that has started this one
    try:
        found = results(trial)
        told: dict[str, object] = {"lines": found.lines, "warnings": found.warnings}
    except RuleError as error:
        told = {"faults": [[fault.path, fault.message, fault.hint] for fault in error.faults]}
    json.dump(told, sys.stdout)


if __name__ == "__main__":
    # Under its own name, which is the one that the trial was packed with.
    from personas.rules import apart

    apart.main()
