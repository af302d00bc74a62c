"""The buying group of an account: who is there, which personas and buying roles they cover, and which are missing."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.contrib.messages import get_messages
from django.db.models import Min, QuerySet
from django.http import HttpRequest

from crm.admin.navigation import may_view
from crm.admin.scoped import may_edit
from crm.buying_group import (
    MISSING,
    PRESENT,
    known_as,
    state_of,
    wanted_personas,
    wanted_roles,
)
from crm.models import Company, Contact, Employment
from personas.models import Persona as StoredPersona
from personas.models import Ruleset
from personas.rules.document import Document
from personas.rules.parts import Persona

MOST_SHOWN = 100
MOST_COUNTED = 1_000
PART = "icp-people"
"""The part of the page that shows it, which can be asked for alone."""

TIERS = {tier.value: (place, str(tier.label)) for place, tier in enumerate(StoredPersona.Tier)}
FURTHER = ("usable_by", "experiment")
"""The tiers whose personas are shown beside those that an account should have."""

MOST_NAMED = 4

STATES = {
    "present": ("Present", "check_circle", "yes"),
    "perhaps": ("Perhaps", "contrast", "open"),
    "missing": ("Missing", "person_off", "no"),
    "unknown": ("Not known", "help", "open"),
}


@dataclass(frozen=True)
class Talk:
    """What to say to a persona, and what to avoid."""

    key: str
    name: str
    tier: str
    roles: str
    story: str
    goals: tuple[str, ...]
    deal_makers: tuple[str, ...]
    deal_breakers: tuple[str, ...]


@dataclass(frozen=True)
class Someone:
    """A contact with the personas they are or may be, and their buying roles.

    `how` is decided (by a person), certain, ambiguous, none, excluded,
    unmatched or untitled. `roles` are certain; `perhaps` those that depend on
    which of several personas they are.
    """

    contact: Contact
    how: str
    talks: tuple[Talk, ...]
    roles: tuple[str, ...] = ()
    perhaps: tuple[str, ...] = ()
    roles_decided: bool = False

    @property
    def certain(self) -> Talk | None:
        return self.talks[0] if self.how in ("decided", "certain") and self.talks else None

    @property
    def known(self) -> bool:
        """Whether it is known who they are, be it nobody we look for. The rules read it so."""
        return self.how in ("decided", "certain", "none", "excluded")

    @property
    def roles_known(self) -> bool:
        return self.known or self.roles_decided

    @property
    def roles_said(self) -> str:
        """The buying roles in words; empty where none is known."""
        if self.roles_decided and not self.roles:
            return "no buying role"
        sure = ", ".join(role_name(each).lower() for each in self.roles)
        perhaps = ", ".join(role_name(each).lower() for each in self.perhaps)
        return f"{sure}; perhaps {perhaps}" if sure and perhaps else sure or (f"perhaps {perhaps}" if perhaps else "")

    @property
    def said(self) -> str:
        """The persona in words: "Sam", "Sam or Pam", "no persona fits the title"."""
        if self.talks:
            return " or ".join(talk.name for talk in self.talks)
        return {
            "excluded": "the title rules personas out",
            "none": "no persona fits the title",
            "unmatched": "persona not known: the title was not read yet",
        }.get(self.how, "persona not known: no job title")

    @property
    def open_question(self) -> str:
        """What is not known of who they are; empty where it is known."""
        if self.known:
            return ""
        if self.how == "ambiguous":
            return f"whether {self.contact.name} is {self.said}"
        return f"the job title of {self.contact.name}" if self.how == "untitled" else f"who {self.contact.name} is"

    @property
    def refuses(self) -> bool:
        return bool(self.contact.consent == Contact.Consent.REFUSED)


@dataclass(frozen=True)
class Cover:
    """Whether a persona or a buying role is there, and who covers it for certain or perhaps.

    `wanted` is whether an account of this kind should have it.
    """

    name: str
    note: str
    state: str
    people: tuple[Someone, ...]
    wanted: bool = True

    @property
    def word(self) -> str:
        return STATES[self.state][0]

    @property
    def icon(self) -> str:
        return STATES[self.state][1]

    @property
    def kind(self) -> str:
        return STATES[self.state][2]


@dataclass(frozen=True)
class DayJobs:
    """Contacts of other accounts who have their day job at a company, and those accounts: at most MOST_COUNTED."""

    contacts: int
    accounts: int
    more: bool

    @property
    def people(self) -> str:
        return f"{'More than ' if self.more else ''}{self.contacts:,} {'contact' if self.contacts == 1 else 'contacts'}"

    @property
    def others(self) -> str:
        """How many accounts read the segment of this one, in words."""
        noun = "account" if self.accounts == 1 else "accounts"
        return f"{'more than ' if self.more else ''}{self.accounts:,} other {noun}"


@dataclass(frozen=True)
class BuyingGroup:
    """Everybody we know at the account, as far as MOST_SHOWN, and what they cover. `gaps` says it in one line.

    `further` are some of those beyond, one for each way in which they differ to the rules.
    """

    people: tuple[Someone, ...]
    more: bool
    further: tuple[Someone, ...]
    personas: tuple[Cover, ...]
    roles: tuple[Cover, ...]
    researched: bool
    may_add: bool
    may_decide: bool
    wanted_by: str = ""
    day_jobs: DayJobs | None = None
    said: str = ""

    @property
    def gaps(self) -> str:
        """What to look for, in one line; empty where nothing is missing."""
        missing = [each.name for each in self.personas if each.wanted and each.state == MISSING]
        missing += [each.name.lower() for each in self.roles if each.state == MISSING]
        return f"Missing: {', '.join(missing)}" if missing else ""

    @property
    def settle(self) -> str:
        """What would settle whether those not known are missing, in one line; empty where all is known."""
        if not any(each.wanted and each.state not in (PRESENT, MISSING) for each in (*self.personas, *self.roles)):
            return ""
        open_questions = [each.open_question for each in (*self.people, *self.further) if each.open_question]
        said = open_questions[:MOST_NAMED]
        if len(open_questions) > MOST_NAMED:
            said.append(f"{len(open_questions) - MOST_NAMED:,} more of this kind")
        if not self.researched:
            said.append("whether everybody is listed (say since when under “How complete”)")
        return "; ".join(said)


def buying_group(request: HttpRequest, company: Company, ruleset: Ruleset | None) -> BuyingGroup | None:
    """The people of the account, in as many queries for any number of them; None for who may not see contacts."""
    if not may_view(request, "crm.contact"):
        return None
    document = ruleset.document() if ruleset else Document()
    contacts = Contact.objects.visible_to(request.user).filter(company=company)
    titled = contacts.select_related("title").prefetch_related("title__personas").order_by("name", "pk")
    found = list(titled[: MOST_SHOWN + 1])
    people = tuple(someone(contact, document) for contact in found[:MOST_SHOWN])
    more = len(found) > MOST_SHOWN
    further: tuple[Someone, ...] = ()
    if more:
        rest = contacts.exclude(pk__in=[each.contact.pk for each in people]).order_by()
        alike = rest.values("persona", "roles", "title").annotate(first=Min("pk")).values("first")
        further = tuple(someone(contact, document) for contact in titled.filter(pk__in=alike))
    everybody = people + further
    # The rules read people so: complete once somebody looked, and it is known of everybody who they are.
    whole = company.people_researched_on is not None
    segment = getattr(getattr(company, "fit", None), "effective_segment", None)
    profile = next((each for each in document.profiles if each.key == segment), None)
    return BuyingGroup(
        people=people,
        more=more,
        further=further,
        personas=persona_covers(document, segment, everybody, whole=whole),
        roles=role_covers(document, segment, everybody, whole=whole),
        researched=company.people_researched_on is not None,
        may_add=request.user.has_perm("crm.add_contact") and may_edit(request, company),
        may_decide=request.user.has_perm("crm.change_contact") and may_edit(request, company),
        wanted_by=profile.name if profile and (profile.wanted_personas or profile.wanted_roles) else "",
        day_jobs=day_jobs_at(request, company),
        said=" ".join(map(str, get_messages(request))) if request.headers.get("HX-Target") == PART else "",
    )


def with_day_job_at(request: HttpRequest, company: Company) -> QuerySet[Contact]:
    """The contacts of other accounts, as far as this person sees them, who have their day job at the company."""
    jobs = Employment.objects.filter(kind=Employment.Kind.DAY_JOB, employer__company=company).order_by()
    people = Contact.objects.visible_to(request.user).filter(pk__in=jobs.values("contact"), company__isnull=False)
    return people.exclude(company=company)


def day_jobs_at(request: HttpRequest, company: Company) -> DayJobs | None:
    """How many those are, counted no further than MOST_COUNTED; None where there is nobody. One query."""
    found = list(with_day_job_at(request, company).order_by("pk").values_list("company", flat=True)[: MOST_COUNTED + 1])
    if not found:
        return None
    counted = found[:MOST_COUNTED]
    return DayJobs(len(counted), len(set(counted)), len(found) > MOST_COUNTED)


def persona_covers(
    document: Document, segment: str | None, people: Sequence[Someone], *, whole: bool
) -> tuple[Cover, ...]:
    """The personas that the account should have, then further ones: all where no segment says whom it wants."""
    wanted = wanted_personas(document, segment)
    keys = {each.key for each in wanted}
    further = [each for each in document.personas if each.tier in FURTHER and each.key not in keys]
    further.sort(key=lambda each: TIERS[each.tier][0])
    complete = whole and all(each.known for each in people)
    named = any(each.key == segment and each.wanted_personas for each in document.profiles)
    covers = [persona_cover(each, people, complete=complete, wanted=each.key in keys) for each in (*wanted, *further)]
    return tuple(each for each in covers if each.wanted or not named or each.people)


def persona_cover(persona: Persona, people: Iterable[Someone], *, complete: bool, wanted: bool) -> Cover:
    sure = tuple(each for each in people if each.certain and each.certain.key == persona.key)
    perhaps = tuple(each for each in people if each.how == "ambiguous" and persona.key in {t.key for t in each.talks})
    state = state_of(persona.key, {persona.key for _ in sure}, {persona.key for _ in perhaps}, complete=complete)
    note = TIERS[persona.tier][1] if wanted else f"{TIERS[persona.tier][1]}, not asked for"
    return Cover(persona.name or persona.key, note, state, sure or perhaps, wanted)


def role_covers(
    document: Document, segment: str | None, people: Sequence[Someone], *, whole: bool
) -> tuple[Cover, ...]:
    """The buying roles that somebody there should have."""
    if not document.personas:
        return ()
    complete = whole and all(each.roles_known for each in people)
    covers = []
    for role in wanted_roles(document, segment):
        sure = tuple(each for each in people if role in each.roles)
        perhaps = tuple(each for each in people if role in each.perhaps)
        state = state_of(role, {role for _ in sure}, {role for _ in perhaps}, complete=complete)
        covers.append(Cover(role_name(role), "", state, sure or perhaps))
    return tuple(covers)


def someone(contact: Contact, document: Document) -> Someone:
    """The contact with their personas and roles, as a person decided or as the title says."""
    return as_decided(contact, document, persona=contact.persona, roles=contact.roles)


def as_decided(contact: Contact, document: Document, *, persona: str | None, roles: str | None) -> Someone:
    """The same with these decisions; the title comes with its own personas."""
    title = contact.title
    known = known_as(
        document,
        persona=persona,
        roles=roles,
        result=title.result if title else None,
        titled=title is not None,
        matched=[each.persona for each in title.personas.all()] if title and not persona else (),
    )
    personas = {each.key: each for each in document.personas}
    talks = tuple(talk(personas.get(key), key) for key in known.personas)
    return Someone(contact, known.how, talks, known.roles, known.perhaps, known.roles_decided)


def talk(persona: Persona | None, key: str) -> Talk:
    """What to say to this persona; only its key where the rules no longer have it."""
    if persona is None:
        return Talk(key, key, "", "", "", (), (), ())

    def texts(kind: str) -> tuple[str, ...]:
        return tuple(each.text for each in persona.statements if each.kind == kind)

    return Talk(
        key=persona.key,
        name=persona.name,
        tier=TIERS[persona.tier][1],
        roles=", ".join(role_name(role).lower() for role in persona.buying_roles),
        story=persona.story,
        goals=texts("goal"),
        deal_makers=texts("deal_maker"),
        deal_breakers=texts("deal_breaker"),
    )


def role_name(role: str) -> str:
    return role.replace("_", " ").capitalize()
