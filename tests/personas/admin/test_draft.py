"""The editor of the draft: who may use it, what its pages say, and that nothing typed is lost."""

import json
import re
from html import unescape

import pytest
from django.contrib.auth.models import Permission, User
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from personas.editing import components, criteria
from personas.editing.text import draft_text, text_version
from personas.models import Component, Criterion, GoldenCase, NamedList, Profile, Ruleset
from personas.publishing import active_ruleset, draft, publish, save_draft
from personas.rules.document import from_data
from tests.factories import SEGMENTS

pytestmark = pytest.mark.django_db

RANGE = '{"fact": "employees", "between": [15, 800]}'


@pytest.fixture(autouse=True)
def rules() -> None:
    document = from_data(SEGMENTS)
    publish(document)
    save_draft(document)


def signed_in(client: Client, *permissions: str) -> Client:
    user = User.objects.create_user("ann", is_staff=True, first_name="Ann")
    user.user_permissions.set(Permission.objects.filter(content_type__app_label="personas", codename__in=permissions))
    client.force_login(user)
    return client


@pytest.fixture
def drafter(client: Client) -> Client:
    """Somebody who may edit the draft and not publish it."""
    return signed_in(client, "view_profile", "change_profile", "view_ruleset")


@pytest.fixture
def publisher(client: Client) -> Client:
    """Somebody who may do both."""
    return signed_in(client, "view_profile", "change_profile", "view_ruleset", "publish_ruleset")


def growth() -> Profile:
    return Profile.objects.get(key="growth")


def size() -> Criterion:
    return Criterion.objects.get(kind="must", key="size")


def page_of(row: Criterion) -> str:
    return reverse("admin:personas_criterion", args=[row.profile.pk, row.pk])


def words(response: object) -> str:
    """What a page says, without tags."""
    text = response.content.decode()  # type: ignore[attr-defined]
    return re.sub(r"\s+", " ", unescape(re.sub(r"<script.*?</script>|<[^>]+>", " ", text, flags=re.DOTALL)))


# Who may


@pytest.mark.parametrize(
    "address",
    ["profile/new/", "profile/text/", "profile/{profile}/head/", "profile/{profile}/criterion/{criterion}/",
     "profile/{profile}/criterion/new/?kind=must", "profile/{profile}/component/new/", "ruleset/draft/case/new/",
     "ruleset/draft/publish/", "ruleset/roll-back/"],
)  # fmt: skip
def test_who_may_only_look_gets_no_form(client: Client, address: str) -> None:
    reader = signed_in(client, "view_profile", "view_ruleset")
    address = "/admin/personas/" + address.format(profile=growth().pk, criterion=size().pk)

    assert reader.get(address).status_code == 403
    assert reader.post(address, {"label": "Mine", "when": RANGE}).status_code == 403
    assert size().label == "15 to 500 people"


@pytest.mark.parametrize("name", ["step", "undo", "redo", "condition", "start_over"])
def test_who_may_only_look_changes_nothing(client: Client, name: str) -> None:
    reader = signed_in(client, "view_profile", "view_ruleset")
    data = {"what": "criterion", "id": size().pk, "do": "remove"}

    assert reader.post(reverse(f"admin:personas_{name}"), data).status_code == 403
    assert size().pk


def test_a_drafter_cannot_publish_nor_roll_back(drafter: Client) -> None:
    criteria.turn_criterion(size(), None, on=False)

    assert drafter.post(reverse("admin:personas_publish"), {"note": "x"}).status_code == 403
    assert drafter.post(reverse("admin:personas_roll_back"), {"seen": 1}).status_code == 403
    assert active_ruleset().number == 1


@pytest.mark.parametrize("name", ["step", "undo", "redo", "start_over"])
def test_a_link_changes_nothing(drafter: Client, name: str) -> None:
    assert drafter.get(reverse(f"admin:personas_{name}")).status_code == 405


def test_who_may_only_look_sees_what_is_in_force(client: Client) -> None:
    criteria.turn_criterion(size(), None, on=False)
    reader = signed_in(client, "view_profile")

    text = words(reader.get(reverse("admin:personas_profile_change", args=[growth().pk])))

    assert "Employees is from 15 to 500 people" in text
    assert "Off" not in text


# The page of a profile


def test_a_profile_shows_every_criterion_as_a_sentence_with_its_points(drafter: Client) -> None:
    text = words(drafter.get(reverse("admin:personas_profile_change", args=[growth().pk])))

    for said in ("Must all hold", "Employees is from 15 to 500 people", "Investors include one on the list Leading",
                 "The points of the first row that holds", "20 points", "says what ruleset 1 says"):  # fmt: skip
        assert said in text, said


def test_the_page_of_a_profile_asks_no_more_for_more_criteria(
    drafter: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    address = reverse("admin:personas_profile_change", args=[growth().pk])
    drafter.get(address)
    for _ in range(5):
        criteria.duplicate_criterion(size(), None)
        components.duplicate_component(Component.objects.get(key="size"), None)

    with django_assert_num_queries(23):
        drafter.get(address)


def test_a_fault_of_the_draft_stands_at_its_criterion(drafter: Client) -> None:
    Criterion.objects.filter(key="backed").update(condition={"fact": "employes", "is": 1})

    text = words(drafter.get(reverse("admin:personas_profile_change", args=[growth().pk])))

    assert "The draft has 1 fault" in text
    assert "Unknown fact 'employes' (did you mean 'employees'?)." in text


def test_a_press_of_a_button_comes_back_to_the_page(drafter: Client) -> None:
    address = reverse("admin:personas_profile_change", args=[growth().pk])
    data = {"what": "criterion", "id": size().pk, "do": "down", "next": address}

    response = drafter.post(reverse("admin:personas_step"), data)

    assert response["Location"] == f"{address}#criterion-{size().pk}"
    assert list(growth().criteria.filter(kind="must").values_list("key", flat=True)) == ["backed", "size"]


@pytest.mark.parametrize("data", [{}, {"what": "criterion", "id": "x"}, {"what": "user", "id": "1", "do": "remove"}])
def test_a_press_on_nothing_says_so(drafter: Client, data: dict[str, str]) -> None:
    response = drafter.post(reverse("admin:personas_step"), data, follow=True)

    assert "not in the draft any more" in words(response)


def test_no_button_leads_to_another_site(drafter: Client) -> None:
    data = {"what": "criterion", "id": size().pk, "do": "down", "next": "https://elsewhere.example/"}

    assert drafter.post(reverse("admin:personas_step"), data)["Location"].startswith("/admin/")


@pytest.mark.parametrize("what", ["criterion", "component", "profile"])
def test_what_was_removed_comes_back_with_undo(drafter: Client, what: str) -> None:
    before = draft().content_hash()
    row = {"criterion": size(), "component": Component.objects.get(), "profile": growth()}[what]

    drafter.post(reverse("admin:personas_step"), {"what": what, "id": row.pk, "do": "remove"})
    assert draft().content_hash() != before
    press(drafter, "undo")

    assert draft().content_hash() == before


def revision_on(client: Client, button: str) -> str:
    """The edit that Undo or Redo on the list of profiles would act on."""
    text = client.get(reverse("admin:personas_profile_changelist")).content.decode()
    form = text.partition(reverse(f"admin:personas_{button}"))[2].partition("</form>")[0]
    found = re.search(r'name="revision" value="(\d+)"', form)
    assert found is not None
    return found[1]


def press(client: Client, button: str, revision: str | None = None) -> str:
    """What the page says after Undo or Redo."""
    data = {"revision": revision or revision_on(client, button)}
    return words(client.post(reverse(f"admin:personas_{button}"), data, follow=True))


def test_undo_takes_back_only_what_the_page_showed(drafter: Client) -> None:
    olga = User.objects.create_user("olga", first_name="Olga", last_name="Orr")
    criteria.turn_criterion(size(), None, on=False)
    seen = revision_on(drafter, "undo")
    criteria.move_criterion(size(), 1, olga)
    hers = draft().content_hash()

    said = press(drafter, "undo", seen)

    assert "Nothing was undone. The last edit is now “" in said
    assert "by Olga Orr" in said
    assert draft().content_hash() == hers
    assert "Nothing was undone" in press(drafter, "undo", "nonsense")


def test_a_double_click_undoes_and_does_again_once(drafter: Client) -> None:
    criteria.turn_criterion(size(), None, on=False)
    first = draft().content_hash()
    criteria.remove_criterion(size(), None)
    second = draft().content_hash()
    seen = revision_on(drafter, "undo")

    assert "Undone: " in press(drafter, "undo", seen)
    assert "undone already" in press(drafter, "undo", seen)
    assert draft().content_hash() == first

    assert "Done again: " in press(drafter, "redo", seen)
    assert "done again already" in press(drafter, "redo", seen)
    assert draft().content_hash() == second


def test_redo_does_again_only_what_the_page_showed(drafter: Client) -> None:
    for on in (False, True):
        criteria.turn_criterion(size(), None, on=on)
    press(drafter, "undo")
    seen = revision_on(drafter, "redo")
    press(drafter, "undo")
    before = draft().content_hash()

    assert "Nothing was done again" in press(drafter, "redo", seen)
    assert draft().content_hash() == before


# The form of a criterion


def check(client: Client, condition: str, path: str = "when") -> dict[str, object]:
    body = f'{{"condition": {condition}, "path": "{path}"}}'
    response = client.post(reverse("admin:personas_condition"), body, content_type="application/json")
    found: dict[str, object] = response.json()
    return found


def test_a_condition_is_said_in_plain_words_while_it_is_typed(drafter: Client) -> None:
    assert check(drafter, RANGE) == {"sentence": "Employees is from 15 to 800 people", "faults": []}


def test_what_is_wrong_while_it_is_typed_has_its_place(drafter: Client) -> None:
    found = check(
        drafter, '{"any": [{"fact": "employees", "at_least": "many"}, {"fact": "", "is": 1}]}', "rows[2].when"
    )

    assert [each["path"] for each in found["faults"]] == [  # type: ignore[attr-defined]
        "rows[2].when.any[0].at_least",
        "rows[2].when.any[1].fact",
    ]


@pytest.mark.parametrize("body", ["", "[", "[]", '"x"', '{"condition": NaN}'])
def test_what_is_no_condition_is_answered(drafter: Client, body: str) -> None:
    response = drafter.post(reverse("admin:personas_condition"), body, content_type="application/json")

    assert response.status_code == 400
    assert response.json()["faults"]


def test_a_criterion_is_saved_and_shown(drafter: Client) -> None:
    response = drafter.post(page_of(size()), {"label": "15 to 800 people", "key": "size", "when": RANGE}, follow=True)

    assert "Employees is from 15 to 800 people" in words(response)
    assert "2 changes to ruleset 1" in words(response)
    assert "Changed “15 to 800 people” of Growth, by Ann" in words(response)


def test_a_refused_criterion_keeps_what_was_typed(drafter: Client) -> None:
    typed = {
        "label": "",
        "key": "size",
        "rationale": "Because & so",
        "when": '{"fact": "employees", "between": [9, 3.5]}',
    }

    response = drafter.post(page_of(size()), typed)

    text = response.content.decode()
    assert response.status_code == 422
    assert "Because &amp; so" in text
    assert "Is missing (a few words that name it)." in text
    assert "3.5" in unescape(text)
    assert size().label == "15 to 500 people"


def test_a_refused_condition_has_its_fault_for_the_builder(drafter: Client) -> None:
    typed = {"label": "x", "when": '{"all": [{"fact": "employees", "between": [9, 3]}]}'}

    text = drafter.post(page_of(size()), typed).content.decode()

    faults = json.loads(re.search(r'<script id="faults"[^>]*>(.*?)</script>', text)[1])  # type: ignore[index]
    assert faults == [{"path": "when.all[0].between", "message": "[9, 3] has the higher value first."}]


def test_who_saves_a_stale_form_is_told_and_keeps_what_was_typed(drafter: Client) -> None:
    form = drafter.get(page_of(size())).content.decode()
    base = re.search(r'name="base" value="(\w+)"', form)[1]  # type: ignore[index]
    Criterion.objects.filter(pk=size().pk).update(label="Theirs")
    typed = {"label": "Mine", "key": "size", "when": RANGE, "base": base}

    response = drafter.post(page_of(size()), typed)

    assert response.status_code == 409
    assert "Somebody else saved this" in words(response)
    assert 'value="Mine"' in response.content.decode()
    assert size().label == "Theirs"
    again = re.search(r'name="base" value="(\w+)"', response.content.decode())[1]  # type: ignore[index]
    drafter.post(page_of(size()), typed | {"base": again})
    assert size().label == "Mine"


def test_what_somebody_removed_meanwhile_can_be_saved_again(drafter: Client) -> None:
    row, address = size(), page_of(size())
    criteria.remove_criterion(row, None)
    typed = {"label": "Mine", "when": RANGE, "kind": "must"}

    drafter.post(address, typed)

    assert Criterion.objects.get(label="Mine").kind == "must"


@pytest.mark.parametrize(
    ("kind", "more"),
    [("must", {}), ("disqualify", {"reason": "too large"}), ("bonus", {"points": "1,000.5"}), ("flag", {}),
     ("points", {"points": "-3"})],
)  # fmt: skip
def test_a_new_criterion_of_each_kind_gets_a_key_from_its_name(
    drafter: Client, kind: str, more: dict[str, str]
) -> None:
    place = {"kind": kind} | ({"component": str(Component.objects.get().pk)} if kind == "points" else {})

    drafter.post(
        reverse("admin:personas_criterion_new", args=[growth().pk]),
        place | more | {"label": "Quite Large!", "when": RANGE},
    )

    row = Criterion.objects.get(label="Quite Large!")
    assert (row.key, row.kind) == ("quite-large", kind)
    assert draft().profiles


def test_the_builder_knows_every_fact_with_its_questions(drafter: Client) -> None:
    text = drafter.get(page_of(size())).content.decode()

    words = json.loads(re.search(r'<script id="vocabulary"[^>]*>(.*?)</script>', text, re.DOTALL)[1])  # type: ignore[index]
    facts = {fact["key"]: fact for fact in words["facts"]}
    assert [each["key"] for each in facts["funding_stage"]["operators"]][:2] == ["at_least", "at_most"]
    assert facts["employees"]["unit"] == "people"
    assert words["lists"] == [
        {
            "key": "leading",
            "title": "Leading investors",
            "size": 2,
            "link": f"/admin/personas/namedlist/{NamedList.objects.get().pk}/change/",
        }
    ]


# The forms of components, heads, cases, and text


def test_a_component_is_saved_with_its_table(drafter: Client) -> None:
    table = [{"key": "", "label": "Over 900", "points": "7", "when": {"fact": "employees", "more_than": 900}}]

    drafter.post(
        reverse("admin:personas_component_new", args=[growth().pk]),
        {"label": "Tiers", "combine": "first", "otherwise": "-1", "table": json.dumps(table)},
    )

    part = draft().profiles[0].components[1]
    assert (part.key, part.otherwise, part.rows[0].key, part.rows[0].points) == ("tiers", -1, "over-900", 7)


def test_a_refused_table_keeps_its_rows_and_says_where(drafter: Client) -> None:
    table = [{"key": "a", "label": "", "points": "x", "when": {"fact": "employees", "more_than": "lots"}}]

    response = drafter.post(
        reverse("admin:personas_component_new", args=[growth().pk]),
        {"label": "Tiers", "combine": "first", "table": json.dumps(table)},
    )

    text = unescape(response.content.decode())
    assert response.status_code == 422
    assert '"rows[0].label"' in text
    assert '"more_than": "lots"' in text


def test_a_head_is_saved_with_bands(drafter: Client) -> None:
    drafter.post(
        reverse("admin:personas_head", args=[growth().pk]),
        {"name": "Growth", "key": "growth", "rank": "1", "missing": "open", "examples": "One\nTwo", "stance": "",
         "bands": '[{"key": "high", "from": "12.5"}, {"key": "low", "from": ""}]',
         "enough": '{"known": "employees"}'},
    )  # fmt: skip

    head = draft().profiles[0]
    assert (head.stance, head.examples) == (None, ("One", "Two"))
    assert [(band.key, str(band.start)) for band in head.bands] == [("high", "12.5"), ("low", "None")]
    assert head.enough_data


def test_a_new_profile_is_a_segment_behind_the_others(drafter: Client) -> None:
    form = drafter.get(reverse("admin:personas_profile_new")).content.decode()
    assert 'name="rank" type="text" value="3"' in form

    drafter.post(reverse("admin:personas_profile_new"), {"name": "Third kind", "rank": "3", "missing": "open"})

    assert draft().profiles[2].key == "third-kind"


def test_text_with_a_fault_keeps_what_was_typed_and_names_the_line(drafter: Client) -> None:
    typed = "format: 1\nprofiles:\n- key: a\n  must:\n  - key: b\n    when: {fact: employes, is: 1}\n"

    response = drafter.post(reverse("admin:personas_draft_text"), {"text": typed})

    assert response.status_code == 422
    assert "Line 6 : profiles[0].must[0].when.fact: unknown fact" in words(response)
    assert "fact: employes" in response.content.decode()
    assert growth().pk


def test_text_that_somebody_else_changed_meanwhile_is_not_lost(drafter: Client) -> None:
    text = draft_text()
    base = text_version(text)
    criteria.turn_criterion(size(), None, on=False)

    response = drafter.post(reverse("admin:personas_draft_text"), {"text": "format: 1\n# mine\n", "base": base})

    assert response.status_code == 409
    assert "# mine" in response.content.decode()
    assert growth().pk


def test_a_golden_case_is_added_with_its_facts(drafter: Client) -> None:
    drafter.post(
        reverse("admin:personas_case_new"),
        {"name": "Small", "segment": "early", "facts": "employees: 3\nmonthly_revenue: 99.5", "at": "", "note": ""},
    )

    assert draft().cases[0].facts["employees"] == 3


def test_a_golden_case_with_a_fault_keeps_what_was_typed(drafter: Client) -> None:
    response = drafter.post(
        reverse("admin:personas_case_new"), {"name": "Small", "segment": "early", "facts": "employes: 3"}
    )

    assert "Unknown fact 'employes'" in words(response)
    assert '"employes": "3"' in unescape(response.content.decode())


# The draft as a whole


def test_the_draft_page_says_what_changes_and_what_does_not_hold(drafter: Client) -> None:
    GoldenCase.objects.create(name="A startup", segment="growth", facts={"employees": 9})
    criteria.turn_criterion(size(), None, on=False)

    text = words(drafter.get(reverse("admin:personas_draft")))

    assert "Growth: 15 to 500 people removed" in text
    assert "must give growth , and gives undecided now" in text
    assert "Off, and so not published: Growth: 15 to 500 people" in text
    assert "Turned “15 to 500 people” of Growth off" in text
    assert "Publish…" not in text


def test_publishing_takes_a_note_and_the_new_outcomes(publisher: Client) -> None:
    row = GoldenCase.objects.create(name="A startup", segment="growth", facts={"employees": 9, "investors": []})
    address = reverse("admin:personas_publish")
    seen = re.search(r'name="seen" value="(\w+)"', publisher.get(address).content.decode())[1]  # type: ignore[index]

    refused = publisher.post(address, {"seen": seen, "note": "Wider"})
    assert refused.status_code == 422
    assert "Wider" in words(refused)
    assert publisher.post(address, {"seen": seen, "note": " ", f"case-{row.pk}": "early"}).status_code == 422
    publisher.post(address, {"seen": seen, "note": "Wider", f"case-{row.pk}": "early"})

    active = active_ruleset()
    assert (active.number, active.note, active.author and active.author.username) == (2, "Wider", "ann")
    assert active.document().cases[0].segment == "early"


def test_a_second_press_of_publish_publishes_nothing_more(publisher: Client) -> None:
    criteria.turn_criterion(size(), None, on=False)
    typed = {"seen": draft().content_hash(), "note": "Once"}

    for _ in range(2):
        publisher.post(reverse("admin:personas_publish"), typed)

    assert Ruleset.objects.count() == 2


def test_publishing_a_draft_that_changed_meanwhile_is_refused(publisher: Client) -> None:
    seen = draft().content_hash()
    criteria.turn_criterion(size(), None, on=False)

    response = publisher.post(reverse("admin:personas_publish"), {"seen": seen, "note": "Old"})

    assert "Somebody changed the draft meanwhile" in words(response)
    assert Ruleset.objects.count() == 1


def test_rolling_back_takes_one_step(publisher: Client) -> None:
    criteria.turn_criterion(size(), None, on=False)
    publish(draft())
    address = reverse("admin:personas_roll_back")
    assert "Growth: 15 to 500 people added" in words(publisher.get(address))

    publisher.post(address, {"seen": "2", "note": "Too wide"})
    publisher.post(address, {"seen": "2", "note": "Pressed twice"})

    assert (active_ruleset().number, active_ruleset().note) == (3, "Too wide")
    assert size().enabled
    assert active_ruleset().content_hash == Ruleset.objects.get(number=1).content_hash


def test_starting_over_can_be_undone(drafter: Client) -> None:
    criteria.remove_criterion(size(), None)
    drafter.post(reverse("admin:personas_start_over"))
    assert size().pk

    press(drafter, "undo")

    assert not Criterion.objects.filter(kind="must", key="size").exists()
