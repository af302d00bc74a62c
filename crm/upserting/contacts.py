"""Rows to contacts: found or made, changed, moved from company to company, and answered one by one."""

from collections.abc import Iterable, Sequence

from crm.imports.among import Among
from crm.imports.applying import Kept
from crm.imports.matching import identified
from crm.job_titles import titles_for
from crm.models import Company, CompanyDomain, Contact

from .answers import CREATED, NOT_OPEN, NOT_YOURS, UNCHANGED, UPDATED, Answer, Call, Done, RowRefused
from .applying import Applying
from .matching import Known, People, read_beside
from .people import Employer, Person, PersonReader
from .turns import settled, take_turns
from .writing import write

NO_SUCH_COMPANY = "no company that you see has it; state the company first"


def upsert_contacts(rows: Sequence[object], call: Call) -> Done:
    """What became of each of these rows of JSON, and the companies to score.

    All is written, or nothing where it raises. A row that is refused stops no
    other. Called in a transaction, whose end decides.
    """
    reader = PersonReader(call)
    said = [reader.read(number, row) for number, row in enumerate(rows)]
    return settled(said, lambda part: Settling(part, call).done())


class Settling:
    """The rows of one call, the contacts that they are about, which are locked, and the companies that they name."""

    def __init__(self, said: Sequence[Person], call: Call) -> None:
        self.said = said
        self.call = call
        self.people = People(call)
        self.applying = Applying(call, {})
        self.companies: dict[Employer, Company] = {}
        self.editable: set[int] = set()
        self.touched: dict[int, Known] = {}
        self.answers: list[tuple[Answer, Known | None]] = []
        self.to_score: set[int] = set()
        self.moves = 0

    def done(self) -> Done:
        good = [each for each in self.said if not each.faults]
        take_turns(keys_of(good))
        titles = titles_for(each.values["title"] for each in good if "title" in each.values)
        self.applying = Applying(self.call, titles)
        self.look_for_companies(good)
        self.people.load(good, self.places_of(good))
        for each in self.said:
            self.settle(each)
        self.write()
        done = Done()
        for answer, known in self.answers:
            if known is not None:
                answer.id = known.contact.pk
            done.answers.append(answer)
        done.companies = self.to_score
        return done

    def look_for_companies(self, good: Sequence[Person]) -> None:
        """The companies that the rows name and the caller sees, and which of them they may edit."""
        wanted = {each.employer for each in good if each.employer}
        domains = {each.domain for each in wanted if each.domain}
        by_domain = dict(CompanyDomain.objects.filter(Among("domain", domains)).values_list("domain", "company_id"))
        own = Company.objects.filter(Among("domain", domains)).values_list("domain", "pk")
        by_domain |= {domain: pk for domain, pk in own if domain}
        by_id = identified({each.external_id for each in wanted if each.external_id})
        keys = {
            each: each.id or by_domain.get(each.domain or "") or by_id.get(each.external_id or ("", ""))
            for each in wanted
        }
        ids = {key for key in keys.values() if key}
        there = Company.objects.filter(Among("pk", ids)).order_by("pk")
        visible = there.visible_to(self.call.by).in_bulk()
        self.companies = {each: visible[key] for each, key in keys.items() if key in visible}
        self.editable = set(there.editable_by(self.call.by).values_list("pk", flat=True))

    def places_of(self, good: Sequence[Person]) -> dict[int, int | None]:
        """The company that each row names, by its line; None where it names none, and nothing where it is not known."""
        places: dict[int, int | None] = {}
        for each in good:
            if each.employer is None:
                places[each.line] = None
            elif each.employer in self.companies:
                places[each.line] = self.companies[each.employer].pk
        return places

    # One row

    def settle(self, said: Person) -> None:
        """Afterwards the contact that the row is about has what it says, or the row is refused."""
        answer = Answer(said.line)
        known = None
        if said.faults:
            answer.refuse(*said.faults)
        else:
            try:
                known = self.put(said, answer)
            except RowRefused as refused:
                answer.refuse(refused.fault)
        self.answers.append((answer, known))

    def company_of(self, said: Person) -> Company | None:
        """The company that a row names."""
        if said.employer is None:
            return None
        company = self.companies.get(said.employer)
        if company is None:
            raise RowRefused("/company", NOT_OPEN if said.employer.id else NO_SUCH_COMPANY)
        return company

    def put(self, said: Person, answer: Answer) -> Known:
        company = self.company_of(said)
        known = self.people.find(said, company)
        created = known is None
        if known is None:
            if not said.name:
                raise RowRefused("/name", "is needed for a contact that is not known yet")
            known = Known(Contact(name=said.name), created=True)
        elif known.readonly:
            raise RowRefused("", NOT_YOURS)
        if company is not None and known.contact.company_id != company.pk and company.pk not in self.editable:
            raise RowRefused("/company", NOT_YOURS)
        kept: list[Kept] = []
        before = known.contact.email
        changed = company is not None and self.place(said, known, company, kept)
        changed |= self.applying.apply(said, known, kept)
        if before and before != known.contact.email:
            # The next row that names this address is about somebody else.
            self.people.by_email.pop(before.lower(), None)
        answer.result = CREATED if created else UPDATED if changed else UNCHANGED
        answer.kept.extend({"fact": each.fact, "detail": each.why} for each in kept)
        self.people.add(known)
        self.touched[id(known)] = known
        return known

    def place(self, said: Person, known: Known, company: Company, kept: list[Kept]) -> bool:
        """Whether the contact is at this company now, where they were not, or that is known from elsewhere."""
        if known.contact.company_id in (None, company.pk):
            return self.applying.place(said, known, company, kept)
        if self.applying.is_older(said, known, kept):
            return False
        if self.call.most_moves is not None and self.moves >= self.call.most_moves:
            raise RowRefused("/company", f"more than {self.call.most_moves} people move in this call: send it as a job")
        self.moves += 1
        if known.changed:
            # Rows count in their order: what was said before holds for the company that they leave.
            self.write()
        self.to_score.update(self.applying.move(said, known, company))
        known.contact = Contact.objects.select_related("title").get(pk=known.contact.pk)
        read_beside([known])
        return True

    def write(self) -> None:
        """What the rows have changed so far is stored."""
        self.to_score |= write(self.touched.values(), self.call.by)
        self.touched.clear()


def keys_of(good: Sequence[Person]) -> Iterable[str]:
    """By what the contacts could be found that these rows may make."""
    for each in good:
        if each.external_id:
            yield f"contact {each.external_id[0]} {each.external_id[1]}"
        if each.email:
            yield f"email {each.email.lower()}"
        elif each.name:
            yield f"person {each.name}"
