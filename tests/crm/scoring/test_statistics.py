"""PostgreSQL plans with figures that are up to date."""

import pytest
from django.db import connection, connections

from crm.models import Company
from crm.scoring.statistics import refresh_statistics

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_table_that_has_grown_is_looked_at_again_once() -> None:
    Company.objects.bulk_create(Company(name=f"Company {number}") for number in range(100))
    connections.close_all()  # a session reports what it changed when it ends

    looked_at = refresh_statistics()

    assert ("public.crm_company" in looked_at) is (connection.vendor == "postgresql")
    assert refresh_statistics() == []
