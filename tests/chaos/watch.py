"""The watch: `watch FOLDER`. It edits accounts of its own and asks again and again how far behind scores are.

It knows when each of its edits was acknowledged and which segment must follow,
so it knows how far behind they are in truth: `watch.lines` has both.
"""

import json
import signal
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

from django.db import DatabaseError, InterfaceError, connection

from crm.models import Company, Fit
from crm.scoring.freshness import freshness

PROBES = 5
SMALL, HUGE = 5, 1_000
SEGMENTS = {SMALL: "early", HUGE: None}
PAUSE_SECONDS = 0.1


@dataclass
class Watch:
    """Its own accounts, and the edits of them that no score shows yet, with the moment of each."""

    folder: Path
    ended: bool = False
    sizes: dict[int, int] = field(default_factory=dict)
    unseen: dict[int, float] = field(default_factory=dict)
    rng: Random = field(default_factory=lambda: Random(1))

    def begin(self) -> None:
        for number in range(PROBES):
            probe = Company.objects.create(name=f"Probe {number}", employees_low=SMALL, employees_high=SMALL)
            self.sizes[probe.pk] = SMALL
            self.unseen[probe.pk] = time.time()

    def edit(self) -> None:
        """An account of ours whose last edit is in its score may be edited again."""
        idle = [pk for pk in self.sizes if pk not in self.unseen]
        if not idle or not (self.folder / "probing").exists() or self.rng.random() < 0.5:
            return
        pk = self.rng.choice(idle)
        size = HUGE if self.sizes[pk] == SMALL else SMALL
        Company.objects.filter(pk=pk).update(employees_low=size, employees_high=size)
        self.unseen[pk] = time.time()
        self.sizes[pk] = size

    def sample(self) -> dict[str, object]:
        """What is said of the lag, and what is true of it at the same moment."""
        asked_at = time.time()
        said = freshness()
        # An edit that no score shows now was in none a moment ago, when we asked.
        segments = dict(Fit.objects.filter(pk__in=self.sizes).values_list("pk", "segment"))
        for pk, size in self.sizes.items():
            if segments.get(pk) == SEGMENTS[size]:
                self.unseen.pop(pk, None)
        oldest = min(self.unseen.values(), default=asked_at)
        return {
            "at": asked_at,
            "truth": max(0.0, asked_at - oldest),
            "unseen": len(self.unseen),
            "lag": said.lag_seconds,
            "waiting": said.waiting,
            "reason": said.reason.code if said.reason else None,
            "sentence": said.reason.sentence if said.reason else "",
            "broker": bool(said.broker_down or said.broker_since),
        }

    def run(self) -> None:
        """Samples until told to end; where the database does not answer, there is none."""
        with (self.folder / "watch.lines").open("a") as file:
            while not self.ended:
                try:
                    self.edit()
                    file.write(json.dumps(self.sample()) + "\n")
                    file.flush()
                except (DatabaseError, InterfaceError):
                    connection.close()
                time.sleep(PAUSE_SECONDS)

    def end(self, *_: object) -> None:
        self.ended = True


def main(arguments: Sequence[str]) -> int:
    """Watches until SIGTERM; 0."""
    [folder] = arguments
    watch = Watch(Path(folder))
    signal.signal(signal.SIGTERM, watch.end)
    watch.begin()
    watch.run()
    return 0
