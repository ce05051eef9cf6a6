"""Escalation policies of PagerDuty.

A rule pages its targets and waits after that, so rule by rule is layer by layer; ``num_loops`` are the passes besides the
first.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain
from typing import Any, Final

from escalation.transfer.document import Policy, ScheduleTarget, UsersTarget
from escalation.transfer.findings import Code
from escalation.transfer.foreign.bundle import Bundle
from escalation.transfer.foreign.fields import minutes, natural, text_in
from escalation.transfer.foreign.items import Item
from escalation.transfer.foreign.ledger import Ledger, Part, usable
from escalation.transfer.foreign.pagerduty.shapes import kind_of
from escalation.transfer.foreign.people import People
from escalation.transfer.foreign.steps import Step, Target, layers_of, repeat_count
from escalation.transfer.reading import values

_SCHEDULES: Final = ("schedule", "schedule_v3")
_EVERYONE: Final = "assign_to_everyone"
_HANDOFF_NOTICES: Final = "if_has_services"
"""What PagerDuty does where nobody has chosen."""


def policies_of(bundle: Bundle, ledger: Ledger, people: People) -> tuple[Policy, ...]:
    """Return the policies of the bundle that are not blocked."""
    items = (item for _, item in bundle.each("escalation_policies", "escalation_policies"))
    return tuple(usable(items, lambda item: _policy(ledger, people, item)))


def _policy(ledger: Ledger, people: People, item: Item) -> Policy:
    part = ledger.part("policies", "escalation_policy", item, name=text_in(item, "name"))
    _tell_settings(part, item)
    return Policy(
        key=part.key,
        name=part.name,
        description=part.description(item.read("description", values.text, ""), item.path_of("description")),
        repeat_count=repeat_count(part, item.read("num_loops", natural, 0), item.path_of("num_loops")),
        repage_after_ack_minutes=None,
        layers=layers_of(part, [_step(ledger, people, part, rule) for rule in item.each("escalation_rules")]),
    )


def _step(ledger: Ledger, people: People, part: Part, rule: Item) -> Step:
    _tell_strategy(part, rule)
    targets = chain.from_iterable(_targets(ledger, people, part, item) for item in rule.each("targets"))
    wait = rule.read("escalation_delay_in_minutes", minutes, None)
    return Step(targets=tuple(targets), wait=wait, path=rule.path)


def _targets(ledger: Ledger, people: People, part: Part, item: Item) -> Iterator[Target]:
    kind, identifier = kind_of(item), item.read("id", values.text)
    if kind == "user":
        yield UsersTarget(users=(people.key(identifier),))
    elif kind in _SCHEDULES:
        yield ScheduleTarget(schedule=ledger.key("schedules", identifier))
    else:
        message = f"has a rule that pages something ({kind or 'of no type'}) that is neither a schedule nor a person; it is left out."
        part.lossy(Code.STEP_DROPPED, message, path=item.path, was=item.shown())


def _tell_strategy(part: Part, rule: Item) -> None:
    strategies = _names(rule.plain("escalation_rule_assignment_strategy"))
    if any(strategy != _EVERYONE for strategy in strategies):
        message = "has a rule that gives incidents to one target after the other; here each incident pages all of them."
        part.lossy(Code.ROUND_ROBIN_DROPPED, message, path=rule.path, was=strategies)


def _names(strategy: Any) -> list[str]:
    """Return the names of strategies, which PagerDuty tells as a text, as an object, or as a list of either."""
    if isinstance(strategy, list):
        return list(chain.from_iterable(map(_names, strategy)))
    if isinstance(strategy, dict):
        return _names(strategy.get("type"))
    return [] if strategy is None else [str(strategy)]


def _tell_settings(part: Part, item: Item) -> None:
    notices = text_in(item, "on_call_handoff_notifications")
    teams = [text_in(team, "summary", "name", "id") for team in item.each("teams")]
    was = {
        **({"on_call_handoff_notifications": notices} if notices not in ("", _HANDOFF_NOTICES) else {}),
        **({"teams": teams} if teams else {}),
    }
    if was:
        message = "has settings that policies have not here."
        part.note(Code.SERVICE_SETTING_NOT_IMPORTED, message, was=was)
    services = [text_in(service, "summary", "name", "id") for service in item.each("services")]
    if services:
        message = "is what services page by. Nothing is sent here yet: give their alerts a route to this policy."
        part.note(Code.ROUTING_NOT_IMPORTED, message, path=item.path_of("services"), was=services)
