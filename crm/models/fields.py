"""Columns that keep one form of a value."""

from typing import TYPE_CHECKING, Any

from django.core.exceptions import ValidationError
from django.db import models

from crm.names import NotADomain, name_key, registrable_domain

if TYPE_CHECKING:
    Chars = models.CharField[Any, Any]
    Integers = models.IntegerField[Any, Any]
else:
    Chars, Integers = models.CharField, models.IntegerField


class NameKeyField(Chars):
    """What different spellings of the row's name share; filled from `name` whenever the row is saved."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{"max_length": 300, "editable": False} | kwargs)

    def pre_save(self, model_instance: models.Model, add: bool) -> str:
        key = name_key(getattr(model_instance, "name", ""))[:300]
        setattr(model_instance, self.attname, key)
        return key


class DomainField(Chars):
    """A registrable domain in lower case; addresses typed into a form are brought to it."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{"max_length": 253} | kwargs)

    def to_python(self, value: Any) -> str | None:
        if not isinstance(value, str):
            return None
        try:
            return registrable_domain(value)
        except NotADomain as error:
            raise ValidationError(str(error), code="domain") from error

    def get_prep_value(self, value: Any) -> Any:
        return models.Field.get_prep_value(self, value) or None


class KnownTextField(Chars):
    """A text that is known, or NULL; an empty text is never stored."""

    if TYPE_CHECKING:
        _pyi_private_set_type: Any
        _pyi_private_get_type: Any

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{"max_length": 200, "null": True, "blank": True} | kwargs)

    def get_prep_value(self, value: Any) -> Any:
        return super().get_prep_value(value) or None


class PointsField(Integers):
    """Points, kept as a whole number of hundredths."""

    description = "Points in hundredths"
