"""The order of layers, as a body tells it."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from rest_framework import serializers

from scaling.api.fields import StrictText
from scaling.api.paths import NOTHING, parse_uuid


class OrderedIdField(StrictText):
    """An id in an order; a text that is none names no row."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(max_length=255, allow_blank=True, **kwargs)

    def run_validation(self, data: Any = serializers.empty) -> UUID:
        """Return the id, or the nil UUID."""
        return parse_uuid(super().run_validation(data)) or NOTHING
