"""Every page of the admin asks the database a known number of things, on the sample of three hundred accounts."""

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from tests.addresses import fill, named_addresses

pytestmark = pytest.mark.django_db

FEW = 6
MOST = {
    "admin:auth_user_change": 7,
    "admin:auth_user_delete": 15,
    "admin:crm_activity_change": 7,
    "admin:crm_activity_timeline": 17,
    "admin:crm_company_answer": 20,
    "admin:crm_company_change": 64,
    "admin:crm_company_changelist": 27,
    "admin:crm_company_compare": 22,
    "admin:crm_company_delete": 40,
    "admin:crm_company_history": 16,
    "admin:crm_company_receipt": 22,
    "admin:crm_contact_change": 38,
    "admin:crm_contact_changelist": 7,
    "admin:crm_contact_day_jobs": 7,
    "admin:crm_contact_delete": 10,
    "admin:crm_deal_board": 12,
    "admin:crm_rollout_change": 10,
    "admin:crm_rollout_changelist": 8,
    "admin:crm_simulation_change": 19,
    "admin:crm_simulation_company": 37,
    "admin:index": 33,
    "admin:personas_case": 10,
    "admin:personas_case_new": 9,
    "admin:personas_component": 11,
    "admin:personas_component_new": 9,
    "admin:personas_criterion": 10,
    "admin:personas_customfact_change": 9,
    "admin:personas_customfact_changelist": 22,
    "admin:personas_draft": 26,
    "admin:personas_draft_moves": 7,
    "admin:personas_draft_text": 15,
    "admin:personas_fact": 8,
    "admin:personas_head": 10,
    "admin:personas_namedlist_change": 26,
    "admin:personas_namedlist_changelist": 30,
    "admin:personas_persona_change": 15,
    "admin:personas_persona_changelist": 20,
    "admin:personas_persona_edit": 14,
    "admin:personas_profile_change": 24,
    "admin:personas_profile_changelist": 18,
    "admin:personas_profile_new": 10,
    "admin:personas_publish": 24,
    "admin:personas_ruleset_change": 15,
    "admin:personas_ruleset_changelist": 23,
}
"""The queries of each page that takes more than FEW, by the name of its address."""


def test_no_page_asks_more_than_it_is_known_to(admin_client: Client) -> None:
    fill()
    pages = {name: each for name, each in named_addresses().items() if name.startswith("admin:")}
    del pages["admin:logout"]

    asked = {name: queries(admin_client, each, MOST.get(name, FEW)) for name, each in pages.items()}

    assert {name: count for name, count in asked.items() if count > MOST.get(name, FEW)} == {}
    assert MOST.keys() <= asked.keys()


def queries(client: Client, address: str, most: int) -> int:
    """How many queries a page takes; looked at twice where the first look fills what is kept between them."""
    for _ in range(2):
        with CaptureQueriesContext(connection) as asked:
            client.get(address)
        if len(asked) <= most:
            break
    return len(asked)
