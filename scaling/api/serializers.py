"""Bodies and query strings checked as a whole."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, cast

from rest_framework import serializers

READ_ONLY_NAMES = frozenset({"id", "orgId", "createdBy", "createdAt", "updatedAt"})
UNKNOWN_FIELD = "This field does not exist."


class StrictSerializer(serializers.Serializer[Any]):
    """The fields of a body; any other field is an error that names it, so that a typo never passes silently.

    The fields the server sets (and ``parent_id``, where a resource has a parent) are ignored, so that a client may
    send back what it read. ``refused`` gives fields that exist elsewhere a message that says where.
    """

    parent_id: ClassVar[str | None] = None
    refused: ClassVar[Mapping[str, str]] = {}

    def to_internal_value(self, data: Any) -> Any:
        """Return the checked values of the fields that were sent.

        Raises:
            ValidationError: with every mistake of the body at once.
        """
        found = {**self._missing(data), **self._unknown(data)} if isinstance(data, Mapping) else {}
        try:
            value = super().to_internal_value(data)
        except serializers.ValidationError as exc:
            raise serializers.ValidationError({**cast(dict[str, Any], exc.detail), **found}) from None
        if found:
            raise serializers.ValidationError(found)
        return value

    def _missing(self, data: Mapping[str, Any]) -> dict[str, list[Any]]:
        """Return what a part of a PATCH lacks: the body is partial then, each of its parts is whole."""
        if self.root is self or not getattr(self.root, "partial", False):
            return {}
        required = {name: field for name, field in self.fields.items() if field.required}
        return {name: [field.error_messages["required"]] for name, field in required.items() if name not in data}

    def _unknown(self, data: Mapping[str, Any]) -> dict[str, list[str]]:
        ignored = READ_ONLY_NAMES | {self.parent_id}
        return {
            name: [self.refused.get(name, UNKNOWN_FIELD)] for name in data if name not in self.fields.keys() | ignored
        }


class QuerySerializer(serializers.Serializer[Any]):
    """The parameters of a query string; unknown ones are ignored (B27)."""
