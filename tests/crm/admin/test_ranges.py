"""A number or a range in one text field."""

from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError

from crm.admin.company_page.form import CompanyForm
from crm.admin.ranges import Range, RangeField, read_range
from crm.models import Company


def ends(low: str | None, high: str | None) -> Range:
    return Range(*(None if end is None else Decimal(end) for end in (low, high)))


@pytest.mark.parametrize(
    ("text", "low", "high"),
    [
        ("42", "42", "42"),
        ("11-50", "11", "50"),
        ("11 – 50", "11", "50"),
        ("11 to 50", "11", "50"),
        ("10,000+", "10000", None),
        ("at least 10 000", "10000", None),
        ("<20", None, "19"),
        ("fewer than 20", None, "19"),
        ("≤ 20", None, "20"),
        ("at most 20", None, "20"),
        (">20", "21", None),
        (">= 20", "20", None),
        ("1.5m", "1500000", "1500000"),
        ("100k-250k", "100000", "250000"),
        ("0", "0", "0"),
        ("", None, None),
        ("  unknown ", None, None),
    ],
)
def test_a_text_states_a_range(text: str, low: str | None, high: str | None) -> None:
    assert read_range(text) == ends(low, high)


def test_money_steps_in_cents() -> None:
    assert read_range("<$100k", places=2) == ends(None, "99999.99")
    assert read_range("$1,250.50", places=2) == ends("1250.50", "1250.50")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("many", "not a number or a range"),
        ("-5", "not a number or a range"),
        ("1-2-3", "not a number or a range"),
        ("50-11", "lies above the highest"),
        ("100-250k", "unit at both ends"),
        ("10.000", "two ways"),
        ("12.5", "a whole number"),
        ("<0", "below 0"),
        ("5 parsecs", "not a number or a range"),
        ("1,00", "not a number or a range"),
    ],
)
def test_what_states_no_range_is_refused_with_a_remedy(text: str, said: str) -> None:
    with pytest.raises(ValidationError) as error:
        read_range(text)

    assert said in error.value.messages[0]


@pytest.mark.parametrize("low", [None, "0", "7", "250000"])
@pytest.mark.parametrize("high", [None, "250000", "1000000.50"])
def test_what_the_field_shows_reads_back_as_the_same(low: str | None, high: str | None) -> None:
    found = ends(low, high)

    assert read_range(str(found), places=2) == found


def test_more_than_the_column_holds_is_refused() -> None:
    field = RangeField(most=Decimal(1_000))

    with pytest.raises(ValidationError, match="too much"):
        field.clean("1,001")


def test_unknown_is_not_zero() -> None:
    assert str(ends(None, None)) == ""
    assert str(ends("0", "0")) == "0"


def test_the_form_fills_both_columns() -> None:
    form = CompanyForm({"name": "Acme", "employees": "11-50"}, instance=Company(employees_low=5, employees_high=5))

    assert form.is_valid()
    assert (form.instance.employees_low, form.instance.employees_high) == (11, 50)
    assert form.initial["employees"] == ends("5", "5")
    assert "employees" in form.changed_data
    assert "consumer_users" not in form.changed_data
