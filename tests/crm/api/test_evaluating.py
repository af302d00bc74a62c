"""What-if over the API: what `manage.py evaluate` prints, by any rules, with nothing stored."""

import json
from contextlib import suppress
from io import StringIO
from pathlib import Path
from random import Random
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import given
from hypothesis import settings as hypothesis
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from crm.api.evaluating import working_out
from personas.publishing import save_draft
from personas.rules.document import from_data, to_json, to_yaml
from tests.crm.api.calling import person, program
from tests.factories import SEGMENTS, member, ruleset

pytestmark = pytest.mark.django_db

EVALUATE = "/api/v1/evaluate/"
NDJSON = "application/x-ndjson"

# Lines as people post them: known, ranges, too old, impossible, misspelt, wrong.
LINES = [
    '{"id": "a1", "facts": {"employees": 120, "investors": ["Accel"]}}',
    '{"id": 2, "facts": {"employees": {"low": 10, "high": 40}}}',
    '{"id": null, "facts": {"investors": {"value": [], "complete": false}, "employees": null}}',
    '{"id": {"a": [1.50, 1e3]}, "facts": {"employees": -3, "employes": 7}}',
    '{"id": "ü", "facts": {"employees": {"value": 5, "as_of": "2020-01-31", "source": "x"}}}',
    '{"id": 7, "facts": []}',
    '{"id": 8}',
    '["id"]',
    '{"id": 9, "facts": {"employees": 14.999999999999999999999}}',
]


def printed(lines: list[str], tmp_path: Path, **options: Any) -> list[str]:
    """What the command prints for these lines."""
    (tmp_path / "rules.json").write_text(to_json(from_data(SEGMENTS)))
    (tmp_path / "facts").write_text("\n".join(lines))
    out = StringIO()
    with suppress(SystemExit):  # 1 where a line is wrong
        call_command(
            "evaluate", str(tmp_path / "rules.json"), str(tmp_path / "facts"), stdout=out, stderr=StringIO(), **options
        )
    # A line ends with a newline only; a text in it may hold what else str.splitlines takes for an end.
    return out.getvalue().removesuffix("\n").split("\n")


def post(body: Any, *, query: str = "", **more: Any) -> Any:
    text = body if isinstance(body, str | bytes) else json.dumps(body)
    return program().post(EVALUATE + query, text, content_type=more.pop("content_type", "application/json"), **more)


def test_lines_are_answered_byte_for_byte_as_the_command_prints_them(tmp_path: Path) -> None:
    ruleset()
    lines = [*LINES, '{"id": 1, "facts": {}', "\xff", '{"id": 1, "facts": {"employees": NaN}}']

    answer = post("\n".join(lines), content_type=NDJSON, headers={"accept": NDJSON})

    assert answer["Content-Type"] == NDJSON
    assert answer.content.decode().removesuffix("\n").split("\n") == printed(lines, tmp_path)


def test_rows_of_json_are_answered_as_the_command_prints_them(tmp_path: Path) -> None:
    ruleset()

    answer = post(f'{{"rows": [{", ".join(LINES)}], "at": "2026-02-01"}}')

    text = answer.content.decode()
    assert (
        text[text.index('"results": [') :] == f'"results": [{", ".join(printed(LINES, tmp_path, at="2026-02-01"))}]}}'
    )
    told = answer.json()
    assert (told["at"], told["subject"], told["ruleset"]) == ("2026-02-01", "company", 1)
    assert told["warnings"] == ["facts.employes: unknown fact 'employes' is left out (did you mean 'employees'?)"]


VALUES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-5, 600),
    st.decimals(0, 600, places=3).map(float),
    st.text(max_size=5),
    st.lists(st.sampled_from(["Accel", "Sequoia Capital", "x"]), max_size=3),
    st.fixed_dictionaries({}, optional={"low": st.integers(0, 600), "high": st.integers(0, 600)}),
    st.fixed_dictionaries(
        {"value": st.integers(0, 600)},
        optional={"as_of": st.sampled_from(["2020-01-01", "2026-01-01", "never"]), "complete": st.booleans()},
    ),
)
ROWS = st.lists(
    st.fixed_dictionaries(
        {"id": VALUES, "facts": st.dictionaries(st.sampled_from(["employees", "investors", "country"]), VALUES)}
    ),
    min_size=1,
    max_size=5,
)


class Alike(TestCase):
    """Whatever is posted, door and command say the same."""

    @given(rows=ROWS)
    @hypothesis(max_examples=25)
    def test_command_and_api_say_the_same(self, rows: list[Any]) -> None:
        ruleset()
        lines = [json.dumps(row) for row in rows]
        import tempfile

        with tempfile.TemporaryDirectory() as folder:
            expected = printed(lines, Path(folder))

        told = post({"rows": rows}).json()

        assert told["results"] == [json.loads(line) for line in expected]


def test_posted_rules_say_what_the_command_says(tmp_path: Path) -> None:
    lines = [*LINES, '{"id": 1, "facts": {}']

    answer = post(f'{{"rows": [{", ".join(LINES)}], "document": {json.dumps(SEGMENTS)}}}')

    text = answer.content.decode()
    assert text.endswith(f'"results": [{", ".join(printed(lines, tmp_path)[:-1])}]}}')
    assert (answer.json()["ruleset"], len(answer.json()["warnings"])) == (None, 1)


def test_large_bodies_are_scored_elsewhere_and_alike(monkeypatch: pytest.MonkeyPatch) -> None:
    ruleset()
    at_once = post({"rows": [json.loads(line) for line in LINES]}).content
    monkeypatch.setattr(working_out, "SMALL", 0)

    assert post({"rows": [json.loads(line) for line in LINES]}).content == at_once


def dear_rules() -> dict[str, Any]:
    """Rules that take minutes for an account of which nothing is known."""
    chance = Random(1)
    facts = [f"f{each}" for each in range(12)]
    rows = [
        {
            "key": f"r{each}",
            "when": {"any": [{"fact": chance.choice(facts), "is": answer} for answer in (True, False)]},
            "points": chance.randint(1, 900_000) / 100,
        }
        for each in range(80)
    ]
    bonus = [
        {"key": f"b{each}", "when": {"fact": fact, "is": True}, "points": 2**each} for each, fact in enumerate(facts)
    ]
    profile = {
        "must": [{"key": "m", "when": {"fact": "f0", "is": True}}],
        "components": [{"key": "c", "combine": "sum", "rows": rows}],
        "bonus": bonus,
    }
    return {
        "format": 1,
        "facts": {fact: {"label": fact, "kind": "boolean"} for fact in facts},
        "profiles": [{"key": f"p{each}", "name": f"P{each}", "rank": each + 1} | profile for each in range(20)],
    }


def test_rules_that_take_too_long_are_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(working_out, "SECONDS", 1)

    answer = post({"facts": {}, "document": dear_rules()})

    assert (answer.status_code, answer["Content-Type"]) == (422, "application/problem+json")


def test_one_account_needs_no_rows() -> None:
    ruleset()

    told = post({"facts": {"employees": 5}}).json()

    assert [each["segment"]["key"] for each in told["results"]] == ["early"]
    assert told["results"][0]["id"] is None


OTHER = {"format": 1, "profiles": [{"key": "only", "name": "Only", "rank": 1, "must": [{"key": "m", "when": {"fact": "employees", "at_least": 1}}]}]}  # fmt: skip  # noqa: E501


def test_older_rules_the_draft_and_posted_ones_can_be_asked() -> None:
    ruleset()
    ruleset({**OTHER, "profiles": [{**OTHER["profiles"][0], "key": "newer"}]})  # type: ignore[index]
    save_draft(from_data({**OTHER, "profiles": [{**OTHER["profiles"][0], "key": "drafted"}]}))  # type: ignore[index]

    revops = person(member("rita", "RevOps"))

    def segment(**rules: Any) -> Any:
        told = revops.post(EVALUATE, {"facts": {"employees": 5}, **rules}, format="json").json()
        return told["results"][0]["segment"]["key"]

    assert segment(ruleset=1) == "early"
    assert segment() == segment(ruleset="active") == segment(ruleset=2) == "newer"
    assert segment(ruleset="draft") == "drafted"
    assert segment(document=OTHER) == segment(document=to_yaml(from_data(OTHER))) == "only"


def test_people_are_scored_by_the_profiles_of_people() -> None:
    rules = {
        "format": 1,
        "profiles": [
            {
                "key": "buyer",
                "name": "Buyer",
                "subject": "contact",
                "must": [{"key": "f", "when": {"fact": "contact_is_founder", "is": True}}],
            }
        ],
    }

    told = post({"facts": {"contact_is_founder": True}, "document": rules, "subject": "contact"}).json()

    assert told["results"][0]["profiles"]["buyer"]["verdict"] == "yes"
    assert "segment" not in told["results"][0]


def test_nothing_is_stored() -> None:
    ruleset()
    caller = program()
    body = {"rows": [{"id": 1, "facts": {"employees": 5}}]}
    caller.post(EVALUATE, body, format="json")

    with CaptureQueriesContext(
        connection,
    ) as queries:
        assert caller.post(EVALUATE, body, format="json").status_code == 200
        assert caller.post(EVALUATE, body | {"document": SEGMENTS}, format="json").status_code == 200

    written = [
        each["sql"] for each in queries if not each["sql"].startswith(("SELECT", "SAVEPOINT", "RELEASE", "BEGIN"))
    ]
    assert written == []


WRONG_RULES: Any = {
    "format": 1,
    "lists": {"a.b": {"title": "A", "entries": ["x"], "nonsense": 1}},
    "profiles": [
        {"key": "p", "name": "P", "rank": 1, "must": [{"key": "m", "when": {"all": [{"fact": "employes", "is": 1}]}}]},
        {"key": "q", "name": "Q", "rank": 1},
    ],
}


def test_wrong_rules_are_refused_with_every_fault_in_its_place() -> None:
    answer = post({"facts": {}, "document": WRONG_RULES})

    assert (answer.status_code, answer["Content-Type"]) == (400, "application/problem+json")
    faults = {each["pointer"]: each["detail"] for each in answer.json()["errors"]}
    assert faults["/document/profiles/0/must/0/when/all/0/fact"] == (
        "unknown fact 'employes' (did you mean 'employees'?)"
    )
    assert any(pointer.startswith("/document/lists/a.b") for pointer in faults)
    assert len(faults) >= 3


def test_wrong_rules_in_text_are_refused_with_the_line() -> None:
    answer = post({"facts": {}, "document": "format: 1\nprofiles: [\n"})

    (fault,) = answer.json()["errors"]
    assert fault["pointer"] == "/document"
    assert fault["detail"].startswith("line 3")


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({}, ""),
        ([1], None),
        ("x", None),
        ({"facts": {}, "rows": []}, ""),
        ({"facts": []}, "/facts"),
        ({"rows": {}}, "/rows"),
        ({"rows": [{}] * 1_001}, "/rows"),
        ({"facts": {}, "ruleset": 99}, "/ruleset"),
        ({"facts": {}, "ruleset": True}, "/ruleset"),
        ({"facts": {}, "ruleset": 10**30}, "/ruleset"),
        ({"facts": {}, "ruleset": [1]}, "/ruleset"),
        ({"facts": {}, "at": "soon"}, "/at"),
        ({"facts": {}, "subject": "dog"}, "/subject"),
        ({"facts": {}, "subject": []}, "/subject"),
        ({"facts": {}, "factss": {}}, "/factss"),
        ({"facts": {}, "document": 5}, "/document"),
        ({"facts": {}, "document": {}, "ruleset": 1}, "/ruleset"),
        ('{"facts": {}, "at": "2026-01-01"', None),
        ('{"facts": {"employees": NaN}}', None),
        ('{"facts": ' + '{"a":' * 100_000, None),
        ('{"facts": {"employees": ' + "9" * 5_000 + "}}", None),
        (b"\xff\xfe", None),
    ],
)  # fmt: skip
def test_a_body_that_cannot_be_taken_is_refused(body: Any, pointer: str | None) -> None:
    ruleset()

    answer = post(body)

    assert (answer.status_code, answer["Content-Type"]) == (400, "application/problem+json")
    if pointer is not None:
        assert pointer in [each["pointer"] for each in answer.json()["errors"]]


def test_parameters_are_for_lines_and_misspelt_ones_are_refused() -> None:
    ruleset()

    def asked(query: str, kind: str = NDJSON) -> Any:
        return post('{"facts": {}}', query=query, content_type=kind)

    assert asked("?at=2026-01-31&ruleset=1&subject=company").json()["at"] == "2026-01-31"
    assert asked("?at=soon").json()["errors"] == [{"parameter": "at", "detail": "It is not a date like 2026-01-31."}]
    assert asked("?rulset=1").status_code == 400
    assert asked("?at=2026-01-31", "application/json").status_code == 400


@pytest.mark.parametrize(
    "value", ["\\u0000", "\\ud800", "x" * 100_000, "\u202e"], ids=["NUL", "half a character", "long", "bidi"]
)
def test_whatever_the_text_the_answer_is_json(value: str) -> None:
    ruleset()

    answer = post(f'{{"rows": [{{"id": "{value}", "facts": {{"country": "{value}", "{value}": 1}}}}]}}')

    assert answer.status_code == 200
    assert "segment" in answer.json()["results"][0]


def test_rows_that_take_too_long_are_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    ruleset()
    monkeypatch.setattr(working_out, "SECONDS", -1)

    answer = post({"rows": [{"facts": {}}]})

    assert (answer.status_code, answer.json()["title"]) == (422, "Unprocessable Entity")


def test_who_may_ask() -> None:
    ruleset()
    save_draft(from_data(OTHER))
    body: dict[str, Any] = {"facts": {}}

    def status(caller: Any, **more: Any) -> int:
        return int(caller.post(EVALUATE, body | more, format="json").status_code)

    assert status(program(scopes=["companies:read"])) == 403
    assert status(program(scopes=["scores:read"])) == 200
    assert status(program(scopes=["scores:read"]), ruleset="draft") == 403
    assert status(person(member("rita", "RevOps")), ruleset="draft") == 200
    assert status(person(member("sue", "Sales"))) == 200
    assert status(person(member("sam", "Sales")), ruleset="draft") == 403
    assert status(person(member("nobody"))) == 403
    assert program().get(EVALUATE).status_code == 405
