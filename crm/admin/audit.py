"""What the audits found."""

from django.contrib import admin
from django.utils.safestring import SafeString

from crm.models import Audit

from .watching import Facts, WatchingAdmin, moment, state


@admin.register(Audit)
class AuditAdmin(WatchingAdmin):
    """A row a day: fresh results that were worked out again, and how many were wrong."""

    list_display = ["day", "verdict", "looked", "wrong", "orphans", "last"]
    about = (
        "Every minute some results that call themselves fresh are worked out again from the facts. "
        "One that is wrong is counted here and repaired; there should be none."
    )

    @admin.display(description="Result")
    def verdict(self, audit: Audit) -> SafeString:
        if audit.wrong or audit.orphans:
            return state("error", "no", "Wrong results")
        return state("check_circle", "yes", "All right")

    @admin.display(description="Last run", ordering="last_at")
    def last(self, audit: Audit) -> SafeString:
        return moment(audit.last_at)

    def facts(self, row: Audit) -> Facts:
        return [
            ("Result", self.verdict(row)),
            ("Runs", f"{row.runs:,}"),
            ("Results worked out again", f"{row.looked:,}"),
            ("Of these wrong", f"{row.wrong:,}"),
            ("Companies that had no fit", f"{row.orphans:,}"),
            ("Last run", moment(row.last_at)),
            ("Last wrong one", moment(row.last_wrong_at)),
            ("Companies it was found in, by id", row.last_wrong or "none"),
        ]
