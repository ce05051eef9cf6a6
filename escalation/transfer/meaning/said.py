"""What is said of a change, and of what by it gets worse."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from escalation.domain.times import NEVER, Times
from escalation.transfer.findings import Subject


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What a change means for one schedule or policy, in sentences without a full stop; at least one."""

    subject: Subject
    name: str
    is_new: bool
    sentences: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Worse:
    """A loss of coverage: when somebody was reached and nobody is any more; of what is new, when nobody is.

    ``position`` is that of a layer; None stands for the whole policy, and for a schedule. ``times`` is empty where
    too much changes to tell.
    """

    subject: Subject
    name: str
    position: int | None
    times: Times
    sentence: str


class Said(NamedTuple):
    """What is to be said of one part, which may be nothing."""

    told: Told | None
    worse: tuple[Worse, ...]


class Bearer(NamedTuple):
    """The schedule or policy of which something is said."""

    subject: Subject
    name: str
    is_new: bool

    def told(self, sentences: Sequence[str]) -> Told | None:
        """Return what is told of it; None for nothing."""
        if not sentences:
            return None
        return Told(subject=self.subject, name=self.name, is_new=self.is_new, sentences=tuple(sentences))

    def worse(self, times: Times, sentence: str, position: int | None = None) -> Worse:
        """Return a loss of its coverage."""
        return Worse(subject=self.subject, name=self.name, position=position, times=times, sentence=sentence)

    def untold(self) -> Said:
        """Return that it cannot be told whom it reaches. That may be nobody, so it counts as worse."""
        sentence = f"Whom {self.name} reaches cannot be told, for too much changes in these days"
        return Said(self.told([sentence]), (self.worse(NEVER, sentence),))


@dataclass(frozen=True, slots=True, kw_only=True)
class Meaning:
    """What a change means from ``start`` until before ``end``; of anything later nothing is known.

    ``told`` is about the schedules and policies whose meaning differs, and about those that are new: schedules first,
    each in the order of the document. ``worse`` is what nobody should apply unseen.
    """

    start: datetime
    end: datetime
    told: tuple[Told, ...]
    worse: tuple[Worse, ...]
