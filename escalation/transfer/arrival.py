"""What any reader hands on: a document, where it comes from, and how it differs from what was meant."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, NamedTuple

from escalation.transfer.document import Document
from escalation.transfer.findings import Finding, Section, Subject

ALL_OF_A_USER: Final = frozenset({"first_name", "last_name", "active"})
"""What an organization says of its people."""


class ExternalRef(NamedTuple):
    """What another product calls an object: the product, the account there, the type and the id.

    By it an import finds again what an earlier one made, whatever it is called by now.
    """

    source: str
    account: str
    type: str
    id: str


class Shift(NamedTuple):
    """Who was to be on call from ``starts_at`` until before ``ends_at``: the key of a user of the document."""

    user: str
    starts_at: datetime
    ends_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Timeline:
    """Who is on call in a schedule from ``start`` until before ``end``, as the other product itself computed it.

    Where no shift says otherwise, nobody is. Shifts may overlap: then all of them are on call together.
    """

    start: datetime
    end: datetime
    shifts: tuple[Shift, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrival:
    """A document out of files, and all that is to be said of it.

    Keys that its references name may lack in the document, because what they stand for is blocked or was never there.
    ``paths`` say where parts stand in the files; ``timelines`` are by the key of their schedule. ``unsaid`` are fields
    about which the files say nothing: what is here already keeps what it has there. ``sections`` are those of which the
    files say all there is to be; of the others, what they do not name may be there all the same.
    """

    document: Document
    findings: tuple[Finding, ...] = ()
    refs: Mapping[Subject, ExternalRef] = field(default_factory=dict)
    paths: Mapping[Subject, str] = field(default_factory=dict)
    unsaid: Mapping[Subject, frozenset[str]] = field(default_factory=dict)
    sections: frozenset[Section] = frozenset({"schedules", "policies"})
    timelines: Mapping[str, Timeline] = field(default_factory=dict)
