"""Many names at once: what is read, what is refused and where, and what taking them over would do."""

import pytest

from personas.editing.names import LARGEST, Outcome, Read, Refused, read_names, take_over, text_of
from personas.rules.document import Entry, NamedList

INVESTORS = NamedList(
    "leading", "Leading investors", contains_from=8, entries=(Entry("Sequoia Capital", ("Sequoia",)), Entry("Accel"))
)


def refused(text: str, *, by_domain: bool = False) -> list[tuple[int, str]]:
    with pytest.raises(Refused) as caught:
        read_names(text, by_domain=by_domain)
    return [(each.line, each.said) for each in caught.value.problems]


def names(text: str) -> list[tuple[str, ...]]:
    return [(each.name, *each.aliases) for each in read_names(text)]


def test_one_name_stands_on_a_line_with_other_spellings_behind_semicolons() -> None:
    assert names("Andreessen Horowitz; a16z ;AH Capital\n\n  Acme, Inc.  \n") == [
        ("Andreessen Horowitz", "a16z", "AH Capital"),
        ("Acme, Inc.",),
    ]


@pytest.mark.parametrize("mark", [",", ";", "\t"])
def test_csv_with_a_header_is_read_by_its_columns(mark: str) -> None:
    rows = [["Name", "Country", "Aliases"], ["Accel", "US", "Accel Partners|Accel KKR"], ['"Acme, ""A"" Inc."', "", ""]]

    text = "\ufeff" + "\r\n".join(mark.join(row) for row in rows)

    assert names(text) == [("Accel", "Accel Partners", "Accel KKR"), ('Acme, "A" Inc.',)]


def test_a_header_over_one_column_is_no_name() -> None:
    assert names("Name\nAcme, Inc.\n") == [("Acme, Inc.",)]


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        ("Accel\nBenc\0hmark", 2, "NUL"),
        ("Accel\nBench\u202emark", 2, "U+202E"),
        ("Accel\n<script>alert(1)</script>", 2, "looks like a web page"),
        ("Accel\nAccel <b>Partners</b>", 2, "looks like a web page"),
        ("Accel; =HYPERLINK(1)", 1, "begins like a formula"),
        ("@SUM(1)", 1, "begins like a formula"),
        ("Accel\nbob@accel.example", 2, "e-mail address"),
        ("Accel\n---- ;x", 2, "begins like a formula"),
        ("Accel\n***", 2, "no letter and no digit"),
        ("Accel\n; Accel Partners", 2, "no name"),
        ("Accel\n" + "x" * 301, 2, "301 characters"),
        ("name,aliases\nAccel", 2, "1 columns"),
        ('name,aliases\n"Accel,x\nOther,y', 3, "no CSV"),
        ("\n".join(["x1"] * 20_002), 0, "20,002 lines"),
        ("  \n ", 0, "no name"),
        ("1\n2\nAccel", 0, "look like numbers: 1, 2"),
        ("3fa85f64-5717-4562-b3fc-2c963f66afa6", 0, "look like identifiers"),
        ("ACC-00012\nACC-00013\nAccel", 0, "look like identifiers"),
        ("x" * 250 + "\n" + ("é" * 250 + "\n") * 4_200, 0, "larger than 2 MB"),
    ],
)
def test_what_looks_suspicious_is_refused_with_its_place(text: str, line: int, said: str) -> None:
    found = refused(text)

    assert found[0][0] == line
    assert said in found[0][1]


def test_every_place_is_named() -> None:
    assert [line for line, _ in refused("=1\nAccel\n=2")] == [1, 3]


@pytest.mark.parametrize("name", ["500 Startups", "8VC", "a16z", "GV", "1789 Capital", "C4 Ventures", "Łódź", "北京"])
def test_odd_names_are_names(name: str) -> None:
    assert names(name) == [(name,)]


def test_a_list_of_domains_takes_domains_only() -> None:
    assert read_names("acme.com\nhttps://www.beta.io/x", by_domain=True)[1].name == "https://www.beta.io/x"
    assert refused("Acme", by_domain=True) == [(1, "“Acme” is no domain, and this list is matched by domain.")]


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"PK\x03\x04rest", "a spreadsheet or zip file"),
        (b"%PDF-1.7", "a PDF file"),
        (b"\x89PNG\r\n", "a picture"),
        (b"Accel\nBerlin \xe4\xff", "not text in UTF-8"),
        (b"x" * (LARGEST + 1), "2 MB is the most"),
    ],
)
def test_a_file_that_is_no_text_is_refused(data: bytes, said: str) -> None:
    with pytest.raises(Refused, match=said):
        text_of(data)


def test_text_is_read_with_any_mark_of_its_order() -> None:
    assert text_of("Łódź".encode("utf-16")) == text_of("\ufeffŁódź".encode()) == "Łódź"


# What it would do


def outcome(text: str, *, replace: bool = False) -> Outcome:
    return take_over(INVESTORS, read_names(text), replace=replace)


def test_new_names_are_told_from_those_that_are_there() -> None:
    found = outcome("Benchmark; BM\nsequoia capital, LLC\nACCEL; Accel Partners")

    assert found.new == [Entry("Benchmark", ("BM",))]
    assert found.there == ["Sequoia Capital"]
    assert found.more == [("Accel", ("Accel Partners",))]
    assert [entry.name for entry in found.entries] == ["Sequoia Capital", "Accel", "Benchmark"]
    assert found.changes == 2


def test_a_name_that_comes_twice_is_taken_once() -> None:
    found = outcome("Benchmark\nBENCHMARK; BM")

    assert found.new == [Entry("Benchmark", ("BM",))]
    assert [each.line for each in found.twice] == [2]


def test_a_spelling_of_another_name_is_left_out() -> None:
    found = outcome("Sequoia\nBenchmark; Accel")

    assert found.new == [Entry("Benchmark")]
    assert [(each.line, each.said) for each in found.taken] == [
        (1, "“Sequoia” is another spelling of “Sequoia Capital” already."),
        (2, "“Accel” stands for “Accel” already, so not for “Benchmark”."),
    ]


def test_short_names_are_told_where_names_match_inside_longer_ones() -> None:
    assert outcome("GV\nBenchmark").short == ["GV"]


def test_replacing_says_what_goes() -> None:
    found = outcome("Sequoia Capital\nBenchmark", replace=True)

    assert found.gone == ["Accel"]
    assert found.more == [("Sequoia Capital", ())]
    assert found.entries == [Entry("Sequoia Capital"), Entry("Benchmark")]


def test_a_file_that_would_take_most_of_a_list_away_is_refused() -> None:
    long = NamedList("l", "L", entries=tuple(Entry(f"Name {letter}") for letter in "abcde"))

    with pytest.raises(Refused, match="take 3 of 5 names off the list, such as Name c"):
        take_over(long, [Read("Name a", (), 1), Read("Name b", (), 2)], replace=True)
