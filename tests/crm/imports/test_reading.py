"""Files to rows."""

import gzip
from pathlib import Path

import pytest

from crm.imports.encodings import NotATable
from crm.imports.headers import known_header
from crm.imports.reading import BadLine, Row, Table, open_table

HEADER = "Company,Website,Country,Employees"


def table(tmp_path: Path, content: bytes | str, **options: str) -> Table:
    """The table in a file with this content."""
    path = tmp_path / "file.csv"
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return open_table(path, known=known_header, **options)


def rows(table: Table) -> list[list[str]]:
    """The cells of its good rows."""
    return [row.cells for row in table.rows() if isinstance(row, Row)]


def bad(table: Table) -> list[tuple[int, str]]:
    """The lines of its bad ones, and why they are."""
    return [(row.line, row.reason) for row in table.rows() if isinstance(row, BadLine)]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"], ids=["LF", "CRLF", "CR"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"], ids=["comma", "semicolon", "tab"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
def test_a_table_is_read_however_it_was_saved(tmp_path: Path, encoding: str, delimiter: str, end: str) -> None:
    lines = [["Firma", "Land", "Mitarbeiter"], ["Müßig & Söhne", "DE", "12"], ["Café Olé", "FR", "7"]]
    text = "".join(delimiter.join(line) + end for line in lines)
    expected = "mac_roman" if (encoding, end) == ("cp1252", "\r") else encoding

    found = table(tmp_path, text.encode(expected))

    assert (found.encoding, found.delimiter, found.header) == (expected, delimiter, lines[0])
    assert rows(found) == lines[1:]


def test_mac_roman_is_told_from_cp1252_by_its_letters(tmp_path: Path) -> None:
    text = f"{HEADER}\nCafé Zoë,zoe.example,FR,7\nMüßig,muessig.example,DE,12\n"

    assert table(tmp_path, text.encode("mac_roman")).encoding == "mac_roman"
    assert table(tmp_path, text.encode("cp1252")).encoding == "cp1252"


def test_a_packed_file_is_read_whatever_its_name(tmp_path: Path) -> None:
    assert rows(table(tmp_path, gzip.compress(f"{HEADER}\nAcme,acme.example,US,15\n".encode()))) == [
        ["Acme", "acme.example", "US", "15"]
    ]


def test_a_few_broken_bytes_do_not_change_the_encoding_of_the_rest(tmp_path: Path) -> None:
    good = "Müller,mueller.example,DE,5\n" * 40

    found = table(tmp_path, f"{HEADER}\n{good}".encode() + b"M\xfcller,x.example,DE,5\n")

    assert found.encoding == "utf-8"
    assert rows(found)[0][0] == "Müller"
    assert rows(found)[-1][0] == "M\udcfcller"


def test_the_header_may_stand_below_a_title(tmp_path: Path) -> None:
    found = table(tmp_path, f'Notes:\n"Exported, for a reason, by somebody"\n\n{HEADER}\nAcme,,US,15\n')

    assert found.header_line == 4
    assert [row.line for row in found.rows()] == [5]


def test_lines_below_the_table_are_no_data(tmp_path: Path) -> None:
    found = table(tmp_path, f"{HEADER}\nAcme,,US,15\n\nAccounts report\nCopyright (c), somebody\n")

    assert rows(found) == [["Acme", "", "US", "15"]]
    assert found.footer == [4, 5]


def test_rows_after_an_empty_line_are_data(tmp_path: Path) -> None:
    found = table(tmp_path, f"{HEADER}\n\nAcme,,US,15\n\nShort,short.example\n")

    assert [row.line for row in found.rows()] == [3, 5]


def test_a_cell_may_go_over_several_lines(tmp_path: Path) -> None:
    found = table(tmp_path, f'{HEADER}\n"Acme\nof, ""Somewhere""",acme.example,US,15\nBeta,,US,3\n')

    assert rows(found) == [['Acme\nof, "Somewhere"', "acme.example", "US", "15"], ["Beta", "", "US", "3"]]
    assert [row.line for row in found.rows()] == [2, 4]


def test_a_stray_quote_costs_its_own_line_only(tmp_path: Path) -> None:
    found = table(tmp_path, f'{HEADER}\n"Acme,acme.example,US,15\nBeta,,US,3\nGamma,,US,4\n')

    assert [line for line, _ in bad(found)] == [2]
    assert [cells[0] for cells in rows(found)] == ["Beta", "Gamma"]


def test_two_stray_quotes_do_not_swallow_the_rows_between_them(tmp_path: Path) -> None:
    found = table(tmp_path, f'{HEADER}\n"Acme,acme.example,US,15\nBeta,,US,3\nGamma 15",,US,4\nDelta,,US,5\n')

    assert [line for line, _ in bad(found)] == [2, 4]
    assert [cells[0] for cells in rows(found)] == ["Beta", "Delta"]


def test_a_row_with_more_cells_than_columns_is_bad_and_a_short_one_is_not(tmp_path: Path) -> None:
    found = table(tmp_path, f"{HEADER}\nAcme, Inc,acme.example,US,15\nBeta,beta.example\nGamma,,US,4,,\n")

    assert bad(found) == [(2, "has 5 cells for 4 columns: a delimiter in a cell needs quotes around it")]
    assert rows(found) == [["Beta", "beta.example"], ["Gamma", "", "US", "4"]]


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "empty"),
        (b"\n \n", "empty"),
        (b"PK\x03\x04...", "Excel workbook"),
        (b"%PDF-1.7", "a PDF"),
        (b"\x00\x01\x00\x00" * 400, "0"),
        (gzip.compress(b"Company\nAcme\n" * 999, mtime=0)[:60], "damaged"),
    ],
    ids=["nothing", "blank", "workbook", "pdf", "binary", "cut-short"],
)
def test_what_is_no_table_is_refused_with_what_it_is(tmp_path: Path, content: bytes, reason: str) -> None:
    with pytest.raises(NotATable, match=reason):
        list(table(tmp_path, content).rows())


def test_an_encoding_that_does_not_fit_is_refused(tmp_path: Path) -> None:
    with pytest.raises(NotATable, match="--encoding"):
        list(table(tmp_path, f"{HEADER}\nM\u00fcller,,DE,1\n", encoding="ascii").rows())
    with pytest.raises(NotATable, match="unknown encoding"):
        table(tmp_path, HEADER, encoding="klingon")


def test_a_line_without_end_does_not_fill_the_memory(tmp_path: Path) -> None:
    with pytest.raises(NotATable, match="letters"):
        list(table(tmp_path, f"{HEADER}\n" + "x" * 1_000_001).rows())
