"""Someone at the admin, as a process of the web server is: `clerk save`, `times 3 10`, `read` or `die`."""

import json
import os
import signal
import sys
import time
from collections.abc import Sequence
from threading import Event

from django.core.signals import got_request_exception
from django.db import connection
from django.urls import reverse

from crm.models import Company

from .forms import Desk, Refused

PAUSE_SECONDS = 0.05


class Clerk:
    """Saves the form of one company after another, and counts what goes wrong."""

    def __init__(self, ended: Event) -> None:
        self.desk = Desk()
        got_request_exception.connect(self.desk.remember)
        self.companies = list(Company.objects.order_by("pk").values_list("pk", flat=True)[:20])
        self.desk.sign_in()
        self.done = 0
        self.errors: list[str] = []
        self.ended = ended

    def save(self) -> float:
        """Seconds that one save took, whatever came of it."""
        self.done += 1
        company = self.companies[self.done % len(self.companies)]
        started = time.perf_counter()
        try:
            # A number that no clerk has entered before, so that each save changes something.
            self.desk.save(company, employees=str(time.time_ns() // 1_000_000), city="Oslo")
        except Refused as refusal:
            self.errors.append(f"{refusal}: {'; '.join(map(str, self.desk.errors))}")
        return time.perf_counter() - started

    def read(self) -> None:
        """A list and a page are read."""
        self.done += 1
        company = self.companies[self.done % len(self.companies)]
        for address in (
            reverse("admin:index"),
            reverse("admin:crm_company_changelist"),
            reverse("admin:crm_company_change", args=[company]),
        ):
            response = self.desk.client.get(address)
            if response.status_code != 200:
                self.errors.append(f"{address} {response.status_code}: {'; '.join(map(str, self.desk.errors))}")
                self.desk.errors.clear()

    def go_on(self, *, reading: bool) -> None:
        """Save, or read, until told to end."""
        print(json.dumps({"ready": True}), flush=True)
        while not self.ended.is_set() or not self.done:
            if reading:
                self.read()
            else:
                self.save()
            time.sleep(PAUSE_SECONDS)


def main(arguments: Sequence[str]) -> int:
    """Says what was done, as JSON; 0."""
    doing, *numbers = arguments
    ended = Event()
    if doing in ("save", "read"):
        signal.signal(signal.SIGTERM, lambda *_: ended.set())
    clerk = Clerk(ended)
    if doing == "die":
        # What follows a COMMIT in this process never happens.
        connection.run_and_clear_commit_hooks = lambda: os._exit(9)  # type: ignore[method-assign]
        clerk.save()
        return 1
    if doing == "times":
        before, after = map(int, numbers)
        for _ in range(before):
            clerk.save()
        if before:
            print(json.dumps({"ready": True}), flush=True)
            sys.stdin.readline()
        print(json.dumps({"seconds": [clerk.save() for _ in range(after)], "errors": clerk.errors}), flush=True)
        return 0
    clerk.go_on(reading=doing == "read")
    print(json.dumps({"done": clerk.done, "errors": clerk.errors}), flush=True)
    return 0
