"""Job titles as rows: each distinct one once, with what the title matcher says of it.

The one place where stored titles meet `personas.titles`.
"""

from .moving import Answer, Move, Moved, moved
from .patterns import fingerprint, matcher_of, versions_after
from .storing import Matched, match_titles, titles_for

__all__ = [
    "Answer",
    "Matched",
    "Move",
    "Moved",
    "fingerprint",
    "match_titles",
    "matcher_of",
    "moved",
    "titles_for",
    "versions_after",
]
