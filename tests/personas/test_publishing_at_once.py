"""Publishing while somebody else edits the draft."""

from concurrent.futures import ThreadPoolExecutor, wait
from typing import Any

import pytest
from django.db import connections

from personas import publishing
from personas.editing import publication
from personas.editing.revisions import EVERYTHING, edit
from personas.models import GoldenCase, NamedList, Ruleset
from personas.publishing import draft, save_draft
from personas.rules.document import Document, from_data
from tests.factories import SEGMENTS

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(
        "config.getoption('database') != 'postgres'", reason="SQLite lets nobody begin to write before the last ended"
    ),
]
WITHOUT_PROFILES = {"format": 1, "lists": {"known": {"title": "Known", "entries": ["Accel"]}}}


@pytest.mark.parametrize(
    ("data", "given"), [(SEGMENTS, "early"), (WITHOUT_PROFILES, "none")], ids=["profiles", "no profiles"]
)
def test_an_edit_of_somebody_else_is_not_published_under_ones_note(
    data: dict[str, Any], given: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    save_draft(from_data(data | {"cases": [{"name": "Small", "facts": {"employees": 3}, "segment": given}]}))
    accepted = {GoldenCase.objects.get().pk: given}
    confirmed = draft().content_hash()

    def rename() -> None:
        try:
            with edit("Renamed", None, over=EVERYTHING):
                NamedList.objects.update(title="Another")
        finally:
            connections.close_all()

    with ThreadPoolExecutor(1) as pool:
        edits: list[Any] = []

        def read() -> Document:
            found = draft()
            if not edits:
                edits.append(pool.submit(rename))
                wait(edits, timeout=1)
            return found

        monkeypatch.setattr(publishing, "draft", read)
        published = publication.publish_draft(accepted, seen=confirmed, note="Mine", author=None)
        monkeypatch.undo()
        edits[0].result(30)

    assert Ruleset.objects.get().content_hash == published.content_hash == confirmed
    assert draft().content_hash() != confirmed
