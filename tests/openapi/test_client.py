"""The Python client that is made from the description works against a server."""

import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest
from pytest_django.live_server_helper import LiveServer

from crm.integrations import new_key
from crm.models import Company
from tests.crm.api.calling import integration
from tests.factories import now, ruleset
from tests.openapi import ROOT

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def client_made(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    folder = tmp_path_factory.mktemp("client")
    made = subprocess.run(
        [sys.executable, "-m", "tests.openapi.client", str(folder / "made")],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert made.returncode == 0, made.stdout + made.stderr
    monkeypatch.syspath_prepend(str(folder / "made"))
    yield
    for name in [each for each in sys.modules if each.split(".")[0] == "icp_crm_client"]:
        del sys.modules[name]


@pytest.mark.usefixtures("client_made")
def test_the_client_writes_in_bulk_lists_and_reads_receipts(live_server: LiveServer) -> None:
    ruleset()
    _, key = new_key(integration(), by=None, at=now())
    from icp_crm_client import AuthenticatedClient
    from icp_crm_client.api.bulk import companies_bulk
    from icp_crm_client.api.companies import companies_list
    from icp_crm_client.api.fit import companies_fit
    from icp_crm_client.models import CompaniesBulkBodyItem as Row

    with AuthenticatedClient(base_url=live_server.url, token=key) as client:
        rows = [
            Row.from_dict({"name": "Acme", "domain": "acme.com", "employees": 120}),
            Row.from_dict({"name": "Tiny", "domain": "tiny.example", "employees": 5}),
        ]
        done: Any = companies_bulk.sync(client=client, body=rows, idempotency_key="night-1")
        again = companies_bulk.sync_detailed(client=client, body=rows, idempotency_key="night-1")
        listed: Any = companies_list.sync(client=client)
        fit: Any = companies_fit.sync(Company.objects.get(domain="tiny.example").pk, client=client)
        nobody: Any = companies_fit.sync(10**6, client=client)

    assert (done.counts.created, done.counts.refused) == (2, 0)
    assert again.headers["Idempotency-Replayed"] == "true"
    assert {each.name for each in listed.results} == {"Acme", "Tiny"}
    assert fit.segment.key == "early"
    assert fit.profiles["early"].verdict == "yes"
    assert nobody.status == 404
