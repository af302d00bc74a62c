"""Who works with the sample: a person for each role, in two teams."""

from dataclasses import dataclass

from .rows import SampleCompany

AMERICAS, EUROPE = "Americas", "Europe"
COUNTRIES = {
    AMERICAS: ("AR", "BR", "CA", "MX", "US"),
    EUROPE: ("AT", "CH", "DE", "ES", "FR", "GB", "GR", "IT", "NL", "NO", "PL", "PT", "SE"),
}


@dataclass(frozen=True)
class SampleUser:
    """Somebody who signs in with `name`; `role` and `team` are groups."""

    name: str
    first_name: str
    last_name: str
    role: str
    team: str | None = None

    @property
    def email(self) -> str:
        return f"{self.name}@icp-crm.example"


STAFF = (
    SampleUser("rep", "Robin", "Reed", "Sales", AMERICAS),
    SampleUser("mate", "Mika", "Marsh", "Sales", AMERICAS),
    SampleUser("manager", "Morgan", "Lane", "Sales manager", AMERICAS),
    SampleUser("rep-europe", "Enza", "Euler", "Sales", EUROPE),
    SampleUser("revops", "Remy", "Opel", "RevOps"),
)


def team_of(company: SampleCompany) -> str | None:
    """The team that works the company's country; None elsewhere, and where the country is not known."""
    return next((team for team, countries in COUNTRIES.items() if company.country in countries), None)


def owners(companies: tuple[SampleCompany, ...]) -> dict[str, str]:
    """Who owns which account, by domain. The reps of a team take turns, and at each turn one is left free."""
    reps = {
        team: [*(each.name for each in STAFF if each.team == team and each.role == "Sales"), None] for team in COUNTRIES
    }
    turns = dict.fromkeys(COUNTRIES, 0)
    owned = {}
    for company in companies:
        team = team_of(company)
        if team is None:
            continue
        owner = reps[team][turns[team] % len(reps[team])]
        turns[team] += 1
        if owner:
            owned[company.domain] = owner
    return owned
