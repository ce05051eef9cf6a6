"""How instants look in the API: ISO 8601, UTC, three fractional digits and ``Z`` (contract section 1)."""

from __future__ import annotations

from datetime import UTC, datetime


def timestamp(at: datetime) -> str:
    """Return ``at`` as ``2026-01-05T08:00:00.000Z``; finer digits are cut off."""
    return at.astimezone(UTC).isoformat(timespec="milliseconds").removesuffix("+00:00") + "Z"
