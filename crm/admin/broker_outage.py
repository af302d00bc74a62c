"""When workers could not be called through Redis."""

from django.contrib import admin
from django.utils.safestring import SafeString

from crm.models import BrokerOutage

from .watching import Facts, WatchingAdmin, moment, state


@admin.register(BrokerOutage)
class BrokerOutageAdmin(WatchingAdmin):
    """The times in which the broker did not answer."""

    list_display = ["began_at", "lasting", "ended", "errors", "reason"]
    about = (
        "Redis carries bells that call the workers. While it is away nothing is lost: "
        "work is found in the database as soon as a worker looks, and manage.py scoring_worker looks without Redis."
    )

    @admin.display(description="State", ordering="ended_at")
    def lasting(self, outage: BrokerOutage) -> SafeString:
        if outage.ended_at is None:
            return state("notifications_off", "no", "Lasts")
        return state("check_circle", "yes", "Over")

    @admin.display(description="Ended", ordering="ended_at")
    def ended(self, outage: BrokerOutage) -> SafeString:
        return moment(outage.ended_at, "not yet")

    def facts(self, row: BrokerOutage) -> Facts:
        return [
            ("State", self.lasting(row)),
            ("Began", moment(row.began_at)),
            ("Ended", moment(row.ended_at, "not yet")),
            ("Bells that could not be sent", f"{row.errors:,}"),
            ("Kind of error", row.reason),
        ]
