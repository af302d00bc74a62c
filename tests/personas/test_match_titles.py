"""The command that matches job titles and knows no database."""

import json
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

RULES = {
    "format": 1,
    "personas": [{"key": "sam", "titles": ["senior software engineer"], "exclude": ["sales engineer"]}],
}


def written(path: Path, data: Any) -> str:
    path.write_bytes(data if isinstance(data, bytes) else json.dumps(data).encode())
    return str(path)


def run(*arguments: str) -> list[Any]:
    out = StringIO()
    call_command("match_titles", *arguments, stdout=out, stderr=StringIO())
    return [json.loads(line) for line in out.getvalue().splitlines()]


def test_every_title_gives_a_line_in_order_without_a_database(tmp_path: Path) -> None:
    rules = written(tmp_path / "rules.json", RULES)
    titles = written(
        tmp_path / "titles.txt", "Sr. SWE\r\n\nSales Engineer\nIngénieur\u2028logiciel senior\nBaker".encode()
    )

    lines = run(rules, titles)

    assert [line["title"] for line in lines] == [
        "Sr. SWE", "", "Sales Engineer", "Ingénieur\u2028logiciel senior", "Baker",
    ]  # fmt: skip
    assert [line["result"] for line in lines] == ["match", "unknown", "excluded", "match", "none"]
    assert lines[0] | {"alternatives": [], "excluded": []} == lines[0]


def test_a_line_that_is_no_text_is_reported_and_the_others_are_matched(tmp_path: Path) -> None:
    rules = written(tmp_path / "rules.json", RULES)
    titles = written(tmp_path / "titles.txt", b"\xff\xfe\nSr. SWE\n")
    out = StringIO()

    with pytest.raises(SystemExit) as stop:
        call_command("match_titles", rules, titles, stdout=out)

    first, second = (json.loads(line) for line in out.getvalue().splitlines())
    assert stop.value.code == 1
    assert "UTF-8" in first["error"]
    assert second["personas"] == ["sam"]


def test_a_wrong_document_is_refused_with_its_faults_and_status_2(tmp_path: Path) -> None:
    rules = written(tmp_path / "rules.json", {"format": 1, "personas": [{"key": "sam", "title": ["x"]}]})
    out, err = StringIO(), StringIO()

    with pytest.raises(SystemExit) as stop:
        call_command("match_titles", rules, str(tmp_path / "none"), stdout=out, stderr=err)

    assert (stop.value.code, out.getvalue()) == (2, "")
    assert "did you mean 'titles'?" in err.getvalue()


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    rules = written(tmp_path / "rules.json", RULES)

    with pytest.raises(CommandError, match="No such file"):
        run(rules, str(tmp_path / "titles.txt"))
