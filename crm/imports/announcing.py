"""Saying that an import is running, so that pages can say why scores are behind."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

from django.utils import timezone

from crm.models import ImportRun

BEAT_SECONDS = 5.0


class Announcement:
    """The row of one running import."""

    def __init__(self, run: ImportRun) -> None:
        self.run = run
        self.last_beat = time.monotonic()

    def beat(self, rows: int) -> None:
        """The row says that the import lives and how many rows it has read; written every BEAT_SECONDS at most."""
        if time.monotonic() - self.last_beat >= BEAT_SECONDS:
            self.last_beat = time.monotonic()
            ImportRun.objects.filter(pk=self.run.pk).update(beat_at=timezone.now(), rows=rows)


@contextmanager
def announced(name: str) -> Iterator[Announcement]:
    """While inside, everyone can see that this import is running; what ends without a word is forgotten in a minute."""
    now = timezone.now()
    run = ImportRun.objects.create(started_at=now, beat_at=now, name=name[:200])
    try:
        yield Announcement(run)
    finally:
        ImportRun.objects.filter(pk=run.pk).update(finished_at=timezone.now())
