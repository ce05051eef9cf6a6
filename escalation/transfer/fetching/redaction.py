"""Taking phone numbers and addresses of people out of a page before it is kept."""

from __future__ import annotations

import json
from collections.abc import Set as AbstractSet


def without_contacts(content: bytes, fields: AbstractSet[str]) -> bytes:
    """Return a page, which is JSON, with every text in and below these fields blank. All else says the same."""
    return json.dumps(_blanked(json.loads(content.decode("utf-8-sig")), fields), ensure_ascii=False).encode()


def _blanked(value: object, fields: AbstractSet[str], is_contact: bool = False) -> object:
    if isinstance(value, dict):
        return {name: _blanked(inner, fields, is_contact or name in fields) for name, inner in value.items()}
    if isinstance(value, list):
        return [_blanked(inner, fields, is_contact) for inner in value]
    return "" if is_contact and isinstance(value, str) else value
