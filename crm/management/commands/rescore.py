"""Score every account again."""

import sys
import time
from argparse import ArgumentParser

from django.core.management.base import BaseCommand, CommandError
from django.db.models import Count
from django.utils import timezone
from tqdm import tqdm

from crm.models import Company, Fit, Score
from crm.scoring.drain import rescore_all
from crm.scoring.write import Written
from personas.publishing import NoRuleset, active_ruleset


class Command(BaseCommand):
    """Brings every account up to date; nothing is written where nothing changed."""

    help = "Score accounts by the active rules, and sum up by segment."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--all", action="store_true", help="all accounts; this is what happens anyway")
        parser.add_argument("--profile", metavar="KEY", help="sum up by this profile instead of by segment")
        parser.add_argument("--batch", type=int, default=0, help="accounts a transaction")

    def handle(self, *, profile: str | None, batch: int, **options: object) -> None:
        try:
            document = active_ruleset().document()
        except NoRuleset as error:
            raise CommandError(str(error), returncode=2) from None
        keys = [each.key for each in document.profiles]
        if profile and profile not in keys:
            raise CommandError(f"--profile: there is no profile {profile!r}; one of: {', '.join(keys)}", returncode=2)
        started = time.monotonic()
        accounts = Company.objects.count()
        with tqdm(total=accounts, unit=" accounts", disable=not sys.stderr.isatty()) as bar:

            def progress(looked: int, done: Written) -> None:
                bar.update(looked)

            done = rescore_all(at=timezone.now(), progress=progress, batch=batch)
        seconds = time.monotonic() - started
        self.stdout.write(
            f"{accounts:,} accounts in {seconds:.1f} s ({accounts / max(seconds, 0.001):,.0f} a second): "
            f"{done.seen:,} brought up to date, {done.changed:,} results changed."
        )
        names = {each.key: each.name for each in document.profiles}
        self.by_profile(profile, names[profile]) if profile else self.by_segment(names)

    def by_segment(self, names: dict[str, str]) -> None:
        """How many accounts each segment has, settled and provisional."""
        counts = Fit.objects.values_list("segment", "segment_status").annotate(n=Count("pk"))
        table = {(segment, status): n for segment, status, n in counts}
        for key, name in names.items():
            settled, provisional = table.get((key, "settled"), 0), table.get((key, "undecided"), 0)
            if settled or provisional:
                self.stdout.write(f"  {name:30} {settled:>9,} settled {provisional:>9,} provisional")
        undecided = sum(n for (_, status), n in table.items() if status == "undecided")
        none = sum(n for (_, status), n in table.items() if status == "none")
        self.stdout.write(f"  {'In no segment':30} {none:>9,}")
        self.stdout.write(f"  {'Undecided':30} {undecided:>9,}")

    def by_profile(self, key: str, name: str) -> None:
        """How many accounts this profile answers with yes, no and open."""
        counts = Score.objects.filter(profile__key=key).values_list("verdict").annotate(n=Count("pk"))
        table = dict(counts)
        said = ", ".join(f"{table.get(verdict.value, 0):,} {verdict.label}" for verdict in reversed(Score.Verdict))
        self.stdout.write(f"  {name}: {said}")
