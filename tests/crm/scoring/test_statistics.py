"""PostgreSQL plans with figures that are up to date."""

import pytest
from django.db import connection

from crm.models import Company
from crm.scoring.statistics import refresh_statistics

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_table_that_has_grown_is_looked_at_again_once() -> None:
    Company.objects.bulk_create(Company(name=f"Company {number}") for number in range(100))
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_stat_force_next_flush()")  # a session tells once a second what it changed

    looked_at = refresh_statistics()

    assert ("public.crm_company" in looked_at) is (connection.vendor == "postgresql")
    assert refresh_statistics() == []
