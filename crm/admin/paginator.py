"""Counting that stops early: on a long list nobody needs the exact number."""

from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.utils.functional import cached_property

MOST_COUNTED = 10_000


class CappedPaginator(Paginator):  # type: ignore[type-arg]  # not generic when it runs
    """Counts rows up to MOST_COUNTED; what lies beyond is reached by searching, filtering or sorting."""

    template_name = "crm/list/pagination.html"

    @cached_property
    def counted(self) -> int:
        """How many rows there are, or one more than MOST_COUNTED."""
        if isinstance(self.object_list, QuerySet):
            return self.object_list.order_by()[: MOST_COUNTED + 1].count()
        return len(self.object_list)

    @property
    def capped(self) -> bool:
        """Whether there are more rows than were counted."""
        return self.counted > MOST_COUNTED

    @cached_property
    def count(self) -> int:
        return min(self.counted, MOST_COUNTED)
