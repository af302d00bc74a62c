"""The handbook says what the rules in force say, all of it, and nothing else."""

import re
from html import unescape

import pytest
from django.contrib.auth.models import Permission, User
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from personas.management.commands import load_preset
from personas.models import Ruleset
from personas.publishing import publish
from personas.rules.document import from_data
from tests.factories import SEGMENTS, ruleset

pytestmark = pytest.mark.django_db

PAGE = "/admin/handbook/"


@pytest.fixture
def reader(client: Client) -> Client:
    """Somebody who may see profiles and nothing else."""
    user = User.objects.create_user("reader", is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename="view_profile"))
    client.force_login(user)
    return client


def text_of(client: Client) -> str:
    """What the handbook says, without its tags."""
    response = client.get(PAGE)
    assert response.status_code == 200
    text = re.sub(r"<(script|style).*?</\1>|<[^>]+>", " ", response.content.decode(), flags=re.DOTALL)
    return re.sub(r"\s+", " ", unescape(text))


def test_everything_in_the_preset_stands_in_the_handbook(reader: Client) -> None:
    load_preset.Command().handle(replace=False)
    document = Ruleset.objects.get().document()

    said = text_of(reader)

    wanted = []
    for profile in document.profiles:
        wanted += [profile.name, profile.summary, profile.action, *profile.examples]
        wanted += [profile.stance] if profile.stance else []
        rows = [line for component in profile.components for line in component.rows]
        wanted += [component.label for component in profile.components]
        for line in (*profile.disqualify, *profile.must, *rows, *profile.bonus, *profile.flags):
            wanted += [line.label, line.rationale]
    for named in document.lists:
        wanted += [named.title, *(entry.name for entry in named.entries)]
        wanted += [alias for entry in named.entries for alias in entry.aliases]
    for persona in document.personas:
        wanted += [persona.name, *persona.titles, *persona.found_at, *(each.text for each in persona.statements)]
        wanted += persona.story.split("\n")
    assert [each for each in wanted if re.sub(r"\s+", " ", each).strip() not in said] == []


def test_rules_are_said_in_plain_words_with_their_points(reader: Client) -> None:
    ruleset(SEGMENTS)

    said = text_of(reader)

    assert "15 to 500 people Employees is from 15 to 500 people." in said
    assert "20 points" in said
    assert "Backed" in said
    assert "on the list Leading investors" in said or "Leading investors" in said


def test_personas_and_segments_are_called_by_their_names(reader: Client) -> None:
    load_preset.Command().handle(replace=False)

    said = text_of(reader)

    assert "Personas present include Sam Software." in said
    assert "Segments of day-job employers include High-growth startup." in said


def test_it_changes_with_a_publication_and_says_which_it_is(reader: Client) -> None:
    ruleset(SEGMENTS)
    assert "Made from ruleset 1" in text_of(reader)
    data = from_data({"format": 1, "profiles": [{"key": "new", "name": "Something new", "rank": 1}]})
    publish(data, note="A new beginning")

    said = text_of(reader)

    assert "Made from ruleset 2" in said
    assert "A new beginning" in said
    assert "Something new" in said
    assert "15 to 500 people" not in said


def test_before_the_first_publication_it_says_what_to_do(reader: Client) -> None:
    assert "load_preset" in text_of(reader)


def test_every_entry_of_the_contents_leads_somewhere(reader: Client) -> None:
    load_preset.Command().handle(replace=False)
    page = reader.get(PAGE).content.decode()
    book = page[page.index('<article class="icp-page icp-book"') :]

    anchors = set(re.findall(r'href="#([^"]+)"', book))

    assert len(anchors) > 15
    assert anchors <= set(re.findall(r'id="([^"]+)"', book))


def test_who_may_not_see_profiles_may_not_read_it(client: Client) -> None:
    client.force_login(User.objects.create_user("nobody", is_staff=True))
    assert client.get(PAGE).status_code == 403
    client.logout()
    assert "/login/" in client.get(PAGE).headers["Location"]


def test_it_takes_few_queries(reader: Client, django_assert_num_queries: DjangoAssertNumQueries) -> None:
    load_preset.Command().handle(replace=False)
    reader.get(PAGE)
    with django_assert_num_queries(5):
        reader.get(PAGE)


def test_profiles_of_people_and_the_people_wanted_stand_in_the_handbook(reader: Client) -> None:
    sam = {"key": "sam", "when": {"fact": "contact_persona", "any_of": ["sam-software"]}, "points": 5}
    wanted = {"wanted_personas": ["sam-software"], "wanted_roles": ["user"]}
    growth = {"key": "growth", "name": "Growth", "rank": 1} | wanted
    ruleset(
        {
            "format": 1,
            "personas": [{"key": "sam-software", "name": "Sam Software"}],
            "profiles": [
                growth,
                {"key": "writer", "name": "Whom to write to", "subject": "contact", "components": [
                    {"key": "who", "rows": [sam]}
                ]},
            ],
        }
    )  # fmt: skip

    said = text_of(reader)

    assert "Who should be there. Sam Software; in the buying role user." in said
    assert "Whom to write to For people: it gives each contact points" in said
    assert "5 points sam Personas of the contact" in said
    assert "any of sam-software" not in said
