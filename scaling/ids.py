"""Identifiers: time-ordered UUIDs for resources, prefixed opaque strings for organizations, users and keys.

Contract section 1: resources are UUIDs of version 7, so sorting by id is sorting by creation; organizations, users,
API keys and invitations are ``org_…``, ``user_…``, ``key_…`` and ``orginv_…``. The text part of a prefixed id is a version 7 UUID in base 32,
so those sort by creation too.
"""

from __future__ import annotations

import base64
from uuid import UUID

from uuid_utils import compat

PREFIXED_ID_LENGTH = 32


def new_uuid() -> UUID:
    """Return a fresh time-ordered UUID (RFC 9562, version 7)."""
    return compat.uuid7()


def _prefixed(prefix: str) -> str:
    text = base64.b32hexencode(new_uuid().bytes).decode().rstrip("=").lower()
    return f"{prefix}_{text}"


def new_organization_id() -> str:
    """Return a fresh ``org_…`` id."""
    return _prefixed("org")


def new_user_id() -> str:
    """Return a fresh ``user_…`` id."""
    return _prefixed("user")


def new_key_id() -> str:
    """Return a fresh ``key_…`` id."""
    return _prefixed("key")


def new_invitation_id() -> str:
    """Return a fresh ``orginv_…`` id."""
    return _prefixed("orginv")
