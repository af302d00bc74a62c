"""docs/api.md says what there is: its examples run, one after the other, against a server."""

import os
import re
import shutil
import subprocess
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from pytest_django.live_server_helper import LiveServer

from crm.api.urls import api
from crm.integrations import new_key
from crm.models import Activity, BulkJob, Company, Contact, Deal, WebhookSubscription
from personas.models import Ruleset
from tests.crm.api.calling import integration
from tests.factories import company, contact, now

TEXT = (Path(__file__).resolve().parents[2] / "docs" / "api.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"```(sh|python)\n(.*?)```", TEXT, re.DOTALL)


def test_every_address_it_names_exists() -> None:
    shapes = {re.sub(r"<\w+:(\w+)>", "{}", str(each.pattern)) for each in api}
    named = {
        re.sub(r"\{\w+\}|\$\w+|\b\d+\b", "{}", each.split("?")[0]).lstrip("/")
        for each in re.findall(r"`(?:(?:GET|POST|PATCH|DELETE|,) ?)*(/[a-z-]+/[^` ]*)", TEXT)
        if not each.startswith("/api/")
    }

    assert named - {"{}/"} <= shapes


@pytest.mark.skipif(not shutil.which("curl"), reason="the examples call curl")
@pytest.mark.django_db(transaction=True)
def test_its_examples_can_be_run_as_they_stand(
    live_server: LiveServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    call_command("load_preset")
    at, somebody = company(20, domain="known.example"), contact(company(30), "Cook")
    _, key = new_key(integration(), by=None, at=now())
    for name, value in {
        "ICP_URL": live_server.url, "ICP_KEY": key, "COMPANY": str(at.pk), "CONTACT": str(somebody.pk),
    }.items():  # fmt: skip
        monkeypatch.setenv(name, value)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(time, "sleep", work_meanwhile(time.sleep))
    names: dict[str, Any] = {}

    try:
        run_all(names)
    finally:
        if "api" in names:
            names["api"].close()
    assert set(Company.objects.filter(domain__in=["acme.com", "beta.com"]).values_list("city", flat=True)) == {
        "Berlin", "Köln",
    }  # fmt: skip
    assert Contact.objects.get(pk=somebody.pk).company == at
    assert Contact.objects.get(email="ada@acme.com").name == "Ada"
    assert Activity.objects.get(kind="call").company == at
    assert Deal.objects.get().stage == "lost"
    assert Ruleset.objects.active().get().note == "From git"
    assert WebhookSubscription.objects.count() == 2
    assert BulkJob.objects.filter(state="done").count() == 2
    assert names["refused"] == []
    assert len(names["answers"]) == 2


def work_meanwhile(sleep: Callable[[float], None]) -> Callable[[float], None]:
    """A sleep in which a worker does what there is, where an example sleeps and not the server."""

    def rest(seconds: float) -> None:
        if threading.current_thread() is threading.main_thread() and seconds == 1:
            call_command("scoring_worker", "--once")
        else:
            sleep(seconds)

    return rest


def run_all(names: dict[str, Any]) -> None:
    """Every example ran, those in Python in one place with these names."""
    for language, block in BLOCKS:
        if language == "python":
            exec(compile(block, "docs/api.md", "exec"), names)
        elif "export ICP_URL" not in block:
            shell(block)


def shell(block: str) -> None:
    """The lines ran, and every call in them was answered as one hopes for."""
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", block.replace("curl ", "curl --fail-with-body --silent --show-error ")],
        capture_output=True,
        text=True,
        check=False,
        env=os.environ,
        timeout=60,
    )
    assert done.returncode == 0, f"{block}\n{done.stdout}\n{done.stderr}"
