"""`python -m tests.titles FOLDER`: figures of the title matcher on labelled titles.

FOLDER holds `titles_gold.csv.gz` (title, label, acceptable answers) and
`titles_labelled.csv.gz` (title, label, trap). Either may be missing. Nothing of
them is kept here.
"""

import argparse
import csv
import gzip
import sys
import time
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from personas.presets import preset_text
from personas.rules.document import Persona, parse
from personas.titles import Match, Result, TitleMatcher

FAMILIES: Mapping[str, str] = {
    "engineering": "engineer",
    "product": "product",
    "design": "designer",
    "marketing": "marketer",
    "data": "data",
    "executive": "founder_exec",
    "other": "other",
}
FAMILY_OF_PERSONA: Mapping[str, str] = {
    "sam-software": "engineer",
    "pam-product": "product",
    "product-manager-light": "product",
    "designer": "designer",
    "marketer": "marketer",
    "data-team": "data",
}
ENOUGH_OF_GOLD = 0.95
MOST_OF_TRAPS = 0.02
Row = Mapping[str, str]


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the figures; 1 where one of them misses its mark."""
    parser = argparse.ArgumentParser(prog="python -m tests.titles", description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--rules", type=Path, help="a rule document instead of the preset")
    parser.add_argument("--misses", type=int, default=0, metavar="N", help="print up to N titles of each kind of miss")
    options = parser.parse_args(arguments)
    text = options.rules.read_text(encoding="utf-8") if options.rules else preset_text()
    matcher = TitleMatcher(parse(text).personas)
    missed = 0
    gold = rows_of(options.folder / "titles_gold.csv.gz")
    if gold:
        missed += print_gold(matcher, gold, options.misses)
    labelled = rows_of(options.folder / "titles_labelled.csv.gz")
    if labelled:
        missed += print_traps(matcher, [row for row in labelled if row["trap"] == "1"], options.misses)
        print_labelled(matcher, labelled)
        print_speed(matcher.personas, [row["title"] for row in labelled])
    if not gold and not labelled:
        print(f"{options.folder}: holds neither titles_gold.csv.gz nor titles_labelled.csv.gz", file=sys.stderr)
        return 2
    return 1 if missed else 0


def rows_of(path: Path) -> list[Row]:
    """The rows of a compressed table, or none."""
    if not path.exists():
        return []
    with gzip.open(path, "rt", encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def family_by_function(match: Match) -> str:
    """The family that the kind of work says."""
    return FAMILIES.get(match.function or "other", "other")


def families_by_persona(match: Match) -> set[str]:
    """The families that the personas say; without a persona, whoever runs a company, and else other."""
    families = {FAMILY_OF_PERSONA[key] for key in match.personas if key in FAMILY_OF_PERSONA}
    if "technical-founder" in match.personas:
        families |= {"founder_exec", "engineer"}
    if not families and match.function == "executive" and match.result is Result.NONE:
        families = {"founder_exec"}
    return families or {"other"}


def print_gold(matcher: TitleMatcher, rows: Sequence[Row], most: int) -> int:
    """Right and wrong titles by family, and what was taken for what; 1 when too few are right."""
    judged = [row for row in rows if row["acceptable"]]
    matches = {row["title"]: matcher.match(row["title"]) for row in judged}
    sizes, right, by_persona, clear = Counter[str](), Counter[str](), Counter[str](), Counter[str]()
    confusion = Counter[tuple[str, str]]()
    wrong: list[str] = []
    for row in judged:
        match, label, acceptable = matches[row["title"]], row["label"], set(row["acceptable"].split(";"))
        found = family_by_function(match)
        sizes[label] += 1
        confusion[label, found] += 1
        right[label] += found in acceptable
        by_persona[label] += bool(families_by_persona(match) & acceptable)
        clear[row["clear"]] += 1
        if found not in acceptable:
            wrong.append(f"  {row['title']!r}: {found}, not {row['acceptable']}")
        elif most and not families_by_persona(match) & acceptable:
            wrong.append(f"  {row['title']!r}: personas {', '.join(match.personas) or 'none'}, not {row['acceptable']}")
    print(f"Gold: {len(judged)} titles with an answer, {clear['1']} of them clear")
    print(f"  {'family':<14}{'titles':>8}{'function right':>16}{'persona right':>16}")
    for label in sorted(sizes):
        print(f"  {label:<14}{sizes[label]:>8}{share(right[label], sizes[label]):>16}"
              f"{share(by_persona[label], sizes[label]):>16}")  # fmt: skip
    total = right.total() / len(judged)
    print(f"  {'all':<14}{len(judged):>8}{share(right.total(), len(judged)):>16}"
          f"{share(by_persona.total(), len(judged)):>16}")  # fmt: skip
    print_confusion(confusion)
    print("\n".join(wrong[: most or 0]))
    return int(total < ENOUGH_OF_GOLD)


def print_confusion(confusion: Mapping[tuple[str, str], int]) -> None:
    """Rows: what a title is; columns: what it was taken for."""
    names = sorted({name for pair in confusion for name in pair})
    width = max(map(len, names)) + 2
    print("  is \\ taken for".ljust(width + 4) + "".join(name.rjust(width) for name in names))
    for label in names:
        cells = "".join(str(confusion.get((label, name), 0) or "·").rjust(width) for name in names)
        print(f"  {label}".ljust(width + 4) + cells)


def print_traps(matcher: TitleMatcher, rows: Sequence[Row], most: int) -> int:
    """How many titles that are something else were claimed for a persona or a function; 1 when too many."""
    function, persona = Counter[str](), Counter[str]()
    claimed = 0
    examples: list[str] = []
    for row in rows:
        match = matcher.match(row["title"])
        family = family_by_function(match)
        if family != "other":
            function[family] += 1
        for key in match.personas:
            persona[key] += 1
        if family != "other" or match.personas:
            claimed += 1
            examples.append(f"  {row['title']!r}: {family} {', '.join(match.personas)}")
    by_persona = sum(bool(matcher.match(row["title"]).personas) for row in rows)
    print(f"\nTraps: {len(rows)} titles that are something else")
    print(f"  claimed by a function {share(function.total(), len(rows))}, by a persona {share(by_persona, len(rows))}, "
          f"by either {share(claimed, len(rows))}")  # fmt: skip
    for name, counts in (("function", function), ("persona", persona)):
        print(f"  by {name}: " + (", ".join(f"{key} {count}" for key, count in counts.most_common()) or "none"))
    step = max(1, len(examples) // most) if most else 1
    print("\n".join(examples[::step][:most]))
    return int(claimed > MOST_OF_TRAPS * len(rows))


def print_labelled(matcher: TitleMatcher, rows: Iterable[Row]) -> None:
    """How titles labelled by rules come out; the labels carry those rules' bias, so this is no mark to reach."""
    confusion = Counter[tuple[str, str]]()
    for row in rows:
        if row["quality"] == "ok" and row["label"] and row["trap"] == "0":
            confusion[row["label"], family_by_function(matcher.match(row["title"]))] += 1
    print("\nLabelled by rules (quality ok, without traps)")
    print_confusion(confusion)


def print_speed(personas: Sequence[Persona], titles: Sequence[str]) -> None:
    """CPU seconds for distinct titles, by a matcher that has seen none: three times, as others use the machine."""
    distinct = list(dict.fromkeys(titles))[:60_000]
    times: list[float] = []
    for _ in range(3):
        matcher = TitleMatcher(personas)
        began = time.process_time()
        for title in distinct:
            matcher.match(title)
        times.append(time.process_time() - began)
    print(
        f"\nSpeed: {len(distinct):,} distinct titles in {min(times):.2f} CPU s ({', '.join(f'{t:.2f}' for t in times)})"
    )


def share(part: int, whole: int) -> str:
    """`part` of `whole` as a percentage."""
    return f"{100 * part / whole:.1f} %" if whole else "-"


if __name__ == "__main__":
    sys.exit(main())
