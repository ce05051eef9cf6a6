"""The API floor: everything about HTTP and JSON that no endpoint decides for itself."""

from __future__ import annotations

from django.urls import register_converter

from scaling.api.paths import PrefixedId, ResourceId

register_converter(ResourceId, "resource_id")  # type: ignore[arg-type]  # its ids come in as text and as UUID
register_converter(PrefixedId, "prefixed_id")  # type: ignore[arg-type]  # its ids are texts, both ways
