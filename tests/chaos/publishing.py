"""`publishing second`: the second ruleset is active; `publishing first`: the first one again."""

import json
from collections.abc import Sequence

from personas.publishing import publish
from personas.rules.document import from_data

from .rules import FIRST, SECOND

DOCUMENTS = {"first": FIRST, "second": SECOND}


def main(arguments: Sequence[str]) -> int:
    """Prints the number of the ruleset; 0."""
    [name] = arguments
    print(json.dumps({"ruleset": publish(from_data(DOCUMENTS[name])).number}))
    return 0
