"""Running the command over a small file."""

import csv
from io import StringIO
from pathlib import Path

from django.core.management import call_command
from django.core.management.base import CommandError


class Outcome:
    """What an import said and how it ended."""

    def __init__(self, folder: Path, content: str | bytes, *arguments: str, name: str = "list.csv") -> None:
        path = folder / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        out, err = StringIO(), StringIO()
        self.status, self.message = 0, ""
        try:
            call_command("import_companies", str(path), *arguments, stdout=out, stderr=err)
        except CommandError as error:
            self.status, self.message = error.returncode, str(error)
        self.text = out.getvalue() + err.getvalue()
        self.rejected = path.with_name(f"{name}.rejected.csv")

    def counts(self, *names: str) -> list[int]:
        """These numbers of the summary."""
        line = next(line for line in self.text.splitlines() if "rows a second" in line).removeprefix("Would be: ")
        found = {name: int(number) for name, number in (part.split()[:2] for part in line.split(", ")[:6])}
        return [found[name] for name in names]

    def refused(self) -> list[dict[str, str]]:
        """The rows of the file of what was refused."""
        with self.rejected.open(encoding="utf-8-sig", newline="") as file:
            return list(csv.DictReader(file))
