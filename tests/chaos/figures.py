"""What a scenario found, as a table for people and a status for programs."""

from collections.abc import Iterable
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Figure:
    """One line: what was looked at, what was found, and whether that is as it should be."""

    what: str
    found: str
    right: bool = True


@dataclass
class Table:
    """What one scenario found."""

    title: str
    figures: list[Figure] = field(default_factory=list)

    def note(self, what: str, found: object) -> None:
        """A figure that cannot be wrong."""
        self.figures.append(Figure(what, str(found)))

    def judge(self, what: str, found: object, *, right: bool) -> None:
        """A figure that must be `right`."""
        self.figures.append(Figure(what, str(found), right))

    def none(self, what: str, number: int, of: str = "") -> None:
        """A number that must be 0."""
        self.judge(what, f"{number:,}{f' of {of}' if of else ''}", right=number == 0)

    @property
    def right(self) -> bool:
        """Whether every figure is as it should be."""
        return all(figure.right for figure in self.figures)

    @property
    def faults(self) -> list[str]:
        """The figures that are not."""
        return [f"{figure.what}: {figure.found}" for figure in self.figures if not figure.right]

    def __str__(self) -> str:
        width = max((len(figure.what) for figure in self.figures), default=0)
        lines = (f"  {'  ' if figure.right else '✗ '}{figure.what:<{width}}  {figure.found}" for figure in self.figures)
        return "\n".join([self.title, *lines])


def seconds(durations: Iterable[float]) -> str:
    """Durations as people read them."""
    return ", ".join(f"{duration:.2f}" for duration in durations) + " s"
