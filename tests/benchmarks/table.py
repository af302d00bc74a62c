"""The table of a run, and what numbers are to be reached."""

import sys
from dataclasses import dataclass

from .meter import Cost


@dataclass(frozen=True)
class Target:
    """What numbers are to be reached: a ratio that is at most or at least `bound`."""

    bound: float
    at_most: bool = True

    def __str__(self) -> str:
        return f"{'<=' if self.at_most else '>='} {self.bound:g}"

    def reached(self, ratio: float) -> bool:
        return ratio <= self.bound if self.at_most else ratio >= self.bound


class Table:
    """The lines of the result, printed as they come."""

    def __init__(self) -> None:
        self.missed: list[str] = []
        self.path = ""
        say("")
        say(
            f"{'path':46} {'Python':>8} {'server':>8} {'a million':>9} {'wall s':>8}"
            f"  {'ratio':>7}  {'against':22} {'to reach':>8}"
        )

    def line(
        self,
        path: str,
        cost: Cost,
        count: int,
        ratio: float | None = None,
        against: str = "",
        target: Target | None = None,
    ) -> None:
        """One path over `count` accounts; `ratio` is what it costs, or what it is faster by."""
        share = "" if ratio is None else f"{ratio:.1f}" if ratio < 100 else f"{ratio:,.0f}"
        self.path = path or self.path
        verdict = "" if target is None or ratio is None else "yes" if target.reached(ratio) else "NO"
        if verdict == "NO":
            self.missed.append(f"{self.path} ({against})")
        say(
            f"{path:46} {cost.here:8.2f} {cost.server:8.2f} {cost.cpu / count * 1_000_000:9.1f} {cost.wall:8.2f}"
            f"  {share:>7}  {against:22} {'' if target is None else str(target):>8} {verdict}"
        )

    def verdict(self, what: str, against: str, ratio: float, target: Target) -> str:
        """The ratio, held against its target."""
        reached = target.reached(ratio)
        if not reached:
            self.missed.append(f"{what} ({against})")
        return f"{ratio:.1f} x (to reach {target}) {'yes' if reached else 'NO'}"


def say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()
