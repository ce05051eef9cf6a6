"""Escalations of Opsgenie, made into policies.

The delays of their rules all count from when the alert came in, so a layer waits for the difference to the next delay.
Example: 0, 5 and 10 minutes are layers that wait 5 and 5 minutes; the last one waits as long as a repeat does.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import timedelta
from itertools import groupby, pairwise
from operator import attrgetter
from typing import NamedTuple

from escalation.transfer.document import Policy
from escalation.transfer.findings import Code
from escalation.transfer.foreign.bundle import Bundle
from escalation.transfer.foreign.fields import natural, text_in
from escalation.transfer.foreign.items import Item
from escalation.transfer.foreign.ledger import Ledger, Part, usable
from escalation.transfer.foreign.opsgenie.calls import Call, Calls, Directory
from escalation.transfer.foreign.opsgenie.people import Everybody
from escalation.transfer.foreign.opsgenie.shapes import duration_in, id_of, listed
from escalation.transfer.foreign.opsgenie.teams import Teams
from escalation.transfer.foreign.steps import Step, layers_of, repeat_count
from escalation.transfer.reading import values


class _Repeat(NamedTuple):
    """How often all rules are gone through again, and how long after the last one; None where that is never."""

    times: int
    wait: timedelta | None


def policies_of(bundle: Bundle, ledger: Ledger, people: Everybody, teams: Teams) -> tuple[Policy, ...]:
    """Return the policies that the escalations of a bundle are."""
    items = [item for _, item in listed(bundle, "escalations")]
    directory = Directory(ledger, people, teams, dict(usable(items, lambda item: (id_of(item), item))))
    return tuple(usable(items, lambda item: _policy(directory, item)))


def _policy(directory: Directory, item: Item) -> Policy:
    part = directory.ledger.part("policies", "escalation", item, name=item.read("name", values.text))
    if not item.read("enabled", values.boolean, True):
        part.lossy(Code.SCHEDULE_DISABLED, "is switched off there; here it pages as soon as an incident names it.")
    calls = Calls(directory, part).of(item)
    repeat = _repeat(part, item)
    return Policy(
        key=part.key,
        name=part.name,
        description=part.description(text_in(item, "description"), item.path_of("description")),
        repeat_count=repeat.times,
        repage_after_ack_minutes=None,
        layers=layers_of(part, tuple(_steps(calls, repeat.wait))),
    )


def _steps(calls: Sequence[Call], last_wait: timedelta | None) -> Iterator[Step]:
    """Yield the steps of calls: those at one time are one, and what comes first pages at once."""
    steps = [(after, tuple(found)) for after, found in groupby(sorted(calls, key=_AFTER), key=_AFTER)]
    if steps and steps[0][0]:
        yield Step(targets=(), wait=steps[0][0], path=steps[0][1][0].path)
    waits = [later - after for (after, _), (later, _) in pairwise(steps)]
    for (_, found), wait in zip(steps, [*waits, last_wait], strict=False):
        yield Step(targets=tuple(call.target for call in found), wait=wait, path=found[0].path)


_AFTER = attrgetter("after")


def _repeat(part: Part, item: Item) -> _Repeat:
    repeat = item.inner("repeat")
    wait = timedelta(0) if repeat is None else duration_in(repeat, "waitInterval")
    if repeat is None or not wait:
        return _Repeat(0, None)
    _tell_repeat(part, repeat)
    return _Repeat(repeat_count(part, repeat.read("count", natural, 1), repeat.path), wait)


def _tell_repeat(part: Part, repeat: Item) -> None:
    if repeat.read("closeAlertAfterAll", values.boolean, False):
        message = "closes the alert after the last repeat; here the incident stays open, and the fallback is paged."
        part.lossy(Code.STEP_DROPPED, message, path=repeat.path_of("closeAlertAfterAll"))
    if repeat.read("resetRecipientStates", values.boolean, False):
        message = "takes acknowledgements back at each repeat; here an acknowledgement ends all paging."
        part.note(Code.SERVICE_SETTING_NOT_IMPORTED, message, path=repeat.path_of("resetRecipientStates"))
