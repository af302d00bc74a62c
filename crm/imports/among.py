"""Rows whose column has one of many values, which go to the database as one parameter.

The ORM's `__in` writes a placeholder for each value, and ten thousand of them
take longer to put together and to read than the search.
"""

import json
from collections.abc import Collection
from typing import TYPE_CHECKING, Any

from django.db.models import BooleanField, F
from django.db.models.lookups import Lookup

if TYPE_CHECKING:
    Base = Lookup[Any]
else:
    Base = Lookup


class Among(Base):
    """True where the column has one of these texts or whole numbers; for `filter`."""

    prepare_rhs = False
    output_field = BooleanField()

    def __init__(self, column: str, values: Collection[int] | Collection[str]) -> None:
        super().__init__(F(column), list(values))

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, tuple[Any, ...]]:
        sql, parameters = self.process_lhs(compiler, connection)
        if connection.vendor == "postgresql":
            return f"{sql} = ANY(%s)", (*parameters, self.rhs)
        return f"{sql} IN (SELECT value FROM json_each(%s))", (  # noqa: S608
            *parameters,
            json.dumps(self.rhs),
        )
