"""Run with `python -m tests.chaos`, or `make chaos`. The exit status is 1 when anything was not as it should be.

It starts its own PostgreSQL and Redis, on this machine alone, and ends by
itself after about five minutes; `--short` takes less than one.
"""

import random
import sys
import time
from argparse import ArgumentParser
from collections.abc import Callable, Iterator

from .figures import Table
from .healing import healing
from .lag import lag
from .saving import saving
from .storm import storm
from .together import together

STORM_SECONDS = 45.0
TOGETHER_SECONDS = 30.0
SHORT_STORM_SECONDS = 8.0
SHORT_TOGETHER_SECONDS = 8.0


def scenarios(seconds: float, seed: int, *, short: bool) -> Iterator[Callable[[], Table]]:
    """What is to be run, in order."""
    if short:
        yield lambda: storm(SHORT_STORM_SECONDS, seed, companies=60, short=True)
        yield lambda: together(SHORT_TOGETHER_SECONDS, companies=40)
        return
    yield lambda: storm(seconds, seed)
    yield saving
    yield healing
    yield lambda: together(TOGETHER_SECONDS)
    yield lag


def main() -> int:
    """0 when everything was as it should be."""
    parser = ArgumentParser(prog="python -m tests.chaos", description="What stays true when things die.")
    parser.add_argument("--seconds", type=float, default=STORM_SECONDS, help="how long the storm lasts (%(default)s)")
    parser.add_argument("--short", action="store_true", help="a short storm and SQLite only")
    parser.add_argument("--seed", type=int, help="the order of the storm (a new one each time)")
    options = parser.parse_args()
    seed = random.randrange(1_000) if options.seed is None else options.seed
    began = time.monotonic()
    faults = 0
    for scenario in scenarios(options.seconds, seed, short=options.short):
        table = scenario()
        faults += len(table.faults)
        print(f"{table}\n", flush=True)
    passed = "Everything was as it should be" if not faults else f"{faults} figures were not as they should be"
    print(f"{passed}, after {time.monotonic() - began:.0f} seconds, seed {seed}.")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
