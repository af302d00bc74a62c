"""SQLite: the web, a worker, an import and a reader at once, on one file."""

import csv
import signal
import time
from pathlib import Path

from .figures import Table
from .places import Place, lines, on_sqlite, until

LOCKED = "database is locked"
ROWS = 1_000
CLERKS = ("web", "web2", "reader")


def together(seconds: float, companies: int = 100) -> Table:
    """What they said after so many seconds, and what stands when they have ended."""
    table = Table(f"SQLite: two that save, one that reads, a worker and an import together for {seconds:.0f} s")
    with on_sqlite(companies) as place:
        place.start_loop()
        place.start_own("web", "clerk", "save")
        place.start_own("web2", "clerk", "save")
        place.start_own("reader", "clerk", "read")
        until(lambda: all(lines(place.log(name)) for name in CLERKS), "all clerks are at work")
        imports = import_again_and_again(place, seconds)
        told = {name: end(place, name) for name in CLERKS}
        ended = time.monotonic()
        place.until_fresh()
        table.note("seconds from the last write to fresh", f"{time.monotonic() - ended:.1f}")
        table.judge("saved", told["web"][0] + told["web2"][0], right=told["web"][0] > 0 and told["web2"][0] > 0)
        table.judge("read", told["reader"][0], right=told["reader"][0] > 0)
        table.judge("imports of a file", imports, right=imports > 0)
        errors = [error for name in CLERKS for error in told[name][1]]
        table.judge("answers that were errors", errors[:2] or 0, right=not errors)
        logs = {path.name: path.read_text(errors="replace") for path in place.folder.glob("*.log")}
        locked = sum(text.count(LOCKED) for text in logs.values())
        table.none(f'"{LOCKED}"', locked + sum(LOCKED in error for error in errors))
        note_log(table, logs["loop.log"])
        verdict = place.told("judge", str(place.folder))
        table.none("wrong at rest", verdict["wrong"], f"{verdict['accounts']:,} accounts")
        table.none("people with wrong points", verdict["misjudged"], f"{verdict['people']:,} people")
        table.none("stale at rest", verdict["stale"])
        table.none("breaks in the history", verdict["broken"], f"{verdict['changes']:,} changes")
        for example in verdict["examples"]:
            table.judge("  such as", example, right=False)
    return table


def note_log(table: Table, log: str) -> None:
    """What the worker complained of."""
    complaints = [line for line in log.splitlines() if "level=WARNING" in line or "level=ERROR" in line]
    table.judge("complaints of the worker", complaints[:2] or 0, right=not complaints)


def import_again_and_again(place: Place, seconds: float) -> int:
    """How many times a file was imported, other numbers in it each time, until the time was over."""
    stop = time.monotonic() + seconds
    times = 0
    while time.monotonic() < stop:
        path = write_file(place.folder / "companies.csv", times)
        place.run("manage.py", "import_companies", str(path))
        times += 1
    return times


def write_file(path: Path, times: int, rows: int = ROWS) -> Path:
    """A file of companies with sizes that depend on `times`."""
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["name", "domain", "employees", "city"])
        for number in range(rows):
            writer.writerow([f"Imported {number}", f"imported{number}.com", (number + 7 * times) % 90 + 1, "Berlin"])
    return path


def end(place: Place, name: str) -> tuple[int, list[str]]:
    """What a clerk has done, and what went wrong, once it has ended."""
    process = place.programs[name].process
    process.send_signal(signal.SIGTERM)
    process.wait(60)
    told = lines(place.log(name))[-1]
    return told["done"], told["errors"]
