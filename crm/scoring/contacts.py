"""The points of people, worked out as a part of scoring their account.

A contact is as fresh as its account: whatever changes a contact marks the
company, and so does a ContactFit that is written. Before a batch of accounts is
scored, the contacts there are sorted into the cells of the profiles of people,
in the same snapshot. An account all of whose ContactFits are right goes on in
that snapshot. Of the others the ContactFits are written first, if no fact has
changed since; and they are scored in a later snapshot only where their facts
still have the revision that this writing left. So no account claims to be fresh
beside the points of a contact that it has not seen.
"""

import logging
from dataclasses import astuple, dataclass, fields
from datetime import date, datetime

from django.db import connection, transaction

from crm.facts import roles_of
from crm.models.fit import WORST
from personas.models import Ruleset
from personas.rules.conditions import Compare, comparisons
from personas.rules.document import Document
from personas.rules.scoring import Scorer
from personas.rules.stored_result import StoredResult
from personas.rules.truth import NO, YES

from .classify import Classifier, Scope
from .dialect import clear, differs, earliest, give_way, make_temporary, moment_type, postgresql
from .failures import FAULTS, record_failures
from .temporary import analyze, insert_rows, use_memory

logger = logging.getLogger(__name__)

PREFIX = "people"
IDS = f"{PREFIX}_ids"
CELLS = f"{PREFIX}_cells"
RESULTS = f"{PREFIX}_results"

A_PROFILE = 10**12
UNCERTAIN = 10**11
MOST_ALIKE = 8
OF_ROLES = frozenset({"buying_roles", "contact_roles"})

scorers: dict[tuple[str, date], Scorer] = {}


def contact_scorer_for(ruleset: Ruleset, at: date) -> Scorer:
    """The profiles of people made ready to score on the day `at`; made once a process and day."""
    key = (ruleset.content_hash, at)
    if key not in scorers:
        if len(scorers) >= 4:
            scorers.clear()
        scorers[key] = Scorer(ruleset.document().for_contacts(), at)
    return scorers[key]


@dataclass(frozen=True, slots=True)
class ContactPoints:
    """What stands in a ContactFit of one result. `profile` None: every profile rules the contact out."""

    profile: str | None
    status: str
    verdict: str
    points: int | None
    low: int | None
    high: int | None
    band: str | None
    place: int


NUMBERS = tuple(field.name for field in fields(ContactPoints))
STORED = ("company_id", "ruleset", "cells", *NUMBERS, "review_at")


def contact_points(result: StoredResult) -> ContactPoints:
    """The numbers of the first profile, in the order of the document, that does not rule the contact out."""
    found = [(key, score) for key, score in result.profiles.items() if score.verdict is not NO]
    if not found:
        first = next(iter(result.profiles.values()))
        place = len(result.profiles) * A_PROFILE
        return ContactPoints(None, first.status, first.verdict.word, None, None, None, None, place)
    key, score = found[0]
    place = list(result.profiles).index(key) * A_PROFILE + (0 if score.verdict is YES else UNCERTAIN)
    place += WORST - (-WORST if score.low is None else score.low)
    return ContactPoints(key, score.status, score.verdict.word, score.points, score.low, score.high, score.band, place)


# Which older rules say the same of people


def contact_part(document: Document) -> object:
    """Everything of a document that the points of people follow from; equal parts number cells alike."""
    asked = [
        each for profile in document.contact_profiles for part in profile.conditions() for each in comparisons(part)
    ]
    facts = {each.fact for each in asked}
    named = {each.value for each in asked if isinstance(each, Compare) and isinstance(each.value, str)}
    return (
        document.contact_profiles,
        {fact: document.vocabulary[fact] for fact in facts},
        {each.key: each for each in document.lists if each.key in named},
        roles_of(document) if facts & OF_ROLES else None,
    )


alike: dict[tuple[int, str], int] = {}


def alike_since(ruleset: Ruleset) -> int:
    """The number of the oldest ruleset from which on all say of people what this one says.

    Looked for among the MOST_ALIKE before it; what was stored by those need not be written again.
    """
    key = (ruleset.number, ruleset.content_hash)
    if key not in alike:
        part, since = contact_part(ruleset.document()), ruleset.number
        for older in Ruleset.objects.filter(number__lt=ruleset.number).order_by("-number")[:MOST_ALIKE]:
            if contact_part(older.document()) != part:
                break
            since = older.number
        if len(alike) >= 4:
            alike.clear()
        alike[key] = since
    return alike[key]


# Contacts to cells


class ContactClassifier(Classifier):
    """Sorts the contacts of the accounts in `scope` into the cells of the profiles of people."""

    ids_columns = "company_id bigint PRIMARY KEY, facts_rev bigint, raised integer"

    def __init__(self, scorer: Scorer, alike_since: int) -> None:
        super().__init__(scorer, prefix=PREFIX)
        self.alike_since = alike_since

    def cells_columns(self) -> str:
        return (
            "contact_id bigint, company_id bigint, facts_rev bigint, unmatched integer,"
            f" review_at {moment_type()}, cells text"
        )

    def rows(self) -> str:
        return (
            f"{self.scope.companies} JOIN crm_contact k ON k.company_id = c.id AND {self.scope.holds('k.company_id')}"
        )

    def reviews(self) -> list[str]:
        return self.reviews_of_facts()

    def fill(self, ruleset: int, engine: int, everything: bool) -> int:
        """people_cells holds the contacts whose stored result is not that of these cells; returns how many."""
        clear(self.cells_table)
        with connection.cursor() as cursor:
            cursor.execute(
                f"""INSERT INTO {self.cells_table} (contact_id, company_id, facts_rev, unmatched, review_at, cells)
                SELECT contact_id, company_id, facts_rev, unmatched, review_at, cells FROM (
                    SELECT k.id AS contact_id, c.id AS company_id, f.facts_rev, f.scored_engine,
                           CASE WHEN {self.unmatched_sql()} THEN 1 ELSE 0 END AS unmatched,
                           {earliest(self.reviews())} AS review_at, {self.cells_sql()} AS cells,
                           s.company_id AS old_company, s.cells AS old_cells, s.review_at AS old_review_at,
                           s.ruleset AS old_ruleset
                    FROM {self.rows()} JOIN crm_fit f ON f.company_id = c.id
                    LEFT JOIN crm_contactfit s ON s.contact_id = k.id
                    {self.all_joins()}
                    WHERE {self.scope.holds("c.id")}
                ) found
                WHERE {1 if everything else 0} = 1 OR unmatched = 1 OR {differs("company_id", "old_company")}
                   OR {differs("cells", "old_cells")} OR {differs("review_at", "old_review_at")}
                   OR old_ruleset < {self.alike_since} OR old_ruleset > {ruleset}
                   OR (scored_engine <> 0 AND scored_engine <> {engine})"""
            )
            return int(cursor.rowcount)


class Unmoved(Scope):
    """The accounts of `scope` whose ContactFits are all right as they stand."""

    def __init__(self, scope: Scope) -> None:
        self.companies = scope.companies
        self.holds = scope.holds  # type: ignore[method-assign]
        self.only = f"c.id NOT IN (SELECT company_id FROM {IDS})"


class Settled(Scope):
    """The accounts whose ContactFits were put right, and of which no fact has changed since."""

    only = "f.facts_rev = i.facts_rev"
    raised = "i.raised"

    def __init__(self) -> None:
        super().__init__(IDS)


class People:
    """Brings the points of people up to date, over any number of batches, on one connection."""

    def __init__(self, ruleset: Ruleset, engine: int, day: date) -> None:
        self.ruleset = ruleset
        self.engine = engine
        self.scorer = contact_scorer_for(ruleset, day)
        self.profiles = [bound.profile.key for bound in self.scorer.profiles]
        self.classifier = ContactClassifier(self.scorer, alike_since(ruleset) if self.profiles else 0)
        self.is_open = False
        self.moved = 0

    def open(self) -> None:
        """Make the temporary tables, empty."""
        self.classifier.open()
        make_temporary(
            RESULTS,
            "cells text PRIMARY KEY, profile text, status text, verdict text, points integer, low integer,"
            " high integer, band text, place bigint",
        )
        self.is_open = True

    def close(self) -> None:
        """Drop the temporary tables."""
        if self.is_open:
            self.classifier.close()
            with connection.cursor() as cursor:
                cursor.execute(f"DROP TABLE IF EXISTS {RESULTS}")
        self.is_open = False

    def match_names(self) -> None:
        """Every member that any company or contact may have is matched; for a walk over many of them."""
        if self.profiles:
            if not self.is_open:
                self.open()
            self.classifier.match_names()

    # Reading

    def look(self, scope: Scope, *, everything: bool = False) -> int:
        """How many accounts in `scope` have a ContactFit that is wrong, missing or left over.

        Those are in people_ids, the contacts whose result is to be looked at in
        people_cells: with `everything` all of them. Read in the snapshot of the caller.
        """
        self.moved = 0
        if not self.profiles and not self.exists("crm_contactfit"):
            return 0
        if not self.is_open:
            self.open()
        clear(IDS)
        self.classifier.scope = scope
        # Planning the statement costs more than this look, and most accounts have nobody.
        if self.profiles and self.exists(f"crm_contact k WHERE {scope.holds('k.company_id')}"):
            self.classifier.classify(ruleset=self.ruleset.number, engine=self.engine, everything=everything)
        else:
            clear(CELLS)
        with connection.cursor() as cursor:
            cursor.execute(
                f"""INSERT INTO {IDS} (company_id, facts_rev, raised)
                SELECT f.company_id, f.facts_rev, 0 FROM crm_fit f WHERE f.company_id IN (
                    SELECT company_id FROM {CELLS} UNION {self.left_over(scope)})"""
            )
            self.moved = int(cursor.rowcount)
        if self.moved:
            analyze(IDS)
        return self.moved

    def exists(self, rows: str) -> bool:
        """Whether there is one of these rows, which stand behind FROM."""
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT EXISTS (SELECT 1 FROM {rows})")
            return bool(cursor.fetchone()[0])

    def left_over(self, scope: Scope) -> str:
        """A query of the companies in `scope` that have a ContactFit too many."""
        return f"SELECT s.company_id FROM {self.too_many()} AND {scope.holds('s.company_id')}"

    def too_many(self) -> str:
        """The ContactFits of contacts that are not at that company, all where there are no profiles of people."""
        gone = differs("k.company_id", "s.company_id") if self.profiles else "1 = 1"
        return f"crm_contactfit s JOIN crm_contact k ON k.id = s.contact_id WHERE {gone}"

    def unmoved(self, scope: Scope) -> Scope:
        """The accounts of `scope` whose ContactFits are all right."""
        return Unmoved(scope) if self.moved else scope

    # Scoring

    def score(self, at: datetime) -> int:
        """The results of people_cells stand ready to be joined; returns how many accounts have someone without one.

        Those say why, and are at hand no longer.
        """
        rows, failed = list[tuple[object, ...]](), 0
        for text in self.texts():
            try:
                rows.append((text, *astuple(self.result(text))))
            except FAULTS as error:
                failed += self.put_aside(text, error, at)
        clear(RESULTS)
        insert_rows(RESULTS, rows)
        return failed

    def texts(self) -> list[str]:
        """The distinct texts of cells at hand."""
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT DISTINCT cells FROM {CELLS}")
            return [text for (text,) in cursor.fetchall()]

    def result(self, text: str) -> ContactPoints:
        return contact_points(self.scorer.stored(self.classifier.packing.cells(text)))

    def put_aside(self, text: str, error: Exception, at: datetime) -> int:
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT DISTINCT company_id, facts_rev FROM {CELLS} WHERE cells = %s", [text])
            seen = dict(cursor.fetchall())
            given_up = f"(SELECT company_id FROM {CELLS} WHERE cells = %s)"
            cursor.execute(f"DELETE FROM {IDS} WHERE company_id IN {given_up}", [text])
            cursor.execute(f"DELETE FROM {CELLS} WHERE company_id NOT IN (SELECT company_id FROM {IDS})")
        logger.warning("contacts not scored companies=%d error=%s", len(seen), type(error).__name__)
        return record_failures(seen, error, ruleset=self.ruleset.number, at=at)

    # Writing

    def write(self) -> None:
        """The ContactFits of the accounts in people_ids are right, in one transaction.

        Accounts of which a fact has changed, or that others hold or have brought
        further, are left as they are and are at hand no longer; of the others it
        is noted which revision their facts have now.
        """
        with transaction.atomic(), connection.cursor() as cursor:
            use_memory()
            give_way()
            self.claim()
            at_hand = f"(SELECT company_id FROM {IDS})"
            cursor.execute(
                f"""DELETE FROM crm_contactfit WHERE contact_id IN (
                    SELECT s.contact_id FROM {self.too_many()} AND s.company_id IN {at_hand})"""
            )
            cursor.execute(
                f"""INSERT INTO crm_contactfit AS s (contact_id, {", ".join(STORED)})
                SELECT x.contact_id, x.company_id, {self.ruleset.number}, x.cells,
                    {", ".join(f"r.{column}" for column in NUMBERS)}, x.review_at
                FROM {CELLS} x JOIN {RESULTS} r ON r.cells = x.cells
                JOIN crm_contact k ON k.id = x.contact_id AND k.company_id = x.company_id
                WHERE x.company_id IN {at_hand}
                ORDER BY x.contact_id
                ON CONFLICT (contact_id) DO UPDATE SET {", ".join(f"{column} = EXCLUDED.{column}" for column in STORED)}
                WHERE {" OR ".join(differs(f"s.{column}", f"EXCLUDED.{column}") for column in STORED)}"""
            )
            cursor.execute(
                f"""UPDATE {IDS} AS i SET raised = f.facts_rev - i.facts_rev, facts_rev = f.facts_rev
                FROM crm_fit f WHERE f.company_id = i.company_id"""
            )

    def claim(self) -> None:
        """people_ids holds only accounts that are ours until the end of the transaction, as they were seen.

        Marks of what is written are set on these, and on the company that a
        contact came from; all are locked here, in ascending order.
        """
        mine = f"""SELECT f.company_id, f.facts_rev, f.scored_ruleset, f.scored_engine FROM crm_fit f
            WHERE f.company_id IN (SELECT company_id FROM {IDS}
                UNION SELECT s.company_id FROM {CELLS} x JOIN crm_contactfit s ON s.contact_id = x.contact_id)"""
        if postgresql():
            mine += " ORDER BY f.company_id FOR NO KEY UPDATE SKIP LOCKED"
        with connection.cursor() as cursor:
            cursor.execute(
                f"""WITH mine AS {"MATERIALIZED" if postgresql() else ""} ({mine})
                DELETE FROM {IDS} WHERE NOT EXISTS (
                    SELECT 1 FROM mine m WHERE m.company_id = {IDS}.company_id AND m.facts_rev = {IDS}.facts_rev
                    AND m.scored_ruleset <= {self.ruleset.number} AND m.scored_engine <= {self.engine})
                OR EXISTS (
                    SELECT 1 FROM crm_contactfit s WHERE s.company_id = {IDS}.company_id
                    AND s.ruleset > {self.ruleset.number})"""
            )

    # The audit

    def wrong(self) -> list[tuple[int, int]]:
        """The contacts at hand whose ContactFit is not what the rules say, with the company that shows it.

        Of accounts that are up to date; after `look` at everything, in its snapshot.
        """
        if not self.is_open:
            return []
        rows = []
        for text in self.texts():
            try:
                rows.append((text, *astuple(self.result(text))))
            except FAULTS as error:
                logger.warning("audit could not score contacts cells=%s error=%s", text, type(error).__name__)
        clear(RESULTS)
        insert_rows(RESULTS, rows)
        columns = [f"r.{column}" for column in NUMBERS]
        stored = [f"s.{column}" for column in NUMBERS]
        moved = " OR ".join(
            differs(*pair)
            for pair in [
                *zip(stored, columns, strict=True),
                ("s.company_id", "x.company_id"), ("s.cells", "x.cells"), ("s.review_at", "x.review_at"),
            ]
        )  # fmt: skip
        fresh = f"f.stale_since IS NULL AND f.scored_ruleset = {self.ruleset.number}"
        with connection.cursor() as cursor:
            cursor.execute(
                f"""SELECT x.contact_id, x.company_id FROM {CELLS} x JOIN crm_fit f ON f.company_id = x.company_id
                LEFT JOIN {RESULTS} r ON r.cells = x.cells LEFT JOIN crm_contactfit s ON s.contact_id = x.contact_id
                WHERE {fresh} AND (r.cells IS NULL OR {moved})
                UNION SELECT s.contact_id, s.company_id FROM {self.too_many()}
                    AND s.company_id IN (SELECT i.company_id FROM {IDS} i JOIN crm_fit f ON f.company_id = i.company_id
                        WHERE {fresh})"""
            )
            return [(int(contact), int(company)) for contact, company in cursor.fetchall()]
