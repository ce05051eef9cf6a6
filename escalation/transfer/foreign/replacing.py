"""Overrides of other products, made such as overrides may be here: not over yet, and no two in one place at once."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from itertools import chain
from typing import Any

from escalation.transfer.document import Override
from escalation.transfer.findings import Code
from escalation.transfer.foreign.ledger import Part


def overrides_of(part: Part, overrides: Sequence[Override], now: datetime, path: str) -> tuple[Override, ...]:
    """Return the overrides of a schedule that are not over; where two cover one time, the later of the list counts."""
    coming = [override for override in overrides if max(override.starts_at, now) < override.ends_at]
    if len(coming) < len(overrides):
        message = "has overrides that are over; they are left out."
        part.note(Code.OVERRIDE_PAST_SKIPPED, message, path=path, was=len(overrides), now=len(coming))
    kept: tuple[Override, ...] = ()
    for override in coming:
        covered = [other for other in kept if _meet(other, override)]
        if any(other.user != override.user for other in covered):
            message = "has two overrides for the same time; here the later of the list counts there."
            part.lossy(
                Code.OVERRIDE_UNSUPPORTED, message, path=path, was=[_shown(each) for each in (*covered, override)]
            )
        kept = laid_over(kept, override)
    return kept


def laid_over(overrides: Sequence[Override], override: Override) -> tuple[Override, ...]:
    """Return the overrides with one more, which alone counts where it meets others."""
    covered = [other for other in overrides if _meet(other, override)]
    beside = chain.from_iterable(_beside(other, override) for other in covered)
    return (*(each for each in overrides if each not in covered), *beside, override)


def _meet(one: Override, other: Override) -> bool:
    return one.rotation == other.rotation and one.starts_at < other.ends_at and other.starts_at < one.ends_at


def _beside(covered: Override, override: Override) -> Iterator[Override]:
    """Yield what is left of an override before and after another."""
    if covered.starts_at < override.starts_at:
        yield replace(covered, ends_at=override.starts_at)
    if override.ends_at < covered.ends_at:
        yield replace(covered, starts_at=override.ends_at)


def _shown(override: Override) -> dict[str, Any]:
    return {
        "user": override.user,
        "startsAt": override.starts_at.isoformat(),
        "endsAt": override.ends_at.isoformat(),
        "rotation": override.rotation,
    }
