"""Escalation policies of GoAlert.

A step pages its actions and waits after that, so step by step is layer by layer, in the order of their numbers.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain

from escalation.transfer.document import Policy, ScheduleTarget, UsersTarget
from escalation.transfer.findings import Code
from escalation.transfer.foreign.bundle import Bundle
from escalation.transfer.foreign.fields import minutes, natural, text_in
from escalation.transfer.foreign.goalert.pages import Reference, destination_in, listed, target_in
from escalation.transfer.foreign.goalert.schedules import Schedules
from escalation.transfer.foreign.items import Item
from escalation.transfer.foreign.ledger import Ledger, Part, usable
from escalation.transfer.foreign.people import People
from escalation.transfer.foreign.steps import Step, Target, layers_of, repeat_count
from escalation.transfer.reading import values


class Policies:
    """Reads them."""

    def __init__(self, bundle: Bundle, ledger: Ledger, people: People, schedules: Schedules) -> None:
        self._items = listed(bundle, "escalationPolicies")
        self._ledger = ledger
        self._people = people
        self._schedules = schedules

    def read(self) -> tuple[Policy, ...]:
        """Return those that are not blocked."""
        return tuple(usable(self._items, self._policy))

    def _policy(self, item: Item) -> Policy:
        part = self._ledger.part("policies", "escalationPolicy", item, name=text_in(item, "name"))
        _tell_settings(part, item)
        steps = sorted(enumerate(item.each("steps")), key=lambda each: each[1].read("stepNumber", natural, each[0]))
        return Policy(
            key=part.key,
            name=part.name,
            description=part.description(text_in(item, "description"), item.path_of("description")),
            repeat_count=repeat_count(part, item.read("repeat", values.integer, 0), item.path_of("repeat")),
            repage_after_ack_minutes=None,
            layers=layers_of(part, [self._step(part, step) for _, step in steps]),
        )

    def _step(self, part: Part, step: Item) -> Step:
        if step.read("multiAck", values.boolean, False):
            message = "wants several people to acknowledge a step; here the first acknowledgement ends it for all."
            part.lossy(Code.COUNT_CONDITION, message, path=step.path_of("multiAck"), was=True, now=False)
        targets = chain.from_iterable(self._targets(part, *each) for each in _paged(step))
        return Step(targets=tuple(targets), wait=step.read("delayMinutes", minutes, None), path=step.path)

    def _targets(self, part: Part, item: Item, reference: Reference) -> Iterator[Target]:
        kind, identifier = reference
        if kind == "user" and identifier:
            yield UsersTarget(users=(self._people.key(identifier),))
        elif kind == "schedule" and identifier:
            yield ScheduleTarget(schedule=self._ledger.key("schedules", identifier))
        elif kind == "rotation" and identifier:
            yield ScheduleTarget(schedule=self._schedules.of_rotation(identifier))
        else:
            message = (
                f"has a step that notifies something ({kind or 'of no type'}) that a layer cannot page; it is left out."
            )
            part.lossy(Code.STEP_DROPPED, message, path=item.path, was=item.shown())


def _paged(step: Item) -> Iterator[tuple[Item, Reference]]:
    """Yield what a step pages: its actions, or where a server is too old to know them, its targets."""
    actions = list(step.each("actions"))
    if actions:
        yield from ((action, destination_in(action)) for action in actions)
    else:
        yield from ((target, target_in(target)) for target in step.each("targets"))


def _tell_settings(part: Part, item: Item) -> None:
    labels = {text_in(label, "key"): text_in(label, "value") for label in item.each("labels")}
    if labels:
        message = "has labels, which policies have not here."
        part.note(Code.SERVICE_SETTING_NOT_IMPORTED, message, path=item.path_of("labels"), was=labels)
    services = [text_in(service, "name", "id") for service in item.each("assignedTo")]
    if services:
        message = "is what services page by. Nothing is sent here yet: give their alerts a route to this policy."
        part.note(Code.ROUTING_NOT_IMPORTED, message, path=item.path_of("assignedTo"), was=services)
