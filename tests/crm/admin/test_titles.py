"""Job titles in the admin: the queue, the tester, what is said of them in the draft, and the pages of personas."""

import re
from html import unescape
from typing import Any

import pytest
from django.contrib.auth.models import Permission, User
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from crm.job_titles import match_titles
from crm.models import Company, Contact, JobTitle, Survey
from crm.scoring import surveys
from personas.editing.titles import draft_personas
from personas.models import DraftRevision, Persona
from personas.publishing import active_ruleset, draft, publish, save_draft
from personas.rules.document import from_data
from tests.factories import SEGMENTS, company, contact, member, now

pytestmark = pytest.mark.django_db

RULES = SEGMENTS | {
    "personas": [
        {
            "key": "sam",
            "name": "Sam Software",
            "tier": "primary",
            "titles": ["software engineer", "product engineer"],
            "exclude": ["sales engineer"],
            "story": "Sam ships.",
            "statements": [{"kind": "goal", "text": "Ship on Fridays"}],
        },
        {"key": "pam", "name": "Pam Product", "titles": ["product manager", "product engineer"]},
    ]
}
PEOPLE = {"Sr. SWE": 3, "Product Engineer": 2, "Astronaut": 4, "Senior Astronaut": 1, "Sales Engineer": 1}
QUEUE_QUERIES = 14


@pytest.fixture
def rules() -> None:
    """Rules in force with two personas, which the draft says too."""
    publish(from_data(RULES))
    save_draft(from_data(RULES))


@pytest.fixture
def people(rules: None) -> None:
    """Contacts with titles of every kind, matched and counted."""
    for title, number in PEOPLE.items():
        for _ in range(number):
            contact(company(), title)
    match_titles(active_ruleset().document())
    surveys.count_now("titles", active_ruleset(), at=now())


@pytest.fixture
def drafter(client: Client) -> Client:
    """Somebody who keeps the personas."""
    client.force_login(member("rita", "RevOps"))
    return client


@pytest.fixture
def rep(client: Client) -> Client:
    """Somebody who sells, and sees the accounts of nobody and their own."""
    client.force_login(member("rep", "Sales"))
    return client


def title(text: str) -> JobTitle:
    return JobTitle.objects.get(text=text)


def text_of(response: Any) -> str:
    """What a page says, without its tags."""
    assert response.status_code == 200
    without = r"<(script|style|noscript).*?</\1>|<span class=\"material-symbols.*?</span>|<[^>]+>"
    text = re.sub(without, " ", response.content.decode(), flags=re.DOTALL)
    return re.sub(r"\s+", " ", unescape(text))


def say(client: Client, how: str, *texts: str, persona: str = "", **more: Any) -> Any:
    posted = {"title": [title(text).pk for text in texts], "how": how, "persona": persona}
    return client.post(reverse("titles_say"), posted, **more)


def shown(response: Any) -> list[tuple[str, int]]:
    return [(row.title.text, row.contacts) for row in response.context["rows"]]


# The queue


@pytest.mark.usefixtures("people")
@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", [("Astronaut", 4), ("Senior Astronaut", 1)]),
        ("tab=ambiguous", [("Product Engineer", 2)]),
        ("tab=excluded", [("Sales Engineer", 1)]),
        ("tab=matched", [("Sr. SWE", 3)]),
        ("tab=all&q=engineer", [("Product Engineer", 2), ("Sales Engineer", 1)]),
        ("q=astronaut+senior", [("Senior Astronaut", 1)]),
        ("q=nothing", []),
        ("q=%00&tab=nonsense&page=x", [("Astronaut", 4), ("Senior Astronaut", 1)]),
    ],
)
def test_titles_stand_in_queues_those_of_most_contacts_first(
    drafter: Client, query: str, found: list[tuple[str, int]]
) -> None:
    assert shown(drafter.get(f"{reverse('titles')}?{query}")) == found


@pytest.mark.usefixtures("people")
def test_the_queue_says_how_many_there_are_and_why(drafter: Client) -> None:
    response = drafter.get(f"{reverse('titles')}?tab=all")
    said = text_of(response)

    assert [(tab.key, number) for tab, number, _ in response.context["tabs"]] == [
        ("unmatched", 2), ("ambiguous", 1), ("excluded", 1), ("matched", 1), ("all", 5),
    ]  # fmt: skip
    assert "Sam Software senior, engineering Sam Software: “software engineer”, by “SWE”" in said
    assert "Not Sam Software: “sales engineer” is ruled out" in said
    assert "Contacts counted as of" in said


@pytest.mark.usefixtures("people")
def test_titles_that_were_not_counted_come_last_and_say_so(drafter: Client) -> None:
    JobTitle.objects.filter(text="Astronaut").update(contact_count=None)

    response = drafter.get(reverse("titles"))

    assert shown(response) == [("Senior Astronaut", 1), ("Astronaut", None)]
    assert "not counted yet" in text_of(response)
    JobTitle.objects.create(text="Cosmonaut", result="none")
    assert [text for text, _ in shown(drafter.get(reverse("titles")))] == ["Senior Astronaut", "Astronaut", "Cosmonaut"]


def test_pages_of_the_queue_follow_each_other_without_a_gap(drafter: Client) -> None:
    counts = [None if number % 3 == 0 else number for number in range(120)]
    JobTitle.objects.bulk_create(
        JobTitle(text=f"Title {number}", result="none", contact_count=count) for number, count in enumerate(counts)
    )

    found = [each for page in (1, 2, 3) for each in shown(drafter.get(f"{reverse('titles')}?page={page}"))]

    assert len(found) == len({text for text, _ in found}) == 120
    numbers = [count for _, count in found]
    assert numbers[:80] == sorted((each for each in counts if each is not None), reverse=True)
    assert numbers[80:] == [None] * 40


@pytest.mark.usefixtures("people")
def test_the_queue_takes_the_same_queries_for_any_number(
    drafter: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for number in range(60):
        contact(company(), f"Astronaut {number}")
    drafter.get(reverse("titles"))

    with django_assert_num_queries(QUEUE_QUERIES):
        drafter.get(f"{reverse('titles')}?tab=all")


def test_without_titles_or_rules_the_pages_say_what_to_do(admin_client: Client) -> None:
    assert "No job titles yet" in text_of(admin_client.get(reverse("titles")))
    assert "load_preset" in text_of(admin_client.get(reverse("titles_try")))
    assert "load_preset" in text_of(admin_client.get(reverse("personas")))


@pytest.mark.usefixtures("people")
def test_contacts_are_counted_when_somebody_asks(drafter: Client, rep: Client) -> None:
    Survey.objects.all().delete()
    drafter.force_login(User.objects.get(username="rep"))
    assert drafter.post(reverse("titles_count")).status_code == 403
    drafter.force_login(member("other", "RevOps"))

    response = drafter.post(reverse("titles_count"), {"next": "https://elsewhere.example/"})

    assert (response.status_code, response["Location"]) == (302, reverse("titles"))
    assert Survey.objects.get(subject="titles").asked_at is not None
    assert "A worker counts them as soon as it has time" in text_of(drafter.get(reverse("titles")))


@pytest.mark.usefixtures("people")
def test_who_sells_sees_the_queue_with_the_people_they_see(rep: Client) -> None:
    other = member("other", "Sales")
    Company.objects.filter(contacts__title=title("Astronaut")).update(owner=other)
    mine = contact(company(owner=User.objects.get(username="rep")), "Astronaut")

    response = rep.get(reverse("titles"))

    assert shown(response) == [("Astronaut", 1), ("Senior Astronaut", 1)]
    assert "This is…" not in text_of(response)
    listed = rep.get(response.context["rows"][0].people)
    assert [each.pk for each in listed.context["cl"].result_list] == [mine.pk]


# Saying who a title is


@pytest.mark.usefixtures("people")
def test_one_click_shows_what_it_moves_before_it_changes_anything(drafter: Client) -> None:
    before = draft().content_hash()
    address = f"{reverse('titles_say')}?title={title('Astronaut').pk}&how=is&persona=sam"

    said = text_of(drafter.get(f"{address}&counted=1"))

    assert "“Astronaut” is Sam Software" in said
    assert "2 titles and 5 contacts move." in said
    assert "Sam Software gains 2 titles, 5 contacts" in said
    assert drafter.get(f"{address}&part=moves").content.decode().count("<li><b>") == 2
    assert draft().content_hash() == before


@pytest.mark.usefixtures("people")
def test_one_click_changes_the_draft_and_only_the_draft(drafter: Client) -> None:
    readings = list(JobTitle.objects.values("text", "result", "matched_with"))

    response = say(drafter, "is", "Astronaut", persona="sam", follow=True)

    assert "“Astronaut” is Sam Software, in the draft. It counts once the draft is published." in text_of(response)
    assert next(each.titles for each in draft_personas()) == ("software engineer", "product engineer", "Astronaut")
    assert list(JobTitle.objects.values("text", "result", "matched_with")) == readings
    assert active_ruleset().document() == from_data(RULES)
    revision = DraftRevision.objects.get()
    assert (str(revision), str(revision.author)) == ("“Astronaut” is Sam Software", "rita")
    assert "says so already" in text_of(say(drafter, "is", "Astronaut", persona="sam", follow=True))


@pytest.mark.usefixtures("people")
def test_what_waits_in_the_draft_shows_and_is_taken_back(drafter: Client) -> None:
    before = draft().content_hash()
    say(drafter, "is", "Astronaut", persona="sam")

    said = text_of(drafter.get(reverse("titles")))

    assert "1 title waits in the draft" in said
    assert "on the titles of Sam Software, not published Take back" in said
    assert said.count("In the draft Sam Software") == 2, "the senior one moves along"
    response = drafter.post(reverse("titles_take_back"), {"text": "astronaut"}, follow=True)
    assert "is in the draft what it is in force" in text_of(response)
    assert draft().content_hash() == before
    assert "nothing to take back" in text_of(drafter.post(reverse("titles_take_back"), {"text": "x"}, follow=True))


@pytest.mark.usefixtures("people")
@pytest.mark.parametrize(
    ("how", "persona", "text", "outcome"),
    [
        ("is", "pam", "Astronaut", ("match", ("pam",))),
        ("not", "sam", "Sr. SWE", ("excluded", ())),
        ("nobody", "", "Product Engineer", ("excluded", ())),
        ("only", "sam", "Product Engineer", ("match", ("sam",))),
        ("only", "pam", "Product Engineer", ("match", ("pam",))),
    ],
)
def test_what_was_said_holds_once_it_is_published(
    drafter: Client, how: str, persona: str, text: str, outcome: tuple[str, tuple[str, ...]]
) -> None:
    say(drafter, how, text, persona=persona)
    document = draft()
    publish(document)
    match_titles(document)

    row = title(text)
    assert (row.result, tuple(each.persona for each in row.personas.all())) == outcome


@pytest.mark.usefixtures("people")
def test_many_titles_are_said_at_once_and_undone_as_one_edit(drafter: Client) -> None:
    say(drafter, "nobody", "Astronaut", "Senior Astronaut")

    assert [each.exclude for each in draft_personas()] == [
        ("sales engineer", "Astronaut", "Senior Astronaut"),
        ("Astronaut", "Senior Astronaut"),
    ]
    assert DraftRevision.objects.count() == 1


@pytest.mark.usefixtures("people")
@pytest.mark.parametrize(
    ("posted", "said"),
    [
        ({"how": "is", "persona": "sam"}, "Tick the titles first."),
        ({"how": "is", "persona": "sam", "title": ["x", "99999999999999999999", "0"]}, "Tick the titles first."),
        ({"how": "", "title": "{}"}, "Say who these titles are."),
        ({"how": "is", "title": "{}"}, "Choose the persona first."),
        ({"how": "is", "persona": "nobody", "title": "{}"}, "Choose the persona first."),
    ],
)
def test_what_is_unclear_changes_nothing_and_is_told(drafter: Client, posted: dict[str, Any], said: str) -> None:
    posted = posted | ({"title": title("Astronaut").pk} if posted.get("title") == "{}" else {})

    assert said in text_of(drafter.post(reverse("titles_say"), posted, follow=True))
    assert said in text_of(drafter.get(reverse("titles_say"), posted, follow=True))
    assert not DraftRevision.objects.exists()


@pytest.mark.usefixtures("people")
def test_who_may_not_draft_says_nothing_of_titles(rep: Client) -> None:
    assert say(rep, "is", "Astronaut", persona="sam").status_code == 403
    assert rep.get(f"{reverse('titles_say')}?title={title('Astronaut').pk}&how=nobody").status_code == 403
    assert rep.post(reverse("titles_take_back"), {"text": "Astronaut"}).status_code == 403
    assert not DraftRevision.objects.exists()


def test_links_change_nothing(drafter: Client) -> None:
    for name in ("titles_take_back", "titles_count"):
        assert drafter.get(reverse(name)).status_code == 405


@pytest.mark.parametrize("name", ["titles", "titles_try", "titles_say", "titles_take_back", "titles_count", "personas"])
def test_the_pages_are_for_people_with_the_permission(client: Client, name: str) -> None:
    client.force_login(User.objects.create_user("bare", is_staff=True))

    assert client.post(reverse(name)).status_code == 403
    client.logout()
    assert client.get(reverse(name)).status_code == 302


# The tester


@pytest.mark.usefixtures("people")
def test_the_tester_says_who_a_title_is_why_and_how_many_have_it(drafter: Client) -> None:
    typed = "sr. swe\nProduct Engineer\n\nFormer Software Engineer\nAstronaut\n!!"

    said = text_of(drafter.post(reverse("titles_try"), {"titles": typed}))

    for each in (
        "sr. swe 3 contacts Sam Software senior, engineering Sam Software: “software engineer”, by “swe”",
        "Product Engineer 2 contacts Sam Software or Pam Product",
        "Former Software Engineer 0 contacts Nobody: ruled out",
        "Ruled out: “Former” says what they were",
        "Astronaut 4 contacts Nobody: no pattern fits",
        "!! 0 contacts Nobody: it has no words",
    ):
        assert each in said


@pytest.mark.usefixtures("people")
def test_the_tester_sets_the_draft_beside_the_rules_in_force(drafter: Client) -> None:
    say(drafter, "is", "Astronaut", persona="sam")

    response = drafter.post(reverse("titles_try"), {"titles": "Astronaut\nSr. SWE", "part": "results"})
    said = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.content.decode()))

    assert b"<html" not in response.content
    assert "The draft reads 1 of them otherwise" in said
    assert said.count("By the draft") == 1


@pytest.mark.usefixtures("people")
def test_the_tester_reads_so_many_titles_and_says_how_many_it_left(
    drafter: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    drafter.get(reverse("titles_try"))
    typed = "\n".join(f"Engineer {number}" for number in range(1_002))

    with django_assert_num_queries(10):
        response = drafter.post(reverse("titles_try"), {"titles": typed})

    assert len(response.context["results"]) == 1_000
    assert "2 were left out" in text_of(response)


@pytest.mark.usefixtures("people")
def test_who_sells_may_try_titles_by_the_rules_in_force_without_numbers(rep: Client) -> None:
    said = text_of(rep.post(reverse("titles_try"), {"titles": "Sr. SWE"}))

    assert "Sr. SWE Sam Software" in said
    assert "3 contacts" not in said


# Personas


@pytest.mark.usefixtures("people")
def test_the_page_of_a_persona_says_all_of_it(drafter: Client) -> None:
    said = text_of(drafter.get(reverse("persona", args=["sam"])))

    for each in ("Sam ships.", "Ship on Fridays", "sales engineer", "Edit in the draft", "Growth"):
        assert each in said
    assert "1 title stands for Sam Software, with 3 contacts; 1 more may, with others, with 2 contacts." in said
    assert "Sr. SWE 3 contacts Product Engineer 2 contacts" in said
    assert "software engineer 1 title, 3 contacts" in said
    assert drafter.get(reverse("persona", args=["nobody"])).status_code == 404


@pytest.mark.usefixtures("people")
def test_the_page_of_a_persona_counts_the_accounts_of_each_segment(drafter: Client) -> None:
    surveys.count_now("personas", active_ruleset(), at=now())

    response = drafter.get(reverse("persona", args=["sam"]))

    assert [row.segment for row in response.context["presence"]] == ["Growth", "Early"]
    assert next([word for word, *_ in row.states] for row in response.context["presence"]) == [
        "present", "missing", "not known",
    ]  # fmt: skip
    assert "Counted over all accounts, as of" in text_of(response)


@pytest.mark.usefixtures("people")
def test_who_sells_reads_personas_without_numbers_of_all_accounts(rep: Client) -> None:
    said = text_of(rep.get(reverse("persona", args=["sam"])))

    assert "Ship on Fridays" in said
    assert "3 contacts" not in said
    assert "Edit in the draft" not in said
    assert "Count now" not in said
    assert "Growth : present · missing · not known" in said


@pytest.mark.usefixtures("people")
def test_the_pages_of_personas_take_the_same_queries_for_any_number(
    drafter: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    drafter.get(reverse("persona", args=["sam"]))
    for number in range(30):
        contact(company(), f"Software Engineer {number}")

    with django_assert_num_queries(11):
        drafter.get(reverse("persona", args=["sam"]))


@pytest.mark.usefixtures("people")
def test_contact_handbook_and_persona_lead_to_each_other(drafter: Client) -> None:
    page = reverse("persona", args=["sam"])
    someone = Contact.objects.filter(title=title("Sr. SWE"))[0]

    for address in (reverse("admin:crm_contact_change", args=[someone.pk]), reverse("handbook"), reverse("personas")):
        assert page in drafter.get(address).content.decode()


# The page of a title


@pytest.mark.usefixtures("people")
def test_the_page_of_a_title_has_its_evidence_and_its_contacts(drafter: Client) -> None:
    row = title("Sr. SWE")

    body = drafter.get(reverse("admin:crm_jobtitle_change", args=[row.pk])).content.decode()

    assert "“software engineer”, by “SWE”" in unescape(body)
    assert f'/admin/crm/contact/?title__id__exact={row.pk}">3</a>' in body


@pytest.mark.usefixtures("people")
def test_a_title_with_other_words_is_read_again(admin_client: Client) -> None:
    row = title("Astronaut")
    admin_client.post(reverse("admin:crm_jobtitle_change", args=[row.pk]), {"text": "Software Engineer II"})

    assert JobTitle.objects.get(pk=row.pk).matched_with is None
    match_titles(active_ruleset().document())
    assert JobTitle.objects.get(pk=row.pk).result == "match"


# What moves, while a persona is edited


def typed(client: Client, key: str, **fields: str) -> Any:
    row = Persona.objects.get(key=key)
    return client.post(reverse("admin:personas_persona_moves", args=[row.pk]), fields)


@pytest.mark.usefixtures("people")
def test_the_form_of_a_persona_says_what_the_typed_titles_move(drafter: Client) -> None:
    before = draft().content_hash()

    said = text_of(typed(drafter, "sam", titles="software engineer\nastronaut", exclude="sales engineer"))

    assert "3 titles and 7 contacts move." in said
    assert "Sam Software gains 2 titles, 5 contacts" in said
    assert "Stop being ambiguous 1 title, 2 contacts Product Engineer 2 contacts Sam Software or Pam Product" in said
    assert draft().content_hash() == before
    same = typed(drafter, "sam", titles="software engineer\r\nproduct engineer", exclude="sales engineer")
    assert "No title moves" in text_of(same)


@pytest.mark.usefixtures("people")
def test_without_scripts_a_button_shows_what_moves_and_saves_nothing(drafter: Client) -> None:
    row = Persona.objects.get(key="sam")
    before = draft().content_hash()

    posted = {"name": "Sam", "titles": "astronaut", "preview": "1"}
    response = drafter.post(reverse("admin:personas_persona_edit", args=[row.pk]), posted)
    said = text_of(response)

    assert "Nothing is saved yet." in said
    assert "Sam Software gains 2 titles, 5 contacts" in said
    assert "astronaut" in said
    assert draft().content_hash() == before


@pytest.mark.usefixtures("people")
def test_the_review_of_the_draft_says_what_all_of_it_moves(drafter: Client) -> None:
    say(drafter, "is", "Astronaut", persona="pam")

    said = text_of(drafter.get(reverse("admin:personas_draft_moves")))

    assert "Pam Product gains 2 titles, 5 contacts" in said
    assert reverse("admin:personas_draft_moves") in drafter.get(reverse("admin:personas_draft")).content.decode()


@pytest.mark.usefixtures("people")
def test_who_does_not_see_all_accounts_is_told_no_numbers(client: Client) -> None:
    user = User.objects.create_user("ann", is_staff=True)
    names = ("view_profile", "change_profile", "view_jobtitle")
    user.user_permissions.set(Permission.objects.filter(codename__in=names))
    client.force_login(user)

    assert "told to whoever sees all accounts" in text_of(typed(client, "sam", titles="astronaut"))
    address = f"{reverse('titles_say')}?title={title('Astronaut').pk}&how=is&persona=sam&counted=1"
    assert "contacts move" not in text_of(client.get(address))


def test_what_moves_is_not_for_people_who_may_not_draft(rep: Client, rules: None) -> None:
    assert typed(rep, "sam", titles="x").status_code == 403
    assert rep.get(reverse("admin:personas_draft_moves")).status_code == 403
