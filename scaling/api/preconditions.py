"""``ETag`` and ``If-Match`` (contract 1.3): a client may insist that nobody wrote in between.

The tag names a row and its ``version``, which counts every change. The view hands the header to the service, and the
service compares after it locked the row, so that nothing can change between the comparison and the write.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Protocol
from uuid import UUID

import orjson
from django.utils.http import parse_etags

from scaling.errors import PreconditionFailed


class Versioned(Protocol):
    """A row with an id and a version that counts its changes."""

    @property
    def id(self) -> UUID: ...

    @property
    def version(self) -> int: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Content:
    """What hangs on a row and has no version of its own: the tag is drawn from what it says, in JSON values."""

    id: UUID
    says: object

    @property
    def version(self) -> int:
        """The same for the same content, and for no other."""
        return int.from_bytes(hashlib.sha256(orjson.dumps(self.says)).digest()[:8])


def etag(row_id: UUID, version: int) -> str:
    """Return the strong entity tag of a row in a version, quotes included."""
    return f'"{row_id.hex}.{version}"'


def etag_of(row: Versioned) -> str:
    """Return the entity tag of ``row`` as it is now."""
    return etag(row.id, row.version)


def require_any_version(if_match: str | None) -> None:
    """Let a write of what has no versions pass when the client named any (``*``) or none.

    Raises:
        PreconditionFailed: the header names versions, and there are none.
    """
    if if_match is not None and "*" not in parse_etags(if_match):
        raise PreconditionFailed("The resource has no versions; leave If-Match out.")


def require_match(if_match: str | None, row: Versioned) -> None:
    """Let a write pass when the client named the row's current version, any version (``*``), or none.

    Call it inside the service's transaction, after locking ``row``.

    Raises:
        PreconditionFailed: the header names other versions only; weak tags never match.
    """
    if if_match is not None and not {"*", etag_of(row)}.intersection(parse_etags(if_match)):
        raise PreconditionFailed("The resource has changed since you read it.")
