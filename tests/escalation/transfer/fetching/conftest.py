"""Fetching from a stand-in, without a second of waiting."""

from __future__ import annotations

import io
import json
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import pytest

from escalation.transfer.fetching.calls import Patience
from escalation.transfer.fetching.errors import FetchFailed
from escalation.transfer.fetching.service import Order, fetch_bundle
from scaling.progress import progress
from tests.standins import TOKEN

NOW = datetime(2026, 11, 25, 8, 0, 0, 123456, tzinfo=UTC)


@dataclass
class Fetched:
    """What came of a fetch: the directory, what was told meanwhile, the waits in seconds, and how it failed."""

    out: Path
    told: str = ""
    waits: list[float] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)
    failed: str = ""

    @property
    def manifest(self):
        return json.loads((self.out / "manifest.json").read_bytes())

    def files(self, kind):
        """Return the contents of a kind's files, in the order of the manifest."""
        return [(self.out / page["file"]).read_bytes() for page in self.manifest["pages"] if page["kind"] == kind]

    def pages(self):
        """Return kinds and whose they are, in the order of the manifest."""
        return [(page["kind"], page["of"]) for page in self.manifest["pages"]]


@pytest.fixture
def fetch(tmp_path):
    """Return a function that fetches; ``now`` and whatever an order says can be given."""

    def run(standin, *, product="pagerduty", token=TOKEN, now=NOW, jitter=0.0, sleep=None, **order):
        order = {"base_url": standin.url, "out": tmp_path / "bundle", **order}
        told, fetched = io.StringIO(), Fetched(order["out"])
        with progress(told) as steps:
            patience = Patience(note=steps.note, sleep=sleep or fetched.waits.append, jitter=lambda: jitter)
            try:
                fetched.missing = list(fetch_bundle(Order(product=product, **order), token, steps, patience, now=now))
            except FetchFailed as failed:
                fetched.failed = str(failed)
        fetched.told = told.getvalue()
        return fetched

    return run
