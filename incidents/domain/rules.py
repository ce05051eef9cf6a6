"""A person's rules as a page keeps them: decided once, when it is fired, and carried through JSON.

Where an incident can wait until morning (severity medium or low), a person's quiet hours leave out their loud methods:
for the whole page, so nothing is held back and nothing comes in a heap at dawn. The account's email goes at once, as
always, and so does the ladder its way. What is left out is told with its reason.

Example: rules [SMS at 0, email at 0], quiet from 22:00 to 07:00. A page of severity low fired at 23:00 is the email
alone, and says "quiet hours until 07:00"; one of severity high is both.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Final, Literal
from uuid import UUID

from escalation.domain.local_time import zone_named
from escalation.domain.model import (
    ACCOUNT_EMAIL,
    ALL_SEVERITIES,
    MethodId,
    Person,
    Recipient,
    Rule,
    UserId,
    World,
)
from escalation.domain.roster import is_address
from escalation.domain.span import Span, or_never
from escalation.domain.windows import spell
from incidents.domain.run import text

CAN_WAIT: Final = frozenset({"medium", "low"})
"""The severities for which quiet hours count."""

Reason = Literal["unverified", "quiet_hours"]

_ADDRESS_RULES: Final = (
    Rule(method=ACCOUNT_EMAIL, after=timedelta(0), every=None, severities=ALL_SEVERITIES, usable=True),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class LeftOut:
    """A method whose rules do not count for a page, and why; ``until`` ends the quiet hours, None for never."""

    method: MethodId
    because: Reason
    until: datetime | None = None


def person_called(world: World, recipient: Recipient) -> Person:
    """Return whom a duty of ``world`` calls; a plain address is somebody with that email and nothing else."""
    if is_address(recipient):
        return Person(user=UserId(recipient), active=True, rules=_ADDRESS_RULES)
    return world.people[UserId(recipient)]


def frozen_rules(person: Person, severity: str, at: datetime) -> tuple[tuple[Rule, ...], tuple[LeftOut, ...]]:
    """Return the rules of a page fired at ``at``, and what of them is left out.

    All rules are there; those left out are not usable. Never raises: quiet hours in a zone nobody knows silence nothing.
    """
    quiet = _quiet_around(person, severity, at)
    rules: list[Rule] = []
    left_out: dict[MethodId, LeftOut] = {}
    for rule in person.rules:
        counts = severity in rule.severities
        if counts and not rule.usable:
            left_out[rule.method] = LeftOut(method=rule.method, because="unverified")
        elif counts and rule.loud and quiet is not None and quiet.value:
            left_out[rule.method] = LeftOut(method=rule.method, because="quiet_hours", until=or_never(quiet.ends_at))
            rule = replace(rule, usable=False)
        rules.append(rule)
    return tuple(rules), tuple(left_out.values())


def _quiet_around(person: Person, severity: str, at: datetime) -> Span[bool] | None:
    """Return whether it is quiet around ``at``, from when until when; None where quiet hours do not count."""
    zone = None if person.quiet is None or severity not in CAN_WAIT else zone_named(person.quiet.timezone)
    return None if person.quiet is None or zone is None else spell(person.quiet.windows, zone, at)


def rules_to_json(rules: Sequence[Rule]) -> list[dict[str, Any]]:
    """Return ``rules`` as JSON values; durations in whole seconds."""
    return [
        {
            "method": str(rule.method),
            "afterSeconds": int(rule.after.total_seconds()),
            "everySeconds": None if rule.every is None else int(rule.every.total_seconds()),
            "severities": sorted(rule.severities),
            "usable": rule.usable,
            "loud": rule.loud,
        }
        for rule in rules
    ]


def rules_from_json(values: Sequence[dict[str, Any]]) -> tuple[Rule, ...]:
    """Return the rules ``rules_to_json`` wrote; what an older release wrote knows nothing loud."""
    return tuple(
        Rule(
            method=MethodId(UUID(value["method"])),
            after=timedelta(seconds=value["afterSeconds"]),
            every=None if value["everySeconds"] is None else timedelta(seconds=value["everySeconds"]),
            severities=frozenset(value["severities"]),
            usable=value["usable"],
            loud=value.get("loud", False),
        )
        for value in values
    )


def left_out_from_json(values: Sequence[dict[str, Any]]) -> tuple[LeftOut, ...]:
    """Return what ``left_out_to_json`` wrote."""
    return tuple(
        LeftOut(
            method=MethodId(UUID(value["method"])),
            because=value["because"],
            until=None if value["until"] is None else datetime.fromisoformat(value["until"]),
        )
        for value in values
    )


def left_out_to_json(left_out: Sequence[LeftOut]) -> list[dict[str, Any]]:
    """Return ``left_out`` as JSON values."""
    return [{"method": str(each.method), "because": each.because, "until": text(each.until)} for each in left_out]
