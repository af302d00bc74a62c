"""Bodies with nothing in them that is not known: a misspelt field is refused, and never passed over."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from rest_framework import serializers
from rest_framework.exceptions import ValidationError

from .parameters import strangers

if TYPE_CHECKING:
    Base = serializers.Serializer[Any]
else:
    Base = object


class Strict(Base):
    """A serializer that refuses members it does not have; mixed in before the serializer.

    Members that can only be read are passed over, so that a record may be sent back as it came.
    """

    def to_internal_value(self, data: Any) -> Any:
        wrong: dict[str, Any] = {}
        if isinstance(data, Mapping):
            writable = [name for name, field in self.fields.items() if not field.read_only]
            wrong = strangers((name for name in data if name not in self.fields), writable, "There is no such field.")
        try:
            value = super().to_internal_value(data)
        except ValidationError as error:
            raise ValidationError(
                {**wrong, **error.detail} if isinstance(error.detail, dict) else error.detail
            ) from None
        if wrong:
            raise ValidationError(wrong)
        return value


class Whole(Strict):
    """A part of a body that is said as a whole, in a partial update too; mixed in before the serializer."""

    def to_internal_value(self, data: Any) -> Any:
        if isinstance(data, Mapping):
            missing = [
                name for name, each in self.fields.items() if each.required and not each.read_only and name not in data
            ]
            if missing:
                raise ValidationError({name: ["This field is required."] for name in missing})
        return super().to_internal_value(data)
