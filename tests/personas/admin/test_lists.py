"""Lists of the draft in the admin: names one by one and many at once, where a list is used, and undoing it."""

import re
from html import unescape

import pytest
from django.contrib.auth.models import Permission, User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from personas.editing.lists import list_version
from personas.editing.revisions import undo
from personas.models import DraftRevision, ListEntry, NamedList
from personas.publishing import draft, publish, save_draft
from personas.rules.document import from_data
from tests.factories import SEGMENTS

pytestmark = pytest.mark.django_db


@pytest.fixture
def drafter(client: Client) -> Client:
    """Somebody who may edit the draft."""
    document = from_data(SEGMENTS)
    publish(document)
    save_draft(document)
    user = User.objects.create_user("ann", is_staff=True, first_name="Ann")
    user.user_permissions.set(
        Permission.objects.filter(codename__in=["view_namedlist", "view_profile", "change_profile"])
    )
    client.force_login(user)
    return client


def leading() -> NamedList:
    return NamedList.objects.get(key="leading")


def page() -> str:
    return reverse("admin:personas_namedlist_change", args=[leading().pk])


def words(response: object) -> str:
    """What a page says, without tags."""
    text = response.content.decode()  # type: ignore[attr-defined]
    return re.sub(r"\s+", " ", unescape(re.sub(r"<script.*?</script>|<[^>]+>", " ", text, flags=re.DOTALL)))


def on_it() -> dict[str, list[str]]:
    return {each.name: each.aliases for each in leading().entries.all()}


def put(client: Client, entry: ListEntry | None = None, **data: str) -> object:
    more = {"entry": entry.pk} if entry else {}
    return client.post(reverse("admin:personas_list_entry", args=[leading().pk]), more | data)


@pytest.mark.parametrize("name", ["list_new", "list_head", "list_entry", "list_many", "list_remove"])
def test_who_may_only_look_edits_nothing(client: Client, drafter: Client, name: str) -> None:
    reader = User.objects.create_user("bob", is_staff=True)
    reader.user_permissions.set(Permission.objects.filter(codename="view_namedlist"))
    client.force_login(reader)
    address = reverse(f"admin:personas_{name}", args=[] if name == "list_new" else [leading().pk])

    assert client.post(address, {"name": "Mine", "title": "Mine"}).status_code == 403
    assert "In force" not in words(client.get(page()))
    assert "New name" not in words(client.get(page()))


def test_lists_say_how_long_they_are_and_who_uses_them(drafter: Client) -> None:
    text = words(drafter.get(reverse("admin:personas_namedlist_changelist")))

    assert "Leading investors 2 names, matched by name; from 8 letters also inside a longer name" in text
    assert "Used by Growth: Backed" in text


def test_a_list_names_the_criteria_that_use_it(drafter: Client) -> None:
    text = words(drafter.get(page()))

    assert "In 1 place of the draft, so it cannot be removed." in text
    assert "Growth: Backed Investors include one on the list Leading investors" in text


def test_the_page_of_a_list_asks_no_more_for_more_names(
    drafter: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    drafter.get(page())
    for number in range(60):
        ListEntry.objects.create(named_list=leading(), name=f"Name {number}", position=number + 2)
    address = page()

    with django_assert_num_queries(26):
        response = drafter.get(address)

    assert "Page 1 of 2" in words(response)
    with django_assert_num_queries(24):
        drafter.get(reverse("admin:personas_namedlist_changelist"))


def test_a_name_is_added_found_changed_and_removed_and_each_can_be_undone(drafter: Client) -> None:
    put(drafter, name="Andreessen Horowitz", aliases="a16z; AH Capital")
    assert on_it()["Andreessen Horowitz"] == ["a16z", "AH Capital"]
    assert "1 of 3 names with “A16Z”." in words(drafter.get(page(), {"q": "A16Z"}))

    entry = ListEntry.objects.get(name="Andreessen Horowitz")
    put(drafter, entry, name="Andreessen", aliases="")
    assert on_it()["Andreessen"] == []
    put(drafter, ListEntry.objects.get(name="Andreessen"), do="remove")
    assert set(on_it()) == {"Sequoia Capital", "Accel"}

    undo(None)
    undo(None)
    assert on_it()["Andreessen Horowitz"] == ["a16z", "AH Capital"]


@pytest.mark.parametrize(
    ("name", "aliases", "said"),
    [
        ("", "", "Is missing"),
        ("ACCEL, Inc.", "", "Is on the list already, as “Accel”"),
        ("Benchmark", "Accel", "“Accel” stands for “Accel” already"),
        ("<b>", "", "looks like a web page or a script"),
        ("Benchmark", "=1+1", "begins like a formula"),
    ],
)
def test_what_is_wrong_with_a_name_stands_beside_it_and_what_was_typed_stays(
    drafter: Client, name: str, aliases: str, said: str
) -> None:
    response = put(drafter, name=name, aliases=aliases)

    assert response.status_code == 422  # type: ignore[attr-defined]
    assert said in words(response)
    assert f'value="{aliases}"' in response.content.decode()  # type: ignore[attr-defined]
    assert set(on_it()) == {"Sequoia Capital", "Accel"}


def test_a_name_that_somebody_else_changed_is_not_overwritten_unseen(drafter: Client) -> None:
    entry = ListEntry.objects.get(name="Accel")

    response = put(drafter, entry, name="Accel Partners", aliases="", base="of an hour ago", opened="1")

    assert response.status_code == 409  # type: ignore[attr-defined]
    assert "Somebody else saved this while you had it open." in words(response)
    assert "Accel" in on_it()


def test_a_list_that_is_used_stays_and_another_goes(drafter: Client) -> None:
    response = drafter.post(reverse("admin:personas_list_remove", args=[leading().pk]), follow=True)
    assert "The list is in use (it stays while these use it: Growth: Backed)." in words(response)
    drafter.post(reverse("admin:personas_list_new"), {"title": "Big cities", "match": "name"})
    made = NamedList.objects.get(key="big-cities")

    drafter.post(reverse("admin:personas_list_remove", args=[made.pk]))

    assert list(NamedList.objects.values_list("key", flat=True)) == ["leading"]


@pytest.mark.parametrize(
    ("data", "said"),
    [
        ({"title": "Leading Investors", "match": "name"}, "Is the name of another list."),
        ({"title": "", "match": "name"}, "Is missing"),
        ({"title": "Cities", "match": "name", "contains_from": "0"}, "0 is not a whole number from 1"),
        ({"title": "Cities", "match": "domain", "contains_from": "3"}, "Goes with names, not with domains"),
        ({"title": "Cities", "match": "name", "key": "leading"}, "The key 'leading' stands twice"),
        ({"title": "Cities", "match": "name", "key": "a b"}, "'a b' is no key"),
    ],
)
def test_what_is_wrong_with_the_head_stands_at_its_field(drafter: Client, data: dict[str, str], said: str) -> None:
    response = drafter.post(reverse("admin:personas_list_new"), data)

    assert response.status_code == 422
    assert said in words(response)
    assert NamedList.objects.count() == 1


def test_a_head_is_changed_and_its_key_stays(drafter: Client) -> None:
    address = reverse("admin:personas_list_head", args=[leading().pk])

    drafter.post(address, {"title": "Best investors", "match": "name", "contains_from": "", "key": "best"})

    assert (leading().title, leading().contains_from) == ("Best investors", None)
    assert draft().lists[0].key == "leading"


# Many at once


def many(client: Client, **data: object) -> object:
    return client.post(reverse("admin:personas_list_many", args=[leading().pk]), data)


def test_many_names_are_checked_before_anything_is_written(drafter: Client) -> None:
    response = many(drafter, text="Benchmark\nAccel; Accel Partners\naccel", how="add")

    text = words(response)
    assert "3 names read. 1 new · 1 with other spellings · 0 there already · 1 twice · 0 left out." in text
    assert set(on_it()) == {"Sequoia Capital", "Accel"}
    assert not DraftRevision.objects.exists()


def test_many_names_are_taken_over_as_one_edit(drafter: Client) -> None:
    before = draft().content_hash()
    ids = dict(leading().entries.values_list("name", "pk"))
    data = {"text": "Benchmark\nAccel; Accel Partners", "how": "add", "sure": "yes", "base": list_version(leading())}

    assert many(drafter, **data).status_code == 302  # type: ignore[attr-defined]

    assert on_it() == {"Sequoia Capital": [], "Accel": ["Accel Partners"], "Benchmark": []}
    assert leading().entries.get(name="Accel").pk == ids["Accel"]
    undo(None)
    assert draft().content_hash() == before


def test_sending_the_same_names_twice_does_it_once(drafter: Client) -> None:
    data = {"text": "Benchmark", "how": "add", "sure": "yes", "base": list_version(leading())}
    many(drafter, **data)

    response = many(drafter, **data)

    assert response.status_code == 409  # type: ignore[attr-defined]
    assert "The list was changed since it was checked." in words(response)
    assert "This changes nothing" in words(response)
    assert DraftRevision.objects.count() == 1


def test_an_uploaded_file_goes_before_what_was_pasted(drafter: Client) -> None:
    file = SimpleUploadedFile("investors.csv", b"name,aliases\nBenchmark,BM|Benchmark Capital\n")

    text = words(many(drafter, text="Pasted", file=file, how="add"))

    assert "Benchmark also BM; Benchmark Capital" in text
    assert "Pasted" not in text


@pytest.mark.parametrize(
    ("data", "said"), [(b"Accel\n<script>", "Line 2: “<script>”"), (b"PK\x03\x04", "This is a spreadsheet")]
)
def test_a_suspicious_file_is_refused_and_nothing_is_written(drafter: Client, data: bytes, said: str) -> None:
    response = many(drafter, file=SimpleUploadedFile("x.csv", data), how="add", sure="yes", base="x")

    assert response.status_code == 422  # type: ignore[attr-defined]
    assert "Not taken: this looks suspicious. Nothing was written." in words(response)
    assert said in words(response)
    assert not DraftRevision.objects.exists()


def test_what_replacing_takes_away_is_shown(drafter: Client) -> None:
    text = words(many(drafter, text="Accel\nBenchmark", how="replace"))

    assert "1 removed Sequoia Capital" in text
