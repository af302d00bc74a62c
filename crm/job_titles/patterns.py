"""Which patterns titles were matched with, and the matcher of them."""

import json
from collections.abc import Iterable
from hashlib import sha256

from personas.rules.document import Document
from personas.rules.parts import Persona
from personas.titles import VERSION, TitleMatcher

MATCHERS_KEPT = 4

matchers: dict[str, TitleMatcher] = {}


def fingerprint(personas: Iterable[Persona]) -> str:
    """What stands in `matched_with` once a title was matched by the patterns of these personas.

    It begins with the version of the matcher, and differs with whatever could
    change a match: the patterns and exclusions, whose they are, and their order.
    """
    said = [[each.key, each.titles, each.exclude] for each in personas if each.titles or each.exclude]
    return f"{VERSION:04d}{sha256(json.dumps(said).encode()).hexdigest()[:12]}"


def matcher_of(document: Document) -> TitleMatcher:
    """The matcher of these personas; kept for a while, those asked for last the longest."""
    key = fingerprint(document.personas)
    found = matchers.pop(key, None) or TitleMatcher(document.personas)
    if len(matchers) >= MATCHERS_KEPT:
        matchers.pop(next(iter(matchers)), None)
    matchers[key] = found
    return found


def versions_after(matched_with: str) -> str:
    """Where the fingerprints begin that a later version of the matcher made."""
    return f"{int(matched_with[:4]) + 1:04d}"
