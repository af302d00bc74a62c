"""Many names for a list at once: read from text or a file, and what taking them over would do. Nothing is written."""

import csv
import io
import re
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from personas.rules.document import Entry, NamedList
from personas.rules.matching import ListMatcher
from personas.rules.words import fold

LARGEST = 2 * 1024 * 1024
MOST_LINES = 20_000
LONGEST_LINE = 300
SHOWN = 8

BINARY = (
    (b"PK\x03\x04", "a spreadsheet or zip file: save it as CSV, or paste the column"),
    (b"%PDF", "a PDF file"),
    (b"\xd0\xcf\x11\xe0", "an old Excel file: save it as CSV, or paste the column"),
    (b"\x1f\x8b", "a packed file"),
    (b"\x89PNG", "a picture"),
    (b"\xff\xd8\xff", "a picture"),
    (b"SQLite format 3", "a database"),
)
MARKUP = re.compile(r"<\s*[a-z!/?]|javascript:|&#x?[0-9a-f]+;", re.IGNORECASE)
MAIL = re.compile(r"[^\s@;,<>]+@[^\s@;,<>]+\.[a-z]{2,}", re.IGNORECASE)
NUMBER = re.compile(r"[\d\s.,:/+%$€£()-]+")
IDENTITY = re.compile(
    r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}|[0-9a-f]{16,}|(?=\S*\d)[0-9a-zA-Z_-]{15,}|[a-z]{1,5}[-_]?\d{4,}",
    re.IGNORECASE,
)
# Turns the direction of text round, so that a name reads as another one.
TURNING = re.compile("[\u202a-\u202e\u2066-\u2069]")
NAME_HEADS = ("name", "names", "title", "organisation", "organization", "company", "city", "domain", "entry")
ALIAS_HEADS = ("alias", "aliases", "other names", "also known as", "aka", "spellings", "other spellings")


@dataclass(frozen=True)
class Problem:
    """What is suspicious, and on which line; 0 is the whole."""

    line: int
    said: str


class Refused(Exception):
    """The text is not taken; `problems` says why and where."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__("; ".join(each.said for each in problems))
        self.problems = tuple(problems)


@dataclass(frozen=True)
class Read:
    """One name that was read, with its other spellings and its line."""

    name: str
    aliases: tuple[str, ...]
    line: int


@dataclass
class Outcome:
    """What taking names over would do. `entries` is the whole list afterwards."""

    entries: list[Entry] = field(default_factory=list)
    new: list[Entry] = field(default_factory=list)
    more: list[tuple[str, tuple[str, ...]]] = field(default_factory=list)
    there: list[str] = field(default_factory=list)
    gone: list[str] = field(default_factory=list)
    twice: list[Problem] = field(default_factory=list)
    taken: list[Problem] = field(default_factory=list)
    short: list[str] = field(default_factory=list)

    @property
    def changes(self) -> int:
        return len(self.new) + len(self.more) + len(self.gone)


def text_of(data: bytes) -> str:
    """The text of an uploaded file; raises Refused where it is none."""
    if len(data) > LARGEST:
        raise Refused([Problem(0, f"The file has {len(data) / 1_048_576:.1f} MB; 2 MB is the most.")])
    for start, said in BINARY:
        if data.startswith(start):
            raise Refused([Problem(0, f"This is {said}.")])
    encoding = "utf-16" if data[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        raise Refused([Problem(line, "This is not text in UTF-8. Save the file as “CSV UTF-8”.")]) from None


def read_names(text: str, *, by_domain: bool = False) -> list[Read]:
    """The names in `text`; raises Refused with every suspicious place.

    One a line, with other spellings behind semicolons or tabs; or CSV whose first line names its columns.
    """
    text = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    refuse_whole(text)
    problems: list[Problem] = []
    rows = list(cells(text, problems))
    for line, row in rows:
        for cell in row:
            said = wrong_with(cell, by_domain=by_domain)
            if said:
                problems.append(Problem(line, said))
    if problems:
        raise Refused(problems)
    found = [Read(row[0], tuple(dict.fromkeys(each for each in row[1:] if each)), line) for line, row in rows]
    if not found:
        raise Refused([Problem(0, "There is no name in it.")])
    refuse_column([each.name for each in found], by_domain=by_domain)
    return found


def refuse_whole(text: str) -> None:
    """Raise Refused for text that no list looks like."""
    if len(text.encode("utf-8", "replace")) > LARGEST:
        raise Refused([Problem(0, "The text is larger than 2 MB.")])
    lines = text.split("\n")
    if len(lines) > MOST_LINES + 1:
        raise Refused([Problem(0, f"There are {len(lines):,} lines; {MOST_LINES:,} is the most.")])
    problems = []
    for number, line in enumerate(lines, 1):
        if len(line) > LONGEST_LINE:
            problems.append(Problem(number, f"The line has {len(line):,} characters; {LONGEST_LINE} is the most."))
        elif strange := next((each for each in line if is_control(each)), None):
            named = "NUL, so this is no text" if strange == "\0" else f"U+{ord(strange):04X}, which cannot be seen"
            problems.append(Problem(number, f"There is a character {named}."))
    if problems:
        raise Refused(problems)


def is_control(letter: str) -> bool:
    """Whether no name has this character."""
    return letter != "\t" and (unicodedata.category(letter) in ("Cc", "Cs") or TURNING.match(letter) is not None)


def cells(text: str, problems: list[Problem]) -> Iterator[tuple[int, list[str]]]:
    """The lines that say something as a name and its aliases, by their number."""
    lines = text.split("\n")
    first = next((at for at, line in enumerate(lines) if line.strip()), None)
    if first is None:
        return
    mark = max(",;\t", key=lines[first].count)
    heads = [fold(each.strip().strip('"')) for each in lines[first].split(mark)]
    headed = heads[0] in (NAME_HEADS if len(heads) > 1 else NAME_HEADS[:2])
    if not headed or len(heads) == 1:
        for number, line in enumerate(lines, 1):
            parts = [each.strip() for each in re.split(r"[;\t]", line)]
            if not line.strip() or (headed and number == first + 1):
                continue
            if parts[0]:
                yield number, [parts[0], *(each for each in parts[1:] if each)]
            else:
                problems.append(Problem(number, "The line has no name, only what stands behind it."))
        return
    other = [at for at, each in enumerate(heads) if at and each in ALIAS_HEADS]
    reader = csv.reader(io.StringIO("\n".join(lines[first:])), delimiter=mark, strict=True)
    try:
        for row in reader:
            number = first + reader.line_num
            if reader.line_num == 1 or not any(each.strip() for each in row):
                continue
            if len(row) != len(heads):
                problems.append(Problem(number, f"The line has {len(row)} columns; the first line has {len(heads)}."))
            elif not row[0].strip():
                problems.append(Problem(number, "The line has no name."))
            else:
                spelt = [part.strip() for at in other for part in re.split(r"[;|]", row[at])]
                yield number, [row[0].strip(), *(each for each in spelt if each)]
    except csv.Error as error:
        problems.append(Problem(first + reader.line_num, f"The line is no CSV: {error}."))


def wrong_with(name: str, *, by_domain: bool = False) -> str:
    """Why this cannot stand on a list; empty where it can."""
    if len(name) > LONGEST_LINE:
        return f"The name has {len(name):,} characters; {LONGEST_LINE} is the most."
    if any(is_control(each) or each == "\t" for each in name):
        return "There is a character in it that cannot be seen."
    if MARKUP.search(name):
        return f"“{name[:60]}” looks like a web page or a script."
    if name[:1] in "=+-@|%" and name:
        return f"“{name[:60]}” begins like a formula of a spreadsheet."
    if MAIL.search(name):
        return "There is an e-mail address in it; a list holds no people."
    if not any(each.isalnum() for each in name):
        return f"“{name[:60]}” has no letter and no digit."
    if by_domain and "." not in ListMatcher(NamedList("", "", "domain")).key(name):
        return f"“{name[:60]}” is no domain, and this list is matched by domain."
    return ""


def refuse_column(names: Sequence[str], *, by_domain: bool) -> None:
    """Raise Refused where the first column looks like something else than names."""
    if by_domain:
        return
    kinds: tuple[tuple[str, Callable[[str], object]], ...] = (
        ("numbers", NUMBER.fullmatch),
        ("identifiers", IDENTITY.fullmatch),
    )
    for what, test in kinds:
        found = [each for each in names if test(each)]
        if len(found) * 2 > len(names):
            shown = ", ".join(found[:3])
            raise Refused([Problem(0, f"{len(found):,} of {len(names):,} names look like {what}: {shown}.")])


def take_over(named: NamedList, read: Sequence[Read], *, replace: bool) -> Outcome:
    """What `named` would be with these names added, or with `replace` with these alone.

    Raises Refused where replacing would take away most of a list.
    """
    matcher = ListMatcher(named)
    out = Outcome()
    known = {matcher.key(entry.name): entry for entry in named.entries}
    owners: dict[str, str] = {}
    after: dict[str, list[str]] = {}
    for entry in () if replace else named.entries:
        add(matcher, owners, after, entry.name, entry.aliases)
    before = {name: len(aliases) for name, aliases in after.items()}
    first_line: dict[str, int] = {}
    for each in read:
        key = matcher.key(each.name)
        if key in first_line:
            out.twice.append(Problem(each.line, f"“{each.name}” stands on line {first_line[key]} already."))
        first_line.setdefault(key, each.line)
        owner = owners.get(key)
        if owner is None:
            owner = each.name
            owners[key] = owner
            after[owner] = []
        elif matcher.key(owner) != key:
            out.taken.append(Problem(each.line, f"“{each.name}” is another spelling of “{owner}” already."))
        for alias in each.aliases:
            holder = owners.get(matcher.key(alias))
            if holder is None:
                owners[matcher.key(alias)] = owner
                after[owner].append(alias)
            elif holder != owner:
                out.taken.append(Problem(each.line, f"“{alias}” stands for “{holder}” already, so not for “{owner}”."))
    for name, aliases in after.items():
        entry = Entry(name, tuple(aliases))
        out.entries.append(entry)
        was = known.get(matcher.key(name))
        if was is None:
            out.new.append(entry)
        elif replace:
            if {matcher.key(alias) for alias in was.aliases} != {matcher.key(alias) for alias in aliases}:
                out.more.append((name, entry.aliases))
            else:
                out.there.append(name)
        elif len(aliases) > before.get(name, 0):
            out.more.append((name, entry.aliases[before[name] :]))
        elif matcher.key(name) in first_line:
            out.there.append(name)
    kept = {matcher.key(name) for name in after}
    out.gone = [entry.name for key, entry in known.items() if key not in kept]
    if len(known) > 3 and len(out.gone) * 2 > len(known):
        said = f"It would take {len(out.gone):,} of {len(known):,} names off the list, such as {out.gone[0]}."
        raise Refused([Problem(0, f"{said} Add the names to what is there, or make a new list of them.")])
    if len(out.entries) > MOST_LINES:
        raise Refused([Problem(0, f"The list would have {len(out.entries):,} names; {MOST_LINES:,} is the most.")])
    if named.contains_from:
        out.short = [each.name for each in out.new if letters(matcher.key(each.name)) < named.contains_from]
    return out


def letters(key: str) -> int:
    return sum(each.isalnum() for each in key)


def add(
    matcher: ListMatcher, owners: dict[str, str], after: dict[str, list[str]], name: str, aliases: Sequence[str]
) -> None:
    """`name` with its aliases stands on the list."""
    after[name] = list(aliases)
    for each in (name, *aliases):
        owners.setdefault(matcher.key(each), name)
