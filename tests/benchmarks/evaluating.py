"""Facts as JSON Lines, for `manage.py evaluate`."""

import json
from collections.abc import Iterator
from random import Random

from personas.rules.evaluate import Evaluator
from personas.rules.scoring import Scorer

from .population import CITIES, HEADCOUNTS, LEADING_INVESTORS, PERSONAS, PROJECT_STAGES, REVENUES, TERMS, TOP_EMPLOYERS


def lines(count: int, *, different: int) -> list[bytes]:
    """So many lines, of which so many have facts of their own; the others repeat them."""
    dice = Random(7)
    facts = [json.dumps(dict(some_facts(dice))) for _ in range(different)]
    return [f'{{"id": {place}, "facts": {facts[place % different]}}}'.encode() for place in range(count)]


def some_facts(dice: Random) -> Iterator[tuple[str, object]]:
    """What is known of an invented company."""
    low, high = dice.choice(HEADCOUNTS)
    if dice.random() < 0.6:
        yield "employees", dice.randint(low, high) if dice.random() < 0.5 else {"low": low, "high": high}
    if dice.random() < 0.4:
        yield "monthly_revenue", dice.randint(*dice.choice(REVENUES))
    if dice.random() < 0.1:
        yield "consumer_users", dice.randint(0, 20_000_000)
    if dice.random() < 0.6:
        yield "is_public", dice.random() < 0.15
    if dice.random() < 0.8:
        yield "city", dice.choice(CITIES)
    if dice.random() < 0.2:
        yield "project_stage", dice.choice(PROJECT_STAGES)
    if dice.random() < 0.3:
        yield "funding_total", dice.randint(0, 10_000_000)
    for chance, key, names in (
        (0.36, "investors", (*LEADING_INVESTORS, *(f"Investor {each}" for each in range(100)))),
        (0.36, "accelerators", TERMS["accelerators"]),
        (0.2, "founder_employers", (*TOP_EMPLOYERS, *(f"Employer {each}" for each in range(100)))),
        (0.4, "tags", TERMS["tags"]),
        (0.4, "technologies", TERMS["technologies"]),
        (0.5, "personas", PERSONAS),
    ):
        if dice.random() < chance:
            members = sorted(set(dice.sample(names, dice.randint(0, 3))))
            yield key, {"value": members, "complete": dice.random() < 0.7}


def evaluate(scorer: Scorer, given: list[bytes]) -> None:
    """Every line is answered by an evaluator that has seen none before."""
    for _ in Evaluator(scorer).lines(given):
        pass
