"""How text is compared: folded, in whole words, by name and by domain."""

import re
import unicodedata
from collections.abc import Iterable
from functools import lru_cache

from cleanco import basename, prepare_default_terms

# The last words of legal forms such as "Inc." and "GmbH & Co. KG": only names with one need a closer look.
LEGAL_ENDINGS = frozenset(terms[-1] for _, terms in prepare_default_terms())
WORD = re.compile(r"[^\W_]+(?:\+\+|#(?!\w))?")


@lru_cache(maxsize=65_536)
def fold(text: str) -> str:
    """`text` without case, with spaces folded and "&" read as "and"."""
    text = unicodedata.normalize("NFKC", text).casefold().replace("&", " and ")
    return " ".join(text.split())


def words(text: str) -> tuple[str, ...]:
    """The whole words of `text`, folded; "c++" and "c#" are words."""
    return tuple(WORD.findall(fold(text)))


@lru_cache(maxsize=65_536)
def name_key(name: str) -> str:
    """What two spellings of one organisation share.

    Folded, without accents and punctuation, and without a legal form at the
    end: "Sequoia Capital, LLC" and "sequoia capital" have one key.
    """
    plain = without_accents(fold(name))
    last = plain.rpartition(" ")[2].strip(".,()")
    core = (basename(plain) or plain) if last in LEGAL_ENDINGS else plain
    return " ".join(WORD.findall(core)) or " ".join(WORD.findall(plain)) or plain


def without_accents(text: str) -> str:
    """`text` with letters instead of accented letters."""
    decomposed = unicodedata.normalize("NFD", text)
    return "".join(letter for letter in decomposed if not unicodedata.combining(letter))


def domain_key(text: str) -> str:
    """The bare host of an address or domain: no scheme, path, port, or leading "www."."""
    host = re.sub(r"^[a-z][a-z0-9+.-]*://", "", text.strip().casefold())
    host = re.split(r"[/?#]", host, maxsplit=1)[0].rpartition("@")[2].partition(":")[0].strip(".")
    return host.removeprefix("www.")


class WordPattern:
    """Whole words to look for in a text; a last "*" matches the start of a word."""

    def __init__(self, pattern: str) -> None:
        self.prefix = pattern.rstrip().endswith("*")
        self.words = words(pattern.rstrip().rstrip("*"))

    def matches(self, text: tuple[str, ...]) -> bool:
        """Whether these words stand in `text`, one after the other."""
        size = len(self.words)
        if not size:
            return False
        for start in range(len(text) - size + 1):
            here = text[start : start + size]
            if here == self.words:
                return True
            if self.prefix and here[:-1] == self.words[:-1] and here[-1].startswith(self.words[-1]):
                return True
        return False


def has_word(text: str, patterns: Iterable[str]) -> bool:
    """Whether any of `patterns` stands in `text` in whole words."""
    there = words(text)
    return any(WordPattern(pattern).matches(there) for pattern in patterns)


def ends_with(text: str, suffixes: Iterable[str]) -> bool:
    """Whether the domain `text` ends with any of `suffixes` on a label boundary."""
    host = domain_key(text)
    return any(
        host == suffix or host.endswith("." + suffix)
        for suffix in (suffix.strip().casefold().strip(".") for suffix in suffixes)
        if suffix
    )
