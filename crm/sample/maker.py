"""Companies, people, activities and deals put together to one sample."""

from datetime import date
from random import Random

from .chance import Chance
from .companies import Companies
from .people import People
from .rows import Sample
from .sales import Sales
from .sorts import NAMED_SORTS, shares


def make(rng: Random, today: date, companies: int, people: int) -> Sample:
    """A sample of so many companies and people; every choice comes from `rng`, in one order."""
    draw = Chance(rng, today)
    makes, sells = Companies(draw), Sales(draw)
    sorts = draw.shuffled([sort for sort, count in shares(companies) for _ in range(count)])
    named = dict.fromkeys(NAMED_SORTS, 0)
    made = []
    for sort in sorts:
        examples = NAMED_SORTS.get(sort, ())
        place = named.get(sort, 0)
        if place < len(examples):
            named[sort] = place + 1
            made.append(makes.example(examples[place]))
        else:
            made.append(sort.make(makes, makes.company(sort.crowd)))
    made = [sells.with_sales(sort, company) for sort, company in zip(sorts, made, strict=True)]
    knows = People(draw)
    persons = knows.people(sorts, made, people)
    activities, deals = sells.activities(made, persons), sells.deals(made)
    return Sample(tuple(made), knows.with_champions(persons, activities, deals), activities, deals)
