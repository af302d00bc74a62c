"""The protocol of scoring as a small model, and every order in which its steps can happen.

One account, two people who each change one of its facts, two drains, one
publication, one moment at which time alone changes the result. Every process
may die between any two of its steps. The model knows nothing of the lanes:
they save work, and nothing may hang on them.
"""

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import NamedTuple

import pytest

Facts = tuple[int, int]


@dataclass(frozen=True)
class Protocol:
    """How the steps are made. As it stands it is ours; each switch makes one mistake."""

    compares_revisions: bool = True  # else a flag is set by a change and cleared by a result
    sees_facts_and_revision_at_once: bool = True  # else the revision is read a step after the facts
    claims_what_it_saw: bool = True  # else the revision that is current when it writes
    guards: bool = True  # else it writes over whatever stands there
    guards_the_time: bool = True  # else the guard looks at facts and rules only
    marks_in_the_transaction: bool = True  # else the mark is committed before the change
    counts_in_the_database: bool = True  # else the revision is read, raised and written back
    looks_at_the_clock: bool = True  # else no result is ever reviewed
    knows_the_ruleset: bool = True  # else a publication makes nothing stale


class Basis(NamedTuple):
    """What a result was worked out from."""

    facts: Facts
    ruleset: int
    at: int

    def older_than(self, other: "Basis") -> bool:
        """Whether it knows less of the facts or the rules, or as much of them at an earlier time."""
        ours, theirs = (*self.facts, self.ruleset), (*other.facts, other.ruleset)
        return any(mine < its for mine, its in zip(ours, theirs, strict=True)) or (
            ours == theirs and self.at < other.at
        )


class Row(NamedTuple):
    """The account and its fit, as committed."""

    facts: Facts = (0, 0)
    facts_rev: int = 1
    stale: bool = True
    scored_facts_rev: int = 0
    scored_ruleset: int = 0
    seen_at: int = -1
    review_at: int | None = None
    result: Basis | None = None


class Writer(NamedTuple):
    """Somebody who changes one fact, once: ready, in a transaction, done."""

    stage: str = "ready"
    read_revision: int = 0


class Drain(NamedTuple):
    """Somebody who brings the account up to date: idle, begun, looked (facts), numbered (revision as well)."""

    stage: str = "idle"
    ruleset: int = 0
    at: int = 0
    facts: Facts = (0, 0)
    facts_rev: int = 0


class State(NamedTuple):
    row: Row = Row()
    ruleset: int = 1
    clock: int = 0
    writers: tuple[Writer, ...] = (Writer(), Writer())
    drains: tuple[Drain, ...] = (Drain(), Drain())


class Step(NamedTuple):
    name: str
    after: State


LAST_RULESET = 2
REVIEW = 1
"""The moment at which time changes every result, and the last that there is."""


def stale(protocol: Protocol, state: State) -> bool:
    """Whether the stored columns say that the result is not up to date."""
    row = state.row
    return (
        (row.scored_facts_rev < row.facts_rev if protocol.compares_revisions else row.stale)
        or (protocol.knows_the_ruleset and row.scored_ruleset < state.ruleset)
        or (protocol.looks_at_the_clock and row.review_at is not None and row.review_at <= state.clock)
    )


def right(state: State) -> bool:
    """Whether the result is the one of the facts, the rules and the time as they are."""
    return state.row.result == Basis(state.row.facts, state.ruleset, state.clock)


def steps(protocol: Protocol, state: State) -> Iterator[Step]:
    """Everything that can happen next."""
    if state.ruleset < LAST_RULESET:
        yield Step("publish", state._replace(ruleset=state.ruleset + 1))
    if state.clock < REVIEW:
        yield Step("time passes", state._replace(clock=state.clock + 1))
    for place in range(len(state.writers)):
        yield from writer_steps(protocol, state, place)
    for place in range(len(state.drains)):
        yield from drain_steps(protocol, state, place)


def writer_steps(protocol: Protocol, state: State, place: int) -> Iterator[Step]:
    """What this writer can do next; on its way it holds the fit's row, or waits for who does."""
    writer, row = state.writers[place], state.row
    if writer.stage == "ready" and not locked(protocol, state):
        begun = writing(state, place, Writer("open", row.facts_rev))
        if not protocol.marks_in_the_transaction:
            begun = begun._replace(row=marked(row))
        yield Step(f"writer {place} changes", begun)
    elif writer.stage == "open":
        facts = (row.facts[0] + (place == 0), row.facts[1] + (place == 1))
        after = row
        if protocol.marks_in_the_transaction:
            after = marked(row)
        if not protocol.counts_in_the_database:
            after = after._replace(facts_rev=writer.read_revision + 1)
        yield Step(
            f"writer {place} commits", writing(state, place, Writer("done"))._replace(row=after._replace(facts=facts))
        )
        yield Step(f"writer {place} dies", writing(state, place, Writer()))


def marked(row: Row) -> Row:
    return row._replace(facts_rev=row.facts_rev + 1, stale=True)


def locked(protocol: Protocol, state: State) -> bool:
    """Whether a writer holds the fit's row: it does from the mark to the end of its transaction."""
    in_transaction = protocol.marks_in_the_transaction and protocol.counts_in_the_database
    return in_transaction and any(writer.stage == "open" for writer in state.writers)


def writing(state: State, place: int, writer: Writer) -> State:
    return state._replace(writers=(*state.writers[:place], writer, *state.writers[place + 1 :]))


def drain_steps(protocol: Protocol, state: State, place: int) -> Iterator[Step]:
    """What this drain can do next, of which one thing is always to die."""
    drain, row = state.drains[place], state.row
    if drain.stage == "idle":
        begun = Drain("begun", ruleset=state.ruleset, at=state.clock)
        yield Step(f"drain {place} reads the rules", draining(state, place, begun))
        return
    yield Step(f"drain {place} dies", draining(state, place, Drain()))
    if drain.stage == "begun":
        if stale(protocol, state):
            stage = "numbered" if protocol.sees_facts_and_revision_at_once else "looked"
            looked = drain._replace(stage=stage, facts=row.facts, facts_rev=row.facts_rev)
            yield Step(f"drain {place} reads the facts", draining(state, place, looked))
    elif drain.stage == "looked":
        numbered = drain._replace(stage="numbered", facts_rev=row.facts_rev)
        yield Step(f"drain {place} reads the revision", draining(state, place, numbered))
    elif locked(protocol, state) or newer(protocol, row, drain):
        yield Step(f"drain {place} leaves it", draining(state, place, Drain()))
    else:
        yield Step(f"drain {place} writes", draining(state, place, Drain())._replace(row=scored(protocol, row, drain)))


def newer(protocol: Protocol, row: Row, drain: Drain) -> bool:
    """Whether the guard finds a result there that is newer than what was seen."""
    stamps, seen = (row.scored_facts_rev, row.scored_ruleset), (drain.facts_rev, drain.ruleset)
    return protocol.guards and (
        stamps[0] > seen[0]
        or stamps[1] > seen[1]
        or (protocol.guards_the_time and stamps == seen and row.seen_at > drain.at)
    )


def scored(protocol: Protocol, row: Row, drain: Drain) -> Row:
    """The row with the result of what the drain saw."""
    claimed = drain.facts_rev if protocol.claims_what_it_saw else row.facts_rev
    return row._replace(
        stale=protocol.compares_revisions and claimed < row.facts_rev,
        scored_facts_rev=claimed,
        scored_ruleset=drain.ruleset,
        seen_at=drain.at,
        review_at=REVIEW if drain.at < REVIEW else None,
        result=Basis(drain.facts, drain.ruleset, drain.at),
    )


def draining(state: State, place: int, drain: Drain) -> State:
    drains = (*state.drains[:place], drain, *state.drains[place + 1 :])
    return state._replace(drains=tuple(sorted(drains)))  # which of the two it is makes no difference


def healed(protocol: Protocol, state: State) -> State:
    """What is reached when everyone in the midst of something dies, and one drain then works alone."""
    writers = tuple(writer if writer.stage == "done" else Writer() for writer in state.writers)
    state = state._replace(writers=writers, drains=(Drain(),))
    for _ in range(4):
        if not stale(protocol, state):
            break
        for doing in ("reads the rules", "reads the facts", "reads the revision", "writes"):
            state = next((step.after for step in drain_steps(protocol, state, 0) if doing in step.name), state)
    return state


def fault(protocol: Protocol, before: State, after: State) -> str | None:
    """What must never happen, and does in this step."""
    was, now = before.row.result, after.row.result
    if was is not None and now is not None and now.older_than(was):
        return "a stale result over a newer one"
    if not stale(protocol, after) and not right(after):
        return "fresh and wrong"
    alone = healed(protocol, after)
    if stale(protocol, alone) or not right(alone):
        return "does not heal"
    return None


class Explored(NamedTuple):
    """Every state that was met, every kind of step; the first fault and the shortest way to it."""

    states: set[State]
    names: set[str]
    fault: str | None = None
    way: tuple[str, ...] = ()


def explore(protocol: Protocol) -> Explored:
    """Everything that can happen, nearest first, until something must not."""
    start = State()
    came: dict[State, tuple[State, str] | None] = {start: None}
    names: set[str] = set()
    waiting = deque([start])
    while waiting:
        state = waiting.popleft()
        for name, after in steps(protocol, state):
            names.add(name)
            wrong = fault(protocol, state, after)
            if wrong:
                return Explored(set(came), names, wrong, (*way_to(state, came), name))
            if after not in came:
                came[after] = (state, name)
                waiting.append(after)
    return Explored(set(came), names)


def way_to(state: State, came: dict[State, tuple[State, str] | None]) -> tuple[str, ...]:
    """The names of the steps from the start to `state`."""
    way: list[str] = []
    while (step := came[state]) is not None:
        state, name = step
        way.append(name)
    return tuple(reversed(way))


def test_in_no_order_of_events_is_a_result_fresh_and_wrong_or_written_over_a_newer_one() -> None:
    found = explore(Protocol())

    assert found.fault is None, f"{found.fault}: {', '.join(found.way)}"
    assert len(found.states) > 1_000
    for who in ("writer 0", "writer 1", "drain 0", "drain 1"):
        assert {f"{who} dies"} <= found.names
    assert {"publish", "time passes", "drain 0 leaves it", "drain 1 writes"} <= found.names


def test_the_model_reaches_a_result_of_every_fact_ruleset_and_time() -> None:
    results = {state.row.result for state in explore(Protocol()).states if state.row.result}

    assert len(results) == 2 * 2 * 2 * 2


@pytest.mark.parametrize(
    ("mistake", "fault"),
    [
        ("compares_revisions", "fresh and wrong"),
        ("sees_facts_and_revision_at_once", "fresh and wrong"),
        ("claims_what_it_saw", "fresh and wrong"),
        ("guards", "a stale result over a newer one"),
        ("guards_the_time", "a stale result over a newer one"),
        ("marks_in_the_transaction", "fresh and wrong"),
        ("counts_in_the_database", "fresh and wrong"),
        ("looks_at_the_clock", "fresh and wrong"),
        ("knows_the_ruleset", "fresh and wrong"),
    ],
)
def test_a_protocol_with_one_mistake_is_caught(mistake: str, fault: str) -> None:
    found = explore(replace(Protocol(), **{mistake: False}))

    assert found.fault == fault
    assert found.way


def test_the_shortest_way_to_a_mistake_is_told() -> None:
    found = explore(replace(Protocol(), knows_the_ruleset=False))

    assert found.way == ("drain 0 reads the rules", "publish", "drain 0 reads the facts", "drain 1 writes")
