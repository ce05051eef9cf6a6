"""Who is on call in a schedule instead of whom.

Whoever reads it wants to know whose week it is now. So a difference is told once for as long as it lasts; of one that
comes back every day the first few are told, and how many follow.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from itertools import islice
from typing import Final, NamedTuple

from escalation.domain.model import UserId
from escalation.domain.reaching import Called
from escalation.domain.span import Span, apart
from escalation.time_words import Outlook, counted
from escalation.transfer.meaning.names import Names

MOST_TOLD: Final = 3

_PERIODS: Final = {timedelta(days=1): "day", timedelta(days=7): "week"}


class _Change(NamedTuple):
    """``what`` is so instead; where one person serves for another, ``whose`` says so without saying how long."""

    what: str
    whose: str | None
    starts_at: datetime
    ends_at: datetime


def differences(
    before: Iterable[Span[Called]], after: Iterable[Span[Called]], names: Names, outlook: Outlook
) -> Iterator[str]:
    """Yield a sentence for each difference of two timelines within ``outlook``, the first few of many.

    Such as "From Mon 30 Nov 09:00 Europe/Madrid Ana Ruiz takes Bob Lee's week".
    """
    changes = list(_changes(before, after, names))
    for change in changes[:MOST_TOLD]:
        yield _sentence(change, outlook)
    more = len(changes) - MOST_TOLD
    if more > 0:
        there_are = "There is" if more == 1 else "There are"
        yield f"{there_are} {counted(more, 'more such change')} before {outlook.shown(outlook.end)} {outlook.zone}"


def first_difference(
    before: Iterable[Span[Called]], after: Iterable[Span[Called]], names: Names, outlook: Outlook
) -> str | None:
    """Return the sentence for the first difference alone; no more of the timelines is looked at than it takes."""
    return next((_sentence(change, outlook) for change in islice(_changes(before, after, names), 1)), None)


def now_and_next(called: Sequence[Span[Called]], names: Names, outlook: Outlook) -> str:
    """Return such as "Ana Ruiz is on call until Mon 30 Nov 09:00 Europe/Madrid, then Bob Lee"."""
    first = called[0]
    verb = "is" if len(_everybody(first.value)) < 2 else "are"
    everybody = _all_of(first.value, names)
    there = f"{'Nobody' if everybody == 'nobody' else everybody} {verb} on call"
    if first.ends_at >= outlook.end:
        return f"{there} at any time of these days"
    return f"{there} until {outlook.shown(first.ends_at)} {outlook.zone}, then {_all_of(called[1].value, names)}"


def _changes(before: Iterable[Span[Called]], after: Iterable[Span[Called]], names: Names) -> Iterator[_Change]:
    """Yield in order what differs, what goes on as one."""
    last: _Change | None = None
    for (was, now), starts_at, ends_at in apart(before, after):
        change = _change(was, now, starts_at, ends_at, names)
        if change is None:
            continue
        if last is not None and (last.what, last.ends_at) == (change.what, change.starts_at):
            last = last._replace(ends_at=change.ends_at)
            continue
        if last is not None:
            yield last
        last = change
    if last is not None:
        yield last


def _change(was: Called, now: Called, starts_at: datetime, ends_at: datetime, names: Names) -> _Change | None:
    come = [user for user in now.reached if user not in was.reached]
    gone = [user for user in was.reached if user not in now.reached]
    what: str | None
    if come and gone:
        whose = f"{names.of(come[0])} takes {names.of(gone[0])}'s" if len(come) == len(gone) == 1 else None
        what = f"{names.of_all(come)} {_is(come)} on call instead of {_marked(gone, now, names)}"
        return _Change(what, whose, starts_at, ends_at)
    what = _joined(come, was, names) if come else _left(gone, was, now, names)
    return _Change(what, None, starts_at, ends_at) if what else None


def _joined(come: Sequence[UserId], was: Called, names: Names) -> str:
    beside = f"beside {names.of_all(was.reached)}" if was.reached else "where nobody was"
    return f"{names.of_all(come)} {_is(come)} on call {beside}"


def _left(gone: Sequence[UserId], was: Called, now: Called, names: Names) -> str | None:
    if not gone:
        return _reordered(was, now, names)
    silenced = any(user in now.missed for user in gone)
    if not now.reached:
        return f"nobody{' who can be paged' if silenced else ''} is on call instead of {_marked(gone, now, names)}"
    still = f"{names.of_all(now.reached)} still {_is(now.reached)}"
    return f"{_marked(gone, now, names)} {_is(gone)} {'paged' if silenced else 'on call'} no more, {still}"


def _reordered(was: Called, now: Called, names: Names) -> str | None:
    if not now.reached or now.reached[0] == was.reached[0]:
        return None
    return f"{names.of(now.reached[0])} comes first instead of {names.of(was.reached[0])}"


def _marked(users: Sequence[UserId], now: Called, names: Names) -> str:
    """Return their names; that somebody who is on call cannot be paged, is said."""
    silenced = [user for user in users if user in now.missed]
    why = f" ({names.of_all(silenced)} cannot be paged)" if len(silenced) < len(users) else " (cannot be paged)"
    return f"{names.of_all(users)}{why if silenced else ''}"


def _all_of(called: Called, names: Names) -> str:
    everybody = _everybody(called)
    return _marked(everybody, called, names) if everybody else "nobody"


def _everybody(called: Called) -> Sequence[UserId]:
    return [*called.reached, *called.missed]


def _sentence(change: _Change, outlook: Outlook) -> str:
    starts_at, ends_at = max(change.starts_at, outlook.start), change.ends_at
    period = _PERIODS.get(outlook.wall(ends_at) - outlook.wall(starts_at))
    from_now = starts_at == outlook.start
    since = "From now" if from_now else f"From {outlook.shown(starts_at)}"
    since_there = since if from_now else f"{since} {outlook.zone}"
    if change.whose and period:
        return f"{since_there} {change.whose} {period}"
    if ends_at < outlook.end:
        return f"{since} to {outlook.shown(ends_at)} {outlook.zone} {change.what}"
    return f"{since_there} on {change.what}"


def _is(users: Sequence[UserId]) -> str:
    return "is" if len(users) == 1 else "are"
