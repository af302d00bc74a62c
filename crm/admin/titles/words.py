"""What the matcher said of a title, in words."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from crm.models import JobTitle
from personas.rules.words import words

Names = Mapping[str, str]

RESULTS: Mapping[str, tuple[str, str]] = {
    "match": ("check_circle", "certain"),
    "ambiguous": ("help", "ambiguous"),
    "none": ("person_search", "no persona"),
    "excluded": ("block", "ruled out"),
    "unknown": ("question_mark", "no words"),
    "": ("hourglass_empty", "not matched yet"),
}
BARRIERS: Mapping[str, str] = {
    "former": "says what they were",
    "not yet": "says that they are not that yet",
    "works for that person": "says that they work for that person",
}


@dataclass(frozen=True)
class Said:
    """Whom a title stands for and why. `whom` is a name or several, or what came of it where there is nobody."""

    result: str
    icon: str
    whom: str
    personas: tuple[str, ...]
    why: tuple[str, ...] = ()
    kind: str = ""

    @property
    def how(self) -> str:
        """The result in a word or two."""
        return RESULTS[self.result][1]

    @property
    def says(self) -> tuple[str, tuple[str, ...]]:
        """What two of them are compared by."""
        return self.result, self.personas


def said_of(title: JobTitle, names: Names) -> Said:
    """What is stored of a title; its personas were prefetched."""
    result = title.result or ""
    reading = title.reading if isinstance(title.reading, dict) else {}
    data = reading | {
        "result": result,
        "personas": [each.persona for each in title.personas.all()],
        "seniority": title.seniority,
        "function": title.function,
    }
    return said(data, names)


def said(data: Mapping[str, Any], names: Names) -> Said:
    """What `personas.titles` said of a title, as `Match.data()` gives it."""
    result = str(data.get("result") or "")
    personas = tuple(data.get("personas") or ())
    icon = RESULTS[result][0]
    whom = " or ".join(names.get(key, key) for key in personas)
    return Said(result, icon, whom or nobody(result), personas, tuple(reasons(data, names)), kind_of(data))


def nobody(result: str) -> str:
    match result:
        case "":
            return "Not matched yet"
        case "excluded":
            return "Nobody: ruled out"
        case "unknown":
            return "Nobody: it has no words"
        case _:
            return "Nobody: no pattern fits"


def reasons(data: Mapping[str, Any], names: Names) -> Iterable[str]:
    """The evidence and what speaks against it, one sentence each."""
    for each in data.get("evidence") or ():
        name = names.get(each["persona"], each["persona"])
        yield f"{name}: “{each['pattern']}”{by_words(each)}"
    for each in data.get("excluded") or ():
        if each["persona"] is None:
            met = " ".join(each.get("words") or ()) or each["pattern"]
            yield f"Ruled out: “{met}” {BARRIERS.get(each['pattern'], each['pattern'])}"
        else:
            name = names.get(each["persona"], each["persona"])
            yield f"Not {name}: “{each['pattern']}” is ruled out{by_words(each)}"
    for flag in data.get("flags") or ():
        kind, _, word = str(flag).partition(":")
        yield f"“{word.upper()}” has several meanings" if kind == "ambiguous" else str(flag)
    others = [plain(each) for each in data.get("alternatives") or ()]
    if others:
        yield f"Could also work in {' or '.join(others)}"


def by_words(each: Mapping[str, Any]) -> str:
    """The words of the title that a pattern met, where they are not the pattern itself."""
    met = " ".join(each.get("words") or ())
    if not met or words(met) == words(str(each["pattern"])):
        return ""
    return f", by “{met}”"


def kind_of(data: Mapping[str, Any]) -> str:
    """Seniority and kind of work: "senior, engineering"."""
    work = str(data.get("function") or "")
    said = [str(data.get("seniority") or ""), "other work" if work == "other" else work]
    return ", ".join(plain(each) for each in said if each)


def plain(key: str) -> str:
    """A key as people write it."""
    return key.replace("_", " ")
