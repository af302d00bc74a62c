"""Profiles of people stand apart from those of companies."""

import pytest

from personas.rules.document import parse, to_yaml
from personas.rules.errors import RuleError

RULES = """
format: 1
personas: [{key: sam, name: Sam}]
profiles:
  - key: company-one
    rank: 1
    wanted_personas: [sam]
    wanted_roles: [user]
    must: [{key: size, when: {fact: employees, at_least: 15}}]
  - key: writer
    subject: contact
    components:
      - key: who
        rows: [{key: sam, when: {fact: contact_persona, any_of: [sam]}, points: 5}]
      - key: where
        rows: [{key: size, when: {fact: employees, at_least: 15}, points: 2}]
"""


def faults(text: str) -> list[str]:
    with pytest.raises(RuleError) as refused:
        parse(text)
    return [f"{each.path}: {each.message}" for each in refused.value.faults]


def test_a_document_keeps_both_kinds_and_reads_what_it_writes() -> None:
    document = parse(RULES)

    assert [each.key for each in document.profiles] == ["company-one"]
    assert [each.key for each in document.contact_profiles] == ["writer"]
    assert [each.key for each in document.for_contacts().profiles] == ["writer"]
    assert parse(to_yaml(document)) == document
    assert document.content_hash() != document.for_contacts().content_hash()


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("{fact: employees, at_least: 15}}]", "{fact: contact_seniority, is: vp}}]", "is a fact of a person"),
        ("subject: contact", "subject: contact\n    rank: 2", "belongs to a profile of companies"),
        ("subject: contact", "subject: contact\n    wanted_roles: [user]", "belongs to a profile of companies"),
        ("{fact: employees, at_least: 15}, po", "{fact: best_contact_points, at_least: 1}, po", "scoring"),
        ("[sam]\n    wanted", "[pam]\n    wanted", "there is no persona 'pam'"),
        ("format: 1", "format: 1\nfacts: {contact_city: {kind: text}}", "built in as a fact of a person"),
    ],
)  # fmt: skip
def test_what_belongs_to_the_other_kind_is_refused_at_its_place(old: str, new: str, said: str) -> None:
    assert any(said in each for each in faults(RULES.replace(old, new, 1)))
