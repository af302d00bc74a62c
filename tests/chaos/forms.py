"""The admin's form of a company, filled in and sent as a browser does."""

import re
import sys
from datetime import date

from django.db import DatabaseError, InterfaceError
from django.test import Client
from django.urls import reverse

FORMSET = re.compile(r'name="([^"]+)-TOTAL_FORMS"')
FIELDS = (
    "domain", "parent", "country", "industry", "company_type", "notes", "consumer_users", "monthly_revenue_usd",
    "funding_total_usd", "funding_stage", "project_stage", "status", "founded", "owner", "team",
    "lifecycle_stage",
)  # fmt: skip
COMPLETE = ("funding_researched_on", "people_researched_on", "tags_researched_on")
DATABASE_AWAY = (DatabaseError, InterfaceError)


class Refused(Exception):
    """The form was not stored, as far as we were told; a `fault` when the database was not the reason."""

    def __init__(self, said: str, *, fault: bool) -> None:
        super().__init__(said)
        self.fault = fault


class Desk:
    """Someone signed in to the admin who keeps companies."""

    def __init__(self) -> None:
        self.client = Client(SERVER_NAME="127.0.0.1", raise_request_exception=False)
        self.formsets: list[str] = []
        self.errors: list[BaseException | None] = []

    def remember(self, **kwargs: object) -> None:
        """Receiver: what went wrong in a request."""
        self.errors.append(sys.exc_info()[1])

    def sign_in(self) -> None:
        """Afterwards the session is there, and which parts the form has is known."""
        if not self.client.login(username="chaos", password="chaos"):
            raise Refused("signing in failed", fault=True)
        page = self.client.get(reverse("admin:crm_company_add")).content.decode()
        self.formsets = sorted(set(FORMSET.findall(page)))

    def save(self, company: int, *, employees: str, city: str) -> None:
        """The company has this size and city, every other field of its form is empty; raises Refused when not."""
        if not self.formsets:
            self.sign_in()
        address = reverse("admin:crm_company_change", args=[company])
        data = dict.fromkeys(FIELDS, "") | dict.fromkeys(COMPLETE, date.today().isoformat())  # noqa: DTZ011
        data |= {"name": f"Company {company}", "employees": employees, "city": city}
        for formset in self.formsets:
            data |= {f"{formset}-TOTAL_FORMS": "0", f"{formset}-INITIAL_FORMS": "0"}
        self.errors.clear()
        response = self.client.post(address, data | {"_continue": "1"})
        if response.status_code == 302 and response.headers["Location"].endswith(address):
            return
        if response.status_code == 302 and "/login/" in response.headers["Location"]:
            self.formsets = []
            raise Refused("signed out", fault=False)
        away = any(isinstance(error, DATABASE_AWAY) for error in self.errors)
        names = (type(error).__name__ for error in self.errors)
        raise Refused(" ".join(["status", str(response.status_code), *names]), fault=not away)
