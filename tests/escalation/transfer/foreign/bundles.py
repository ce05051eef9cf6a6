"""Bundles made by hand."""

from __future__ import annotations

import json
from typing import Any

from escalation.transfer.foreign.bundle import Bundle, read_bundle
from escalation.transfer.reading.sources import Source

FETCHED_AT = "2026-11-25T08:00:00Z"


def sources(product: str, *pages: tuple[str, Any] | tuple[str, Any, str], **manifest: Any) -> list[Source]:
    """Return the files of a bundle of ``product``; each page is its kind, what it holds, and whose it is, if told."""
    entries, files = [], []
    for number, (kind, content, *of) in enumerate(pages, 1):
        name = f"{kind}-{number}.json"
        entries.append({"kind": kind, "of": of[0] if of else None, "file": name})
        files.append(Source(name, json.dumps(content).encode()))
    said = {"formatVersion": 1, "source": product, "account": "acme", "fetchedAt": FETCHED_AT, "pages": entries}
    return [Source("manifest.json", json.dumps({**said, **manifest}).encode()), *files]


def bundle(product: str, *pages: tuple[str, Any] | tuple[str, Any, str], **manifest: Any) -> Bundle:
    """Return what is read of ``sources``."""
    return read_bundle(sources(product, *pages, **manifest))
