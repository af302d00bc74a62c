"""The demo has somebody of each role, who sees what the role should."""

import pytest
from django.contrib.auth.models import User
from django.core.management import call_command

from crm.models import Company, Deal

pytestmark = pytest.mark.django_db


@pytest.fixture
def loaded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DEMO_PASSWORD", "an example of a password")
    call_command("demo_data", verbosity=0)
    call_command("demo_data", verbosity=0)


@pytest.mark.usefixtures("loaded")
def test_each_role_of_the_demo_sees_its_part() -> None:
    staff = {user.username: user for user in User.objects.all()}
    sees = {name: Company.objects.visible_to(user).count() for name, user in staff.items()}
    edits = {name: Company.objects.editable_by(user).count() for name, user in staff.items()}

    assert set(staff) == {"demo", "rep", "mate", "manager", "rep-europe", "revops"}
    assert sees["demo"] == sees["revops"] == edits["revops"] == 300
    assert 0 < edits["rep"] < sees["rep"] < 300
    assert edits["manager"] == sees["manager"] == sees["rep"]
    assert sees["rep-europe"] not in (sees["rep"], 300)
    assert all(user.check_password("an example of a password") for user in staff.values())
    assert Deal.objects.visible_to(staff["rep"]).count() < Deal.objects.count()


def test_nobody_signs_in_without_a_password(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DEMO_PASSWORD", raising=False)
    call_command("demo_data", verbosity=0)

    assert not any(user.has_usable_password() for user in User.objects.all())
