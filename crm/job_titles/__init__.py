"""Job titles as rows: each distinct one once, with what the title matcher says of it.

The one place where stored titles meet `personas.titles`.
"""

from .moving import moved, rematched
from .patterns import fingerprint, matcher_of, versions_after
from .storing import Matched, match_titles, titles_for

__all__ = [
    "Matched",
    "fingerprint",
    "match_titles",
    "matcher_of",
    "moved",
    "rematched",
    "titles_for",
    "versions_after",
]
