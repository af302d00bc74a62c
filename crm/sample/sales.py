"""Where companies stand with us by chance: stages, activities, tasks and deals."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

from .chance import Chance
from .rows import SampleActivity, SampleCompany, SampleDeal, SamplePerson
from .sorts import Sort
from .vocabulary import DONE, DUE, REASONS


class Sales:
    """Makes what was done and sold; every choice comes from `draw`."""

    def __init__(self, draw: Chance) -> None:
        self.draw = draw

    def with_sales(self, sort: Sort, company: SampleCompany) -> SampleCompany:
        """`company` with where it stands with us; the named examples stand nowhere."""
        if company.note:
            return company
        stages: dict[str, tuple[str | None, ...]] = {
            "startup": (None, "lead", "lead", "qualified", "qualified", "opportunity", "opportunity", "customer"),
            "young": (None, "lead", "lead", "qualified", "opportunity", "customer"),
            "project": (None, None, None, "lead"),
            "firm": (None, None, None, "lead", "lead", "qualified", "opportunity", "customer", "lost"),
        }
        return replace(company, lifecycle_stage=self.draw.one(stages.get(sort.crowd, (None, None, "lead"))))

    def activities(
        self, companies: Sequence[SampleCompany], people: Sequence[SamplePerson]
    ) -> tuple[SampleActivity, ...]:
        addresses: dict[str, list[str]] = {}
        for person in people:
            if person.email:
                addresses.setdefault(person.company, []).append(person.email)
        eager = {"lead": 1, "qualified": 2, "opportunity": 4, "customer": 4, "lost": 2}
        out = []
        for company in companies:
            count = eager.get(company.lifecycle_stage or "", 0)
            there = addresses.get(company.domain, [])
            for kind, summary, body in self.draw.some(DONE, 0, count):
                who = self.draw.one(there) if there and kind != "note" else None
                happened = self.draw.day(1, 60) if self.draw.chance(0.6) else self.draw.day(61, 400)
                out.append(SampleActivity(company.domain, kind, summary, body, happened, who))
            if count > 1 and self.draw.chance(0.5):
                out.append(self.task(company))
        return tuple(out)

    def task(self, company: SampleCompany) -> SampleActivity:
        summary, body = self.draw.one(DUE)
        due = self.draw.today + timedelta(days=self.draw.between(-6, 20))
        done = due if due < self.draw.today and self.draw.chance(0.5) else None
        return SampleActivity(company.domain, "task", summary, body, self.draw.day(7, 14), due_on=due, done_on=done)

    def deals(self, companies: Sequence[SampleCompany]) -> tuple[SampleDeal, ...]:
        out = []
        for company in companies:
            amount = (
                self.draw.about(1_000, 6_000) if (company.employees_high or 0) < 20 else self.draw.about(6_000, 90_000)
            )
            deal = SampleDeal(company.domain, f"{company.name}: first year", "discovery", amount, self.draw.day(5, 120))
            match company.lifecycle_stage:
                case "opportunity":
                    out.append(
                        replace(deal, stage=self.draw.one(("discovery", "evaluation", "evaluation", "proposal")))
                    )
                case "customer":
                    out.append(self.closed(deal, "won"))
                case "lost":
                    out.append(self.closed(deal, "lost"))
                case "qualified" if self.draw.chance(0.15):
                    out.append(self.closed(deal, "lost"))
                case _:
                    pass
        return tuple(out)

    def closed(self, deal: SampleDeal, stage: str) -> SampleDeal:
        closed = self.draw.day(10, 300)
        opened = closed - timedelta(days=self.draw.between(10, 90))
        reason = self.draw.one(REASONS) if stage == "lost" else None
        return replace(deal, stage=stage, opened_on=opened, closed_on=closed, outcome_reason=reason)
