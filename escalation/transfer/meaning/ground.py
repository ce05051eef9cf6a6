"""What all parts of a meaning are told by."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial

from escalation.domain.coverage import Purse
from escalation.domain.intended import IntendedGap, declared_at
from escalation.domain.span import Span, walk
from escalation.domain.times import Times, holding, minus
from escalation.time_words import Outlook, times_in_words
from escalation.transfer.findings import Subject
from escalation.transfer.meaning.names import Names
from escalation.transfer.meaning.sides import Side

Declared = Mapping[Subject, Sequence[IntendedGap]]
"""What is declared for schedules and for policies; the ids are those of ``escalation.transfer.worlds``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """The two sides from ``start`` until before ``end``, what is declared, and the purse for looking further."""

    before: Side
    after: Side
    names: Names
    start: datetime
    end: datetime
    declared: Declared
    further: Purse
    _said: dict[tuple[Times, str], str] = field(default_factory=dict)

    def outlook(self, zone: str) -> Outlook:
        """Return how what is looked at is told of in that zone."""
        return Outlook(start=self.start, end=self.end, zone=zone)

    def in_words(self, times: Times, zone: str) -> str:
        """Return when, in words. Many parts share their gaps, so words once found are kept."""
        if (times, zone) not in self._said:
            self._said[times, zone] = times_in_words(times, self.outlook(zone))
        return self._said[times, zone]

    def undeclared(self, gaps: Times, declared: Sequence[IntendedGap]) -> Times:
        """Return the part of gaps of which nobody has declared that it is there on purpose."""
        if not gaps or not declared:
            return gaps
        spans = walk(partial(declared_at, declared), self.start, self.end)
        said = (Span(bool(each.value), each.starts_at, each.ends_at) for each in spans)
        return minus(gaps, holding(said, self.start, self.end))
