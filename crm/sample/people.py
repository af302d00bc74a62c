"""People by chance: who is at a company, what they do, and where they were before."""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import replace

from .chance import Chance
from .companies import Companies
from .rows import SampleActivity, SampleCompany, SampleDeal, SamplePerson
from .sorts import Sort
from .vocabulary import (
    AT_HOME,
    CROWDS,
    FAMILIES,
    NAMES,
    OTHER_EMPLOYERS,
    PLACES,
    SOURCES,
    TITLES,
    TITLES_ABROAD,
    TOP_EMPLOYERS,
)

MOVERS = 2
"""Champions who have moved to another account."""


class People:
    """Makes people; every choice comes from `draw`."""

    def __init__(self, draw: Chance) -> None:
        self.draw = draw

    def people(self, sorts: Sequence[Sort], companies: Sequence[SampleCompany], count: int) -> tuple[SamplePerson, ...]:
        """`count` people: a founder where one matters, and the others by weight."""
        room = [most_people(company) for company in companies]
        places = [place for place, sort in enumerate(sorts) if sort.founders in ("top", "ordinary")][:count]
        founding = [True] * len(places)
        here = [0] * len(companies)
        for place in places:
            here[place] += 1
        weights = [sort.people if room[place] > here[place] else 0.0 for place, sort in enumerate(sorts)]
        while len(places) < count and any(weights):
            place = self.draw.weighted(weights)
            here[place] += 1
            if here[place] >= room[place]:
                weights[place] = 0.0
            places.append(place)
            founding.append(sorts[place].crowd == "young" and here[place] == 1)
        jobs = [
            company.domain
            for sort, company in zip(sorts, companies, strict=True)
            if sort.make is Companies.high_growth or (sort.crowd == "firm" and (company.employees_low or 0) > 20)
        ]
        best = [
            company.domain for sort, company in zip(sorts, companies, strict=True) if sort.make is Companies.high_growth
        ]
        return tuple(
            self.person(sorts[place], companies[place], founder, best if self.draw.chance(0.5) else jobs)
            for place, founder in zip(places, founding, strict=True)
        )

    def with_champions(
        self, people: Sequence[SamplePerson], activities: Sequence[SampleActivity], deals: Sequence[SampleDeal]
    ) -> tuple[SamplePerson, ...]:
        """Of those whom somebody talked with, a few speak for us; two of these have moved to another account since."""
        met = {each.person for each in activities if each.person}
        known = [
            replace(each, is_champion=self.draw.chance(0.7)) if each.email in met and self.draw.chance(0.3) else each
            for each in people
        ]
        open_for = [each.company for each in deals if each.stage in ("discovery", "evaluation", "proposal")]
        places = [place for place, each in enumerate(known) if each.is_champion and not each.is_founder]
        for place in places[:MOVERS] if open_for else ():
            target = self.draw.one(open_for)
            if target != known[place].company:
                known[place] = replace(known[place], moved_to=target, moved_on=self.draw.day(3, 25))
        return tuple(known)

    def person(self, sort: Sort, company: SampleCompany, founding: bool, jobs: Sequence[str]) -> SamplePerson:
        home = AT_HOME.get(company.country or "")
        first, last = self.person_name(home)
        family = FAMILIES[self.draw.weighted(CROWDS[sort.crowd])]
        if founding and sort.crowd != "project":
            family = "founder"
        founder = True if founding or family in ("founder", "hobbyist") else None if self.draw.chance(0.6) else False
        hobby = family == "hobbyist"
        consent = "given" if self.draw.chance(0.25) else "refused" if self.draw.chance(0.04) else None
        person = SamplePerson(
            company=company.domain,
            first_name=first,
            last_name=last,
            source=self.draw.one(SOURCES),
            observed_on=self.draw.observed(),
            email=self.address(first, last, company.domain) if self.draw.chance(0.85) else None,
            title=self.title(family, home) if self.draw.chance(0.96) else None,
            city=company.city if self.draw.chance(0.7) else self.draw.one(PLACES)[0] if self.draw.chance(0.5) else None,
            is_founder=founder,
            previous_employers=self.employers(sort, founder=bool(founder), must=founding),
            consent=consent,
        )
        if self.draw.chance(0.75 if hobby else 0.3):
            person = replace(person, followers=self.draw.about(40, 60_000) if hobby else self.draw.about(20, 15_000))
        if hobby and jobs and self.draw.chance(0.55):
            person = replace(person, day_job=self.draw.one(jobs))
        return person

    def person_name(self, home: str | None) -> tuple[str, str]:
        """A first and a last name that nobody has had together yet."""
        firsts, lasts = (
            names.split() for names in NAMES[home if home and self.draw.chance(0.4) else self.draw.one(list(NAMES))]
        )
        first, last = self.draw.one(firsts), self.draw.one(lasts)
        while f"{first} {last}" in self.draw.taken:
            first, last = (
                self.draw.one(firsts),
                self.draw.one(lasts) if self.draw.chance(0.9) else f"{last}-{self.draw.one(lasts)}",
            )
        self.draw.taken.add(f"{first} {last}")
        return first, last

    def title(self, family: str, home: str | None) -> str:
        abroad = TITLES_ABROAD.get(home or "", {}).get(family)
        return self.draw.one(abroad if abroad and self.draw.chance(0.4) else TITLES[family])

    def address(self, first: str, last: str, domain: str) -> str:
        """An address at `domain` that nobody has had yet."""
        first, last = plain_letters(first), plain_letters(last)
        local = self.draw.one((f"{first}.{last}", f"{first}.{last}", f"{first[0]}.{last}", f"{first}_{last}"))
        while f"{local}@{domain}" in self.draw.taken:
            local += str(self.draw.between(2, 9))
        self.draw.taken.add(f"{local}@{domain}")
        return f"{local}@{domain}"

    def employers(self, sort: Sort, *, founder: bool, must: bool) -> tuple[str, ...]:
        """Where somebody worked before, as the sort of company allows for its founders."""
        ordinary = self.draw.some(OTHER_EMPLOYERS, 0, 2)
        if must and sort.founders == "top":
            return (*self.draw.some(TOP_EMPLOYERS, 1, 2), *ordinary[:1])
        if (founder and sort.founders == "ordinary") or not self.draw.chance(0.3):
            return ordinary
        return (*self.draw.some(TOP_EMPLOYERS, 1, 1), *ordinary[:1])


def most_people(company: SampleCompany) -> int:
    """How many of its people we can know at most: never more than it has, and not a crowd."""
    return 12 if company.employees_high is None else min(12, company.employees_high)


LETTERS = str.maketrans({"ß": "ss", "ø": "o", "ł": "l", "đ": "d", "ı": "i", "æ": "ae"})


def plain_letters(name: str) -> str:
    """`name` in the letters of an address."""
    decomposed = unicodedata.normalize("NFD", name.casefold().translate(LETTERS))
    return re.sub(r"[^a-z]", "", decomposed)
