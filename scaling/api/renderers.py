"""Replies as JSON."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import orjson
from rest_framework.renderers import BaseRenderer

from scaling.api.timestamps import timestamp


def encode(value: object) -> bytes:
    """Return ``value`` as JSON; instants in the form of ``scaling.api.timestamps``, UUIDs canonical."""
    return orjson.dumps(value, default=_encode_instant, option=orjson.OPT_PASSTHROUGH_DATETIME)


def _encode_instant(value: object) -> str:
    if isinstance(value, datetime):
        return timestamp(value)
    raise TypeError(f"{type(value).__name__} has no JSON form")


class JsonRenderer(BaseRenderer):
    """The one renderer of the API."""

    media_type = "application/json"
    format = "json"
    charset = None
    render_style = "binary"

    def render(
        self,
        data: Any,
        accepted_media_type: str | None = None,
        renderer_context: Mapping[str, Any] | None = None,
    ) -> bytes:
        """Return the body; nothing for a reply without data."""
        return b"" if data is None else encode(data)
