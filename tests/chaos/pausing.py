"""`pausing pause`, `pausing resume`: the rollout of the active ruleset is held back, or goes on."""

import json
from collections.abc import Sequence

from django.utils import timezone

from crm.scoring.rollout import pause, resume


def main(arguments: Sequence[str]) -> int:
    """Prints the number of the ruleset; 0."""
    [doing] = arguments
    found = pause(timezone.now()) if doing == "pause" else resume()
    print(json.dumps({"ruleset": found.ruleset if found else None}))
    return 0
