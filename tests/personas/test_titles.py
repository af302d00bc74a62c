"""How job titles are read: personas, seniority, kind of work, and why."""

import json
import re
import unicodedata
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from personas.presets import preset_text
from personas.rules.document import Persona, parse
from personas.titles import Match, Result, TitleMatcher

PERSONAS = parse(preset_text()).personas
MATCHER = TitleMatcher(PERSONAS)
FRESH = TitleMatcher(PERSONAS)
PATTERNS = [(persona.key, title) for persona in PERSONAS for title in persona.titles]
EXCLUSIONS = [(persona.key, title) for persona in PERSONAS for title in persona.exclude]

WORDS = """
    senior jr. lead staff vp head of director chief product engineer engineering software developer back-end full stack
    designer design marketing growth data analyst manager officer owner founder cto ceo sales support and & / , - ( )
    for at to the former intern assistant mechanical Entwickler/in développeur ingénieur(e) jefa de producto PM CPO
    ex- iii react rocket 🎉 ** . NET
"""
words = st.sampled_from(WORDS.split())
titles = st.lists(words, max_size=9).map(" ".join)


def match(title: str) -> Match:
    return MATCHER.match(title)


def matcher(*personas: Persona) -> TitleMatcher:
    return TitleMatcher(personas)


def told(found: Match) -> dict[str, object]:
    """What a match says, apart from how the title is spelt."""
    data = found.data()
    for key in ("evidence", "excluded"):
        data[key] = [(each["persona"], each["pattern"]) for each in data[key]]  # type: ignore[attr-defined]
    return {key: value for key, value in data.items() if key != "title"}


def test_the_contract_by_its_example() -> None:
    rules = matcher(Persona("sam-software", "Sam", titles=("senior software engineer",), exclude=("sales engineer",)))

    data = rules.match("Sr. SWE").data()

    assert {key: data[key] for key in ("title", "result", "personas", "seniority", "function", "flags")} == {
        "title": "Sr. SWE",
        "result": "match",
        "personas": ["sam-software"],
        "seniority": "senior",
        "function": "engineering",
        "flags": [],
    }
    assert data["evidence"] == [
        {"persona": "sam-software", "pattern": "senior software engineer", "words": ["Sr.", "SWE"]}
    ]


def test_a_product_engineer_is_both_personas_and_the_evidence_names_both() -> None:
    found = match("Product Engineer")

    assert found.result is Result.AMBIGUOUS
    assert found.personas == ("sam-software", "pam-product")
    assert [(each.persona, each.pattern, each.words) for each in found.evidence] == [
        ("sam-software", "product engineer", ("Product", "Engineer")),
        ("pam-product", "product engineer", ("Product", "Engineer")),
    ]


@pytest.mark.parametrize(
    ("title", "persona"),
    [
        ("Senior Backend Software Engineer", "sam-software"),
        ("Staff iOS Engineer", "sam-software"),
        ("Full-Stack Web Developer (Remote)", "sam-software"),
        ("VP, Engineering", "sam-software"),
        ("Cloud Architecture Head", "sam-software"),
        ("Head of SMM", "marketer"),
        ("Engineering Director", "sam-software"),
        ("Director of Engineering at Acme", "sam-software"),
        ("Lead Product Manager, Checkout", "pam-product"),
        ("Product Director - EMEA", "pam-product"),
        ("Vice President of Product Management", "pam-product"),
        ("Group PM", "pam-product"),
        ("Product Owner / Scrum Master", "product-manager-light"),
        ("CTO & Co-Founder", "technical-founder"),
        ("UI/UX Designer", "designer"),
        ("Brand Designer, Growth", "designer"),
        ("Chief Marketing Officer", "marketer"),
        ("Head of Growth Marketing", "marketer"),
        ("Lead Data Scientist", "data-team"),
        ("Head of Analytics", "data-team"),
        ("Analytics Engineer II", "data-team"),
        # German
        ("Leitender Softwareentwickler", "sam-software"),
        ("Frontend-Entwicklerin", "sam-software"),
        ("Produktmanager (m/w/d)", "pam-product"),
        ("Leiterin Produktmanagement", "pam-product"),
        ("Marketingleiter DACH", "marketer"),
        ("Technischer Geschäftsführer", "technical-founder"),
        ("Datenanalystin", "data-team"),
        # French
        ("Ingénieure logiciel senior", "sam-software"),
        ("Développeur web", "sam-software"),
        ("Cheffe de produit", "pam-product"),
        ("Directrice technique", "technical-founder"),
        ("Graphiste", "designer"),
        ("Responsable marketing", "marketer"),
        # Spanish
        ("Ingeniera de software", "sam-software"),
        ("Desarrollador móvil senior", "sam-software"),
        ("Jefa de producto", "pam-product"),
        ("Directora de producto", "pam-product"),
        ("Diseñadora gráfica", "designer"),
        ("Científico de datos", "data-team"),
        ("Gerente de marketing", "marketer"),
    ],
)
def test_a_title_stands_for_its_persona(title: str, persona: str) -> None:
    found = match(title)

    assert (found.result, found.personas) == (Result.MATCH, (persona,))


@pytest.mark.parametrize(
    "title",
    [
        "Entwickler/in", "Entwickler*in", "Entwickler:in", "Entwickler_in", "EntwicklerIn", "Entwickler(in)",
        "Entwickler/-in", "Entwicklerin", "Entwickler (m/w/d)", "développeur·se", "développeur.se", "développeur(se)",
        "développeur/euse", "développeuse", "developpeur", "desarrollador/a", "desarrollador(a)", "desarrolladora",
        "desarrolladores", "Developers", "Dev", "DEVELOPER",
    ],
)  # fmt: skip
def test_gender_number_and_language_of_a_developer_make_no_difference(title: str) -> None:
    found = match(title)

    assert (found.personas, found.function) == (("sam-software",), "engineering")


@pytest.mark.parametrize(
    ("title", "function"),
    [
        ("Mechanical Engineer", "other"),
        ("Senior Civil Engineer", "other"),
        ("Manufacturing Systems Engineer", "other"),
        ("Electrical Integration Engineer", "other"),
        ("Systems Engineer", "engineering"),
        ("Sales Engineer", "other"),
        ("Customer Support Engineer", "other"),
        ("Embedded Software Engineer", "engineering"),
        ("Business Developer", "other"),
        ("CNC Programmer", "other"),
        ("Landscape Architect", "other"),
        ("Interior Designer", "other"),
        ("Engineering Technician", "other"),
        ("Director of Product Compliance", "other"),
        ("Head of Product Marketing", "marketing"),
        ("Marketing Product Manager", "product"),
        ("Product Marketing Manager", "marketing"),
        ("Product Designer", "design"),
        ("Product Analyst", "data"),
        ("Data Protection Officer", "other"),
        ("Data Entry Clerk", "other"),
        ("Chief Executive Officer", "executive"),
        ("Managing Director", "executive"),
        ("Managing Director, Sales", "other"),
        ("Chief Financial Officer", "other"),
        ("Head of Legal", "other"),
        ("Technical Recruiter", "other"),
        ("Project Manager", "other"),
    ],
)
def test_the_last_noun_decides_what_the_work_is(title: str, function: str) -> None:
    assert match(title).function == function


@pytest.mark.parametrize(
    ("title", "personas", "function", "alternatives"),
    [
        ("Designer / Developer", {"designer", "sam-software"}, "design", ("engineering",)),
        ("VP Product & Engineering", {"pam-product", "sam-software"}, "product", ("engineering",)),
        ("Chief Marketing & Product Officer", {"marketer", "pam-product"}, "marketing", ("product",)),
        ("Founder and Head of Product", {"pam-product"}, "executive", ("product",)),
        ("CEO, Head of Engineering", {"sam-software"}, "executive", ("engineering",)),
    ],
)
def test_several_titles_in_one_field_all_count(
    title: str, personas: set[str], function: str, alternatives: tuple[str, ...]
) -> None:
    found = match(title)

    assert (set(found.personas), found.function, found.alternatives) == (personas, function, alternatives)


@pytest.mark.parametrize(
    "title",
    ["Product Manager, Engineering", "Product Manager - Data", "Product Manager (Design)", "PM at Figma Design"],
)
def test_what_follows_a_comma_a_dash_a_bracket_or_at_is_a_hint(title: str) -> None:
    found = match(title)

    assert (found.personas, found.function, found.alternatives) == (("pam-product",), "product", ())


@pytest.mark.parametrize(
    ("title", "words"),
    [
        ("Former CTO", ("Former",)),
        ("ex-CTO", ("ex",)),
        ("Retired Software Engineer", ("Retired",)),
        ("Aspiring Product Manager", ("Aspiring",)),
        ("Software Engineering Intern", ("Intern",)),
        ("Intern - Software Engineer", ("Intern",)),
        ("Praktikantin Marketing", ("Praktikantin",)),
        ("Assistant to the Head of Product", ("Assistant", "to")),
        ("Recruiter for Software Engineers", ("Recruiter",)),
        ("Technical Recruiter", ("Recruiter",)),
    ],
)
def test_who_is_not_what_the_words_say_is_excluded_and_the_word_is_named(title: str, words: tuple[str, ...]) -> None:
    found = match(title)

    assert (found.result, found.personas) == (Result.EXCLUDED, ())
    assert words in [each.words for each in found.excluded if each.persona is None]


def test_what_somebody_was_before_does_not_hide_what_they_are() -> None:
    assert match("Head of Product, former CTO").personas == ("pam-product",)
    assert match("ex-Google Software Engineer").personas == ("sam-software",)


def test_an_exclusion_of_one_persona_leaves_the_others() -> None:
    found = match("Junior Product Manager")

    assert found.personas == ("product-manager-light",)
    assert [(each.persona, each.pattern) for each in found.excluded] == [("pam-product", "junior product manager")]


def test_disciplines_may_stand_inside_an_exclusion_too() -> None:
    assert match("Junior Backend Software Engineer").result is Result.EXCLUDED


def test_an_exclusion_of_a_second_job_leaves_the_first() -> None:
    assert match("Product Designer and Fraud Analyst").personas == ("designer",)
    assert match("Product Designer, Fraud").personas == ()


def test_an_excluded_department_counts_as_a_hint_too() -> None:
    rules = matcher(Persona("p", "P", titles=("product manager",), exclude=("legal",)))

    assert rules.match("Product Manager, Legal").result is Result.EXCLUDED
    assert rules.match("Product Manager, Checkout").result is Result.MATCH


@pytest.mark.parametrize(
    ("title", "personas", "flags"),
    [
        ("PM", ("pam-product",), ("ambiguous:pm",)),
        ("Senior PM", ("pam-product",), ("ambiguous:pm",)),
        ("PM, Construction", (), ()),
        ("Product Manager (PM)", ("pam-product",), ()),
        ("CPO", ("pam-product",), ("ambiguous:cpo",)),
        ("CPO, People & Culture", (), ()),
        ("CDO", ("data-team",), ("ambiguous:cdo",)),
        ("Engineer", (), ("ambiguous:engineer",)),
    ],
)
def test_an_abbreviation_with_several_readings_is_flagged_unless_the_title_settles_it(
    title: str, personas: tuple[str, ...], flags: tuple[str, ...]
) -> None:
    found = match(title)

    assert (found.personas, found.flags) == (personas, flags)


@pytest.mark.parametrize(
    ("title", "seniority"),
    [
        ("Software Engineer", None),
        ("Jr Developer", "junior"),
        ("Software Engineer II", "mid"),
        ("Software Engineer III", "senior"),
        ("SMTS", "senior"),
        ("Sr. Staff Engineer", "staff"),
        ("Principal Engineer", "principal"),
        ("Tech Lead", "lead"),
        ("Senior Product Manager", "senior"),
        ("Product Manager", None),
        ("Engineering Manager", "manager"),
        ("Head of Design", "head"),
        ("Associate Director of Marketing", "director"),
        ("Assistant VP, Engineering", "vp"),
        ("SVP Product", "vp"),
        ("Chief Product Officer", "chief"),
        ("CTO", "chief"),
        ("Co-Founder & CTO", "founder"),
        ("Senior Accountant", "senior"),
        ("Secretary of the Director", None),
        ("Vice President, Legal", "vp"),
    ],
)
def test_seniority_is_a_fact_of_its_own(title: str, seniority: str | None) -> None:
    assert match(title).seniority == seniority


@pytest.mark.parametrize("title", ["", "   ", "🎉", "—", "\0", "()", "/ | ,"])
def test_a_title_without_words_is_unknown(title: str) -> None:
    found = match(title)

    assert (found.result, found.function, found.seniority) == (Result.UNKNOWN, None, None)


def test_two_swapped_letters_are_forgiven() -> None:
    assert match("Software Enigneer").personas == ("sam-software",)


def test_patterns_are_data() -> None:
    rules = matcher(Persona("bees", "Bees", titles=("beekeeper",), exclude=("urban beekeeper",)))

    assert rules.match("Senior Beekeeper").personas == ("bees",)
    assert rules.match("Urban Beekeeper").result is Result.EXCLUDED
    assert rules.match("Software Engineer").result is Result.NONE


def test_a_pattern_may_claim_what_is_otherwise_excluded() -> None:
    rules = matcher(Persona("i", "Interns", titles=("marketing intern",)))

    assert rules.match("Marketing Intern").personas == ("i",)


@pytest.mark.parametrize(("persona", "title"), PATTERNS)
def test_every_pattern_of_the_preset_matches_itself(persona: str, title: str) -> None:
    assert persona in match(title).personas


@pytest.mark.parametrize(("persona", "title"), EXCLUSIONS)
def test_every_exclusion_of_the_preset_excludes_itself(persona: str, title: str) -> None:
    found = match(title)

    assert persona not in found.personas
    assert persona in [each.persona for each in found.excluded]


@given(st.one_of(st.text(max_size=60), titles))
def test_any_text_gives_a_result_and_always_the_same(title: str) -> None:
    found = match(title)

    assert json.dumps(found.data()) == json.dumps(FRESH.match(title).data())
    assert found.result in Result
    assert len(found.personas) == len(found.evidence) == len(set(found.personas))
    assert (found.result is Result.UNKNOWN) == (found.function is None)


@pytest.mark.parametrize(
    "title", ["x" * 10_000, "engineer " * 2_000, "مهندس برمجيات", "软件工程师", "a\0b", "\u202eengineer", "/" * 5_000]
)
def test_odd_texts_are_read_in_reasonable_time(title: str) -> None:
    assert match(title).title == title


@given(titles)
def test_case_spacing_and_accents_make_no_difference(title: str) -> None:
    plain = "".join(each for each in unicodedata.normalize("NFD", title) if not unicodedata.combining(each))

    expected = told(match(title))

    assert told(match(title.upper())) == expected
    assert told(match(title.lower())) == expected
    assert told(match(f"  {title.replace(' ', '   ')} ")) == expected
    assert told(match(plain)) == expected


@given(st.sampled_from(PATTERNS), st.sampled_from(["Former {}", "{} Intern", "Aspiring {}", "Assistant to the {}"]))
def test_adding_an_excluding_word_excludes(pattern: tuple[str, str], form: str) -> None:
    found = match(form.format(pattern[1]))

    assert (found.result, found.personas) == (Result.EXCLUDED, ())


@pytest.mark.parametrize("form", ["{} at Acme", "{} - Berlin", "{}, Berlin", "{} (Berlin)", "{} | Acme"])
def test_a_place_or_company_behind_a_title_changes_nothing(form: str) -> None:
    lost = [title for persona, title in PATTERNS if persona not in match(form.format(title)).personas]

    assert lost == []


@given(st.permutations(PERSONAS), titles)
def test_the_order_of_personas_changes_only_the_order_of_the_answer(personas: Sequence[Persona], title: str) -> None:
    assert set(TitleMatcher(personas).match(title).personas) == set(match(title).personas)


def test_the_page_on_rules_shows_what_comes_out() -> None:
    page = (Path(__file__).resolve().parents[2] / "docs" / "rules.md").read_text(encoding="utf-8")
    section = page[page.index("## Job titles") :]
    rules = re.search(r"^```\n(format:.*?)^```$", section, re.MULTILINE | re.DOTALL)
    shown = re.search(r'^"Sr\. SWE" gives `(.*)`\.$', section, re.MULTILINE)
    assert rules
    assert shown
    own = TitleMatcher(parse(rules[1]).personas)

    assert own.match("Sr. SWE").data() == json.loads(shown[1])
    assert own.match("Product Engineer").personas == ("sam-software", "pam-product")
