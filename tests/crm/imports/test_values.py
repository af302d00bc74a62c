"""What cells say."""

from datetime import date
from decimal import Decimal

import pytest

from crm.imports import values, vocabularies
from crm.imports.numerals import Refused, sets_off_by_comma
from personas.rules.facts import Span


@pytest.mark.parametrize(
    ("text", "low", "high"),
    [
        ("37", 37, 37),
        ("3,400", 3400, 3400),
        ("12–60", 12, 60),
        ("12 to 60", 12, 60),
        ("301-2,000 employees", 301, 2000),
        ("5001+", 5001, None),
        ("5,001+ employees", 5001, None),
        ("at least 50", 50, None),
        ("Self-employed", 1, 1),
        ("~70", 70, 70),
        ("ca. 70 Mitarbeiter", 70, 70),
        ("70 (2019)", 70, 70),
        ("2k-6k", 2000, 6000),
        ("2-6k", 2000, 6000),
        ("3.5K", 3500, 3500),
        ("3\u00a0400", 3400, 3400),
        ("3\u202f400", 3400, 3400),
        ("25.0", 25, 25),
        ("<30", 0, 29),
        ("<= 30", 0, 30),
        ("> 700", 701, None),
        ("'41", 41, 41),
    ],
)
def test_a_number_of_people_has_a_lowest_and_a_highest_end(text: str, low: int, high: int | None) -> None:
    assert values.people(text) == Span(low, high)


@pytest.mark.parametrize("text", ["", "N/A", "#N/A", "-", "0", "unknown", "k.A.", "None"])
def test_a_number_of_people_may_be_unknown(text: str) -> None:
    assert values.people(text) is None


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("60-12", "before that"),
        ("-5", "below 0"),
        ("12.5", "whole number"),
        ("many", "not a number"),
        ("Nov-50", "range such as 11-50"),
        ("10-Jan", "range such as 11-50"),
        ("2.10E+07", "shortened by a spreadsheet"),
        ("#NAME?", "error that a spreadsheet left"),
        ("99999999999", "more than there can be"),
        ("3.400", "--decimal"),
    ],
)
def test_a_number_of_people_that_cannot_be_is_refused_with_a_reason(text: str, reason: str) -> None:
    with pytest.raises(Refused, match=reason):
        values.people(text)


def test_a_point_groups_thousands_where_fractions_follow_a_comma() -> None:
    assert values.people("3.400", comma=True) == Span(3400, 3400)


@pytest.mark.parametrize(
    ("text", "low", "high", "currency"),
    [
        ("$250k", 250_000, 250_000, "USD"),
        ("$2.5M", 2_500_000, 2_500_000, "USD"),
        ("7.2 Million", 7_200_000, 7_200_000, None),
        ("$3.472B", 3_472_000_000, 3_472_000_000, "USD"),
        ("$12,345,000 ", 12_345_000, 12_345_000, "USD"),
        ("30,00,00,000", 300_000_000, 300_000_000, None),
        ("12,34,567.89", Decimal("1234567.89"), Decimal("1234567.89"), None),
        ("9,100,000+", 9_100_000, None, None),
        ("€1.5M", 1_500_000, 1_500_000, "EUR"),
        ("2.345.678,90 €", Decimal("2345678.90"), Decimal("2345678.90"), "EUR"),
        ("CHF 1'250'000", 1_250_000, 1_250_000, "CHF"),
        ("Rs. 20,00,000", 2_000_000, 2_000_000, "INR"),
        ("3 crore", 30_000_000, 30_000_000, None),
        ("5 Mio. EUR", 5_000_000, 5_000_000, "EUR"),
        (r"\xc2\xa040,000", 40_000, 40_000, None),
        ("$5M to $20M", 5_000_000, 20_000_000, "USD"),
        ("$5-20M", 5_000_000, 20_000_000, "USD"),
        ("$20B+", 20_000_000_000, None, "USD"),
        ("Less than $1M", 0, Decimal("999999.99"), "USD"),
        ("$0", 0, 0, "USD"),
    ],
)
def test_an_amount_has_ends_and_a_currency(
    text: str, low: Decimal | int, high: Decimal | int | None, currency: str | None
) -> None:
    assert values.money(text) == values.Money(Span(low, high), currency)


@pytest.mark.parametrize("text", ["", "undisclosed", "Unknown", "n/a", "—"])
def test_an_amount_may_be_unknown(text: str) -> None:
    assert values.money(text) is None


@pytest.mark.parametrize("text", ["$", "lots", "-$5", "€5 or $6", "5/18/27", "1.2.3", "$1.200", "1e99"])
def test_an_amount_that_has_no_single_reading_is_refused(text: str) -> None:
    with pytest.raises(Refused):
        values.money(text)


@pytest.mark.parametrize(("text", "months"), [("$5k/mo", 1), ("€60k per year", 12), ("$5k", None)])
def test_an_amount_may_say_of_how_many_months_it_is(text: str, months: int | None) -> None:
    read = values.money(text)

    assert read is not None
    assert read.months == months


def test_a_scale_in_the_header_does_not_scale_an_amount_with_its_own_word() -> None:
    thousands = Decimal(1000)

    plain, worded = values.money("7,200", scale=thousands), values.money("7.2M", scale=thousands)

    assert plain is not None
    assert worded is not None
    assert plain.ends == worded.ends == Span(7_200_000, 7_200_000)


@pytest.mark.parametrize(
    ("texts", "comma"),
    [(["1.234,56", "12"], True), (["1,234.56"], False), (["12.5"], False), (["3,5"], True), (["12", "1.200"], None)],
)
def test_a_file_tells_what_sets_its_fractions_off(texts: list[str], comma: bool | None) -> None:
    assert sets_off_by_comma(texts) is comma


@pytest.mark.parametrize(
    ("text", "year"), [("2014", 2014), ("2014.0", 2014), ("2014-05-01", 2014), ("01.05.2014", 2014), ("None", None)]
)
def test_a_year_is_read_alone_or_from_a_date(text: str, year: int | None) -> None:
    assert values.year(text) == year


@pytest.mark.parametrize("text", ["14", "0999", "2500", "soon", "2.01E+03"])
def test_a_year_that_cannot_be_is_refused(text: str) -> None:
    with pytest.raises(Refused):
        values.year(text)


@pytest.mark.parametrize(
    "text", ["2024-02-07", "7.2.2024", "07 Feb 2024", "7-Feb-24", "Feb 7, 2024", "2024-02-07 10:00"]
)
def test_a_day_is_read_in_the_usual_forms(text: str) -> None:
    assert values.day(text) == date(2024, 2, 7)


def test_a_day_that_may_be_a_month_is_refused() -> None:
    assert values.day("31/01/2024") == values.day("1/31/2024") == date(2024, 1, 31)
    with pytest.raises(Refused, match="day/month or month/day"):
        values.day("3/4/2024")


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("DE", "DE"), ("deu", "DE"), ("Germany", "DE"), ("Deutschland", "DE"), ("Allemagne", "DE"), ("España", "ES"),
        ("U.S.", "US"), ("United States", "US"), ("UK", "GB"), ("United Kingdom", "GB"), ("South Korea", "KR"),
        ("Côte d’Ivoire", "CI"), ("", None), ("N/A", None),
    ],
)  # fmt: skip
def test_a_country_is_read_from_its_code_and_its_names(text: str, code: str | None) -> None:
    assert vocabularies.country(text) == code


@pytest.mark.parametrize("text", ["Atlantis", "XX", "NA"])
def test_a_country_that_we_do_not_know_is_refused(text: str) -> None:
    with pytest.raises(Refused):
        vocabularies.country(text)


@pytest.mark.parametrize(
    ("text", "codes", "place"),
    [
        ("Austin, Texas, United States", True, ("Austin", "US")),
        ("Leeds, GB", True, ("Leeds", "GB")),
        ("Los Angeles, CA", False, ("Los Angeles", None)),
        ("Pune, India", False, ("Pune", "IN")),
        ("Springfield", True, ("Springfield", None)),
    ],
)
def test_a_place_gives_its_city_and_its_country(text: str, codes: bool, place: tuple[str, str | None]) -> None:
    assert vocabularies.place(text, codes=codes) == place


@pytest.mark.parametrize(
    ("text", "separator", "names"),
    [
        ("North Fund;South Fund; north fund", ";", ("North Fund", "South Fund")),
        ("North Fund, LLC, South Fund, Undisclosed investors", ",", ("North Fund, LLC", "South Fund")),
        ("['saas', 'b2b']", ",", ("saas", "b2b")),
        ("[]", ",", ()),
        (", (individual)", ",", ()),
    ],
)
def test_a_list_gives_each_name_once_and_nobody_for_nobody(text: str, separator: str, names: tuple[str, ...]) -> None:
    assert vocabularies.members(text, separator=separator) == names


@pytest.mark.parametrize("text", ["Null", "True", "007", "1-800 Flowers & Co", "#hash", "Lucky 7e"])
def test_a_name_may_look_like_anything(text: str) -> None:
    assert values.company_name(text) == text


@pytest.mark.parametrize("text", ["", " ", "-", "N/A", "unknown"])
def test_a_placeholder_is_no_name(text: str) -> None:
    assert values.company_name(text) is None


@pytest.mark.parametrize("text", ["#NAME?", "2.10E+07", "nul\x00byte", "byte\udce9", "x" * 301])
def test_a_name_that_was_damaged_is_refused(text: str) -> None:
    with pytest.raises(Refused):
        values.company_name(text)


def test_a_name_cannot_turn_the_direction_of_writing() -> None:
    assert values.company_name("\u202egnp.exe \n Ltd") == "gnp.exe Ltd"


def test_a_round_that_says_little_is_unknown_and_a_strange_one_is_refused() -> None:
    assert vocabularies.STAGES["series b"] == "series_b"
    assert values.one_of("Series_E", vocabularies.STAGES, "stage") == "series_d_plus"
    assert values.one_of("venture_unspecified", vocabularies.STAGES, "stage") is None
    with pytest.raises(Refused, match="no stage that we know"):
        values.one_of("Series Ω", vocabularies.STAGES, "stage")
