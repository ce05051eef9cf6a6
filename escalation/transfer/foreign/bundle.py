"""Bundles: what another product answered, page by page, as it was received.

A bundle is a directory. Its ``manifest.json`` says what each of the other files is::

    {"formatVersion": 1, "source": "pagerduty", "account": "https://api.pagerduty.com",
     "fetchedAt": "2026-11-25T08:00:00Z", "toolVersion": "1.0", "weeks": 26, "counts": {"schedules": 12}, "short": [],
     "pages": [{"kind": "schedules", "of": null, "file": "schedules-1.json"},
               {"kind": "overrides", "of": "PSCH001", "file": "overrides-PSCH001-1.json"}]}

``kind`` is the list or the object that a page holds, a word of the product's reader; ``of`` is the id of the object
whose list it is, where the page itself does not tell. Pages of one kind are read in the order of the manifest. ``weeks``
says over how long from ``fetchedAt`` on the product was asked who is on call, and ``short`` which kinds it gave only in
part.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import PurePath
from typing import Any, Final, NamedTuple

from escalation.transfer.foreign.items import Item
from escalation.transfer.reading import values
from escalation.transfer.reading.json_tree import json_tree
from escalation.transfer.reading.nodes import Node, Place
from escalation.transfer.reading.parsers import REQUIRED, Parser, many, record, scalar
from escalation.transfer.reading.problems import Problems, Refused
from escalation.transfer.reading.sources import Source, text_of
from scaling.errors import InvalidInput

BUNDLE_VERSION: Final = 1
MANIFEST: Final = "manifest.json"
PRODUCTS: Final = ("pagerduty", "opsgenie", "grafana-oncall", "goalert")
MAX_BYTES: Final = 200_000_000
MAX_FILES: Final = 100_000
"""Twelve for each of 8,000 people: Opsgenie tells the steps of each rule of each person on a page of their own."""


class Page(NamedTuple):
    """One answer: what it holds, whose it is, and the JSON value."""

    kind: str
    of: str | None
    content: Node


@dataclass(frozen=True, slots=True, kw_only=True)
class Bundle:
    """All that was fetched of one account at one time. ``problems`` collects what its reader finds wrong with it.

    For ``weeks`` from ``fetched_at`` on it holds who the product says is on call, None where nobody knows how long.
    ``short`` are the kinds of which there is more than the product gave.
    """

    source: str
    account: str
    fetched_at: datetime
    weeks: int | None = None
    short: tuple[str, ...] = ()
    contents: tuple[Page, ...]
    problems: Problems

    def pages(self, kind: str) -> Iterator[Page]:
        """Yield the pages of a kind, in their order."""
        return (page for page in self.contents if page.kind == kind)

    def each(self, kind: str, field: str) -> Iterator[tuple[str | None, Item]]:
        """Yield every object of the lists in ``field`` of all pages of a kind, with the ``of`` of its page.

        A page that is not so is told, and left out.
        """
        for page in self.pages(kind):
            try:
                for item in Item(page.content, self.problems).each(field):
                    yield page.of, item
            except Refused:
                continue


class _Entry(NamedTuple):
    kind: str
    of: str | None
    file: str


class _Manifest(NamedTuple):
    format_version: int
    source: str
    account: str
    fetched_at: datetime
    tool_version: str
    weeks: int | None
    counts: object
    short: tuple[str, ...]
    pages: tuple[_Entry, ...]


def is_bundle(sources: Sequence[Source]) -> bool:
    """Tell whether one of the files says what the others are."""
    return any(_name_of(source) == MANIFEST for source in sources)


def read_bundle(sources: Sequence[Source]) -> Bundle:
    """Return the bundle that these files are, whose manifest is among them. Those it does not name are not read.

    Raises:
        Unreadable: it is none, a file of it is missing or no JSON, or all together are too large.
    """
    problems = Problems()
    try:
        bundle = _read(sources, problems)
    except Refused:
        problems.refuse()
        raise
    problems.refuse()
    return bundle


def _read(sources: Sequence[Source], problems: Problems) -> Bundle:
    _check_sizes(sources, problems)
    files = {_name_of(source): source for source in sources}
    if MANIFEST not in files:
        problems.add(Place(MANIFEST), "is missing; it says what the other files are.")
        raise Refused
    manifest = _MANIFEST("", _tree(files[MANIFEST], problems), problems)
    return Bundle(
        source=manifest.source,
        account=manifest.account,
        fetched_at=manifest.fetched_at,
        weeks=manifest.weeks,
        short=manifest.short,
        contents=tuple(_pages(manifest.pages, files, problems)),
        problems=problems,
    )


def _check_sizes(sources: Sequence[Source], problems: Problems) -> None:
    if len(sources) > MAX_FILES or sum(len(source.content) for source in sources) > MAX_BYTES:
        most = f"at most {MAX_FILES} files of {MAX_BYTES // 1_000_000} MB in all are read together"
        problems.add(Place(MANIFEST), f"belongs to a bundle that is too large: {most}.")
        raise Refused


def _pages(entries: Sequence[_Entry], files: Mapping[str, Source], problems: Problems) -> Iterator[Page]:
    for entry in entries:
        if entry.file not in files:
            problems.add(Place(MANIFEST), f"names {entry.file!r}, which is missing.")
            continue
        try:
            yield Page(entry.kind, entry.of, _tree(files[entry.file], problems))
        except Refused:
            continue


def _tree(source: Source, problems: Problems) -> Node:
    return json_tree(source.name, text_of(source, problems), problems)


def _name_of(source: Source) -> str:
    return PurePath(source.name).name


def _checked_version(version: int) -> int:
    if version != BUNDLE_VERSION:
        raise InvalidInput([("", f"must be {BUNDLE_VERSION}: no other is known here.")])
    return version


def _anything(value: Any) -> object:
    return value


_TEXT: Final = (scalar(values.text), REQUIRED)

_ENTRY: Final = record(_Entry, {"kind": _TEXT, "of": (scalar(values.or_none(values.text)), None), "file": _TEXT})

_MANIFEST: Final[Parser[_Manifest]] = record(
    _Manifest,
    {
        "format_version": (scalar(values.of_integer(_checked_version)), REQUIRED),
        "source": (scalar(values.choice(PRODUCTS)), REQUIRED),
        "account": (scalar(values.text), ""),
        "fetched_at": (scalar(values.instant), REQUIRED),
        "tool_version": (scalar(values.text), ""),
        "weeks": (scalar(values.or_none(values.integer)), None),
        "counts": (scalar(_anything), None),
        "short": (many(scalar(values.text)), ()),
        "pages": (many(_ENTRY), REQUIRED),
    },
)
