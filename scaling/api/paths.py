"""What belongs to the API, and how its paths name resources."""

from __future__ import annotations

import re
from typing import ClassVar
from uuid import UUID

from django.http import HttpRequest

API_PATH = r"^/*v1(/|$)"
NOTHING = UUID(int=0)

_CANONICAL = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE | re.ASCII)

_PREFIXED = re.compile(r"[a-z]+_[0-9a-z]+", re.IGNORECASE | re.ASCII)


def is_api(request: HttpRequest) -> bool:
    """Tell whether every answer to ``request`` has to be JSON: a path under ``/v1``, also after doubled slashes."""
    return re.match(API_PATH, request.path_info) is not None


def parse_uuid(text: str) -> UUID | None:
    """Return the UUID that ``text`` spells in the canonical 36 characters, in either case; else nothing."""
    return UUID(text) if _CANONICAL.fullmatch(text) else None


class ResourceId:
    """The path converter ``resource_id``: hands the view a UUID.

    What is no UUID becomes the nil UUID, which names no row, so that a malformed id gets by construction the answer
    of an unknown one (contract C14).
    """

    regex: ClassVar[str] = "[^/]+"

    def to_python(self, value: str) -> UUID:
        """Return the id, or the nil UUID."""
        return parse_uuid(value) or NOTHING

    def to_url(self, value: UUID | str) -> str:
        """Return the id as a path spells it."""
        return str(value)


class PrefixedId:
    """The path converter ``prefixed_id``: hands the view the id of an organization, a user or a key.

    It is read in either case, as UUIDs are. What cannot be one becomes the empty text, which names nobody.
    """

    regex: ClassVar[str] = "[^/]+"

    def to_python(self, value: str) -> str:
        """Return the id, or the empty text."""
        return value.lower() if _PREFIXED.fullmatch(value) else ""

    def to_url(self, value: str) -> str:
        """Return the id as a path spells it."""
        return value
