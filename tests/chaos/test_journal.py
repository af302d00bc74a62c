"""What the judge holds the database to."""

from pathlib import Path

from .journal import Journal, expected


def test_the_last_acknowledged_value_is_the_one_that_must_stand(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "one.journal")
    journal.acknowledged({"size": 1, "city": "Oslo"})
    journal.acknowledged({"size": 2})

    book = expected([tmp_path / "one.journal"])

    assert [value for value in (None, 1, 2) if book["size"].allows(value)] == [2]
    assert book["city"].allows("Oslo")


def test_after_an_answer_that_was_lost_either_value_may_stand(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "one.journal")
    journal.acknowledged({"size": 1})
    journal.maybe({"size": 2})

    size = expected([tmp_path / "one.journal"])["size"]

    assert [value for value in (1, 2, 3) if size.allows(value)] == [1, 2]


def test_an_acknowledged_edit_settles_what_was_lost_before_it(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "one.journal")
    journal.maybe({"size": 1})
    journal.acknowledged({"size": 2})

    size = expected([tmp_path / "one.journal"])["size"]

    assert [value for value in (1, 2) if size.allows(value)] == [2]


def test_where_nothing_was_acknowledged_nothing_is_promised(tmp_path: Path) -> None:
    Journal(tmp_path / "one.journal").maybe({"size": 1})

    assert expected([tmp_path / "one.journal"])["size"].allows(7)
