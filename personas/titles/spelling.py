"""From the text of a title to words of the vocabulary: one spelling, whatever case, accent, gender or language."""

import re
import unicodedata
from collections.abc import Iterable
from collections.abc import Set as AbstractSet
from typing import Final, NamedTuple

from . import vocabulary as v

LONGEST = 500
FIRST: Final = "\0first"

GENDER = (
    r"(?:(?<=[^\W\d_]{2})(?<=er|or|ur|st|kt|nt|ro|co|no|do|go|re|ré|ge|gé|ef|en|al|ut|ér)"
    r"(?:(?:[/*:_·•‧∙⋅@]-?|\(-?)(?:innen|in|euses?|ses?|trices?|rices?|ères?|fes?|nes?|es?|as?|ra)\)?"
    r"|[.\-](?:euses?|ses?|trices?|rices?|e|es|ne|a))(?![^\W_]))?"
)
TOKEN = re.compile(
    rf"[^\W_]+(?:['’][^\W_]+)?(?:\+\+|#(?!\w))?(?:\.(?![^\W_])|{GENDER})|(?<=\s)-+|-+(?=\s|$)|[&/|\\,;:()\[\]{{}}+•·–—@~><=!?\"]",
    re.IGNORECASE,
)
GENDER_SUFFIX = re.compile(r"(?<=\w)(?:[/*:_·•‧∙⋅@.(][\-]?|-)[^\W\d_]{1,6}\)?$")
GENDER_NOTE = re.compile(r"[(\[]?\b[mwfdxhi](?:\s?[/|*,]\s?[mwfdxhi]\b){1,3}[)\]]?", re.IGNORECASE)
CAMEL_GENDER = re.compile(r"(?<=[a-zäöü]{2}(?:er|or|st|kt|ur))In(?:nen)?\b")
DIGITS_BEHIND = re.compile(r"(?<=[^\W\d_]{4})\d$")

FEMININE: Final = (
    ("innen", ""), ("in", ""), ("euses", "eur"), ("euse", "eur"), ("trices", "teur"), ("trice", "teur"),
    ("ieures", "ieur"), ("ieure", "ieur"), ("oras", "or"), ("ora", "or"), ("ieras", "iero"), ("iera", "iero"),
    ("oressa", "or"), ("fica", "fico"), ("ecta", "ecto"), ("adas", "ado"), ("ada", "ado"), ("aria", "ario"),
    ("ica", "ico"), ("ena", "eno"), ("ee", "e"), ("ante", "ant"), ("iante", "iant"), ("enne", "en"),
)  # fmt: skip
FEMININE_ENDINGS: Final = tuple(ending for ending, _ in FEMININE)
COMPOUND_HEADS: Final = {
    "entwickler": "developer", "ingenieur": "engineer", "programmierer": "programmer", "manager": "manager",
    "designer": "designer", "leiter": "head", "leitung": "head", "architekt": "architect", "direktor": "director",
    "entwicklung": "development", "management": "management", "analyst": "analyst", "berater": "consultant",
    "marketing": "marketing", "techniker": "technician", "redakteur": "editor", "wissenschaftler": "scientist",
}  # fmt: skip
COMPOUND_ENDINGS: Final = tuple(COMPOUND_HEADS)


class Word(NamedTuple):
    """A word of the vocabulary, and the first and last piece of the title that it was read from."""

    text: str
    first: int
    last: int


KNOWN: Final = frozenset().union(
    *(each for each in vars(v).values() if isinstance(each, frozenset)), v.SENIORITY, ["analyst", "cto", *v.AMBIGUOUS]
)
MAIN_WORDS: Final = (
    v.BUILDERS | v.DESIGNERS | {"analyst", "scientist", "manager", "marketing", "engineering", "product", "software"}
)


def scrambled(word: str) -> str:
    """What a word shares with itself after two letters were swapped."""
    return word[0] + "".join(sorted(word[1:-1])) + word[-1]


SCRAMBLED: Final = {scrambled(word): word for word in MAIN_WORDS if len(word) >= 7}


def plain(text: str) -> str:
    """`text` without case and accents."""
    folded = text.casefold()
    if folded.isascii():
        return folded
    decomposed = unicodedata.normalize("NFD", folded)
    return unicodedata.normalize("NFC", "".join(letter for letter in decomposed if not unicodedata.combining(letter)))


def pieces(title: str) -> list[str]:
    """The words and separators of a title as they stand there; only its first 500 characters are read."""
    text = title[:LONGEST]
    if not text.isascii():
        text = unicodedata.normalize("NFKC", text)
    if "In" in text:
        text = CAMEL_GENDER.sub("", text)
    if "/" in text or "|" in text or "*" in text:
        text = GENDER_NOTE.sub(" ", text)
    return TOKEN.findall(text)


def known(word: str) -> tuple[str, ...] | None:
    """The vocabulary's words for `word`, or None; German compounds and feminine and plural forms are seen through."""
    told = v.ONE_WORD.get(word)
    if told is not None:
        return (FIRST, *told.split()) if word in v.HEAD_FIRST else tuple(told.split())
    if word in v.HEAD_FIRST:
        return (FIRST, word)
    return (word,) if word in KNOWN else None


def spell(piece: str) -> tuple[str, ...]:
    """The words of the vocabulary that one piece of a title stands for; an unknown word stands for itself."""
    word = plain(piece).removesuffix(".") or piece
    prefix: tuple[str, ...] = ()
    if not word[-1].isalnum() or not word.isalnum():
        word = GENDER_SUFFIX.sub("", word) if word not in ("c#", "f#", "c++") and word[0].isalnum() else word
        if "'" in word or "’" in word:
            first, _, rest = word.replace("’", "'").partition("'")
            if first in ("d", "l"):
                prefix = ("of",) if first == "d" else ()
                word = rest
            else:
                word = first
    return (*prefix, *spell_word(word))


def spell_word(word: str) -> tuple[str, ...]:
    """The same for a bare word."""
    found = known(word)
    if found is not None:
        return found
    if len(word) > 3 and word.endswith("s") and not word.endswith("ss"):
        for singular in (word[:-1], word[:-2] if word.endswith("es") else "", word[:-3] + "y"):
            if singular and (found := known(singular)) is not None:
                return found
    for ending, instead in FEMININE if word.endswith(FEMININE_ENDINGS) else ():
        if word.endswith(ending) and len(word) - len(ending) >= 3:
            base = word[: -len(ending)] + instead
            if (found := known(base)) is not None:
                return found
            if (found := compound(base)) is not None:
                return found
    if (found := compound(word)) is not None:
        return found
    if len(word) >= 7 and (meant := SCRAMBLED.get(scrambled(word))):
        return (meant,)
    bare = DIGITS_BEHIND.sub("", word)
    if bare != word and (found := known(bare)) is not None:
        return found
    return (word,)


def compound(word: str) -> tuple[str, ...] | None:
    """The two parts of a German compound such as "produktmanager", or None."""
    if not word.endswith(COMPOUND_ENDINGS):
        return None
    for ending, head in COMPOUND_HEADS.items():
        if word.endswith(ending) and len(word) > len(ending) + 1:
            first = word[: -len(ending)]
            for stem in (first, first.removesuffix("s"), first.removesuffix("n")):
                if (found := known(stem)) is not None:
                    return (*found, head)
            return (first.removesuffix("s"), head) if len(first) > 2 else None
    return None


class Phrases:
    """Replaces several words by what they mean together, the longest first."""

    def __init__(self, phrases: Iterable[tuple[str, str]]) -> None:
        self.by_first: dict[str, list[tuple[tuple[str, ...], tuple[str, ...]]]] = {}
        for text, meaning in phrases:
            words = tuple(text.split())
            self.by_first.setdefault(words[0], []).append((words, tuple(meaning.split())))
        for found in self.by_first.values():
            found.sort(key=lambda each: -len(each[0]))

    def begins(self, word: str) -> bool:
        """Whether a phrase begins with `word`."""
        return word in self.by_first

    def may_mean(self, word: str, wanted: AbstractSet[str]) -> bool:
        """Whether a phrase that begins with `word` means one of the `wanted` words."""
        return any(not wanted.isdisjoint(meaning) for _, meaning in self.by_first.get(word, ()))

    def replace(self, words: list[tuple[str, int, str]]) -> list[Word]:
        """`words` (text, place of the piece, spelling) with every phrase replaced; each is met in either form."""
        out: list[Word] = []
        place, end = 0, len(words)
        by_first = self.by_first
        while place < end:
            text, source, raw = words[place]
            candidates = by_first.get(raw) or ()
            if raw != text:
                candidates = [*candidates, *by_first.get(text, ())]
            for phrase, meaning in candidates:
                size = len(phrase)
                if size <= end - place and all(
                    phrase[n] == words[place + n][2] or phrase[n] == words[place + n][0] for n in range(1, size)
                ):
                    last = words[place + size - 1][1]
                    out += [Word(each, source, last) for each in meaning]
                    place += size
                    break
            else:
                out.append(Word(text, source, source))
                place += 1
        return out
