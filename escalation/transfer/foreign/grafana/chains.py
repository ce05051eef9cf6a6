"""Escalation chains of Grafana OnCall, made into policies.

A chain is a list of steps: those that notify somebody go on at once, and others wait. So a layer is made of the steps
that notify between two waits, and waits as long as the waits up to the next of them together.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Final

from escalation.transfer.document import Policy, ScheduleTarget, UsersTarget
from escalation.transfer.findings import Code
from escalation.transfer.foreign.bundle import Bundle
from escalation.transfer.foreign.fields import natural, seconds, text_in
from escalation.transfer.foreign.grafana.people import Members
from escalation.transfer.foreign.grafana.shapes import TEXTS, listed
from escalation.transfer.foreign.items import Item
from escalation.transfer.foreign.ledger import Ledger, Part, usable
from escalation.transfer.foreign.steps import Step, Target, layers_of
from escalation.transfer.reading import values

REPEATS: Final = 5
"""How often OnCall goes through a chain again that has a step to repeat it."""

_NO_TIME: Final = timedelta(0)
_UNSAID_WAIT: Final = timedelta(minutes=5)
_DAY: Final = timedelta(days=1)

_DROPPED: Final[Mapping[str, str]] = {
    "trigger_webhook": "triggers a webhook",
    "notify_user_group": "notifies a user group of Slack",
    "notify_whole_channel": "notifies a whole channel of Slack",
    "declare_incident": "declares an incident in Grafana",
    "resolve": "resolves the alert by itself, and ends there",
}
_CONDITIONS: Final[Mapping[str, tuple[Code, str]]] = {
    "notify_if_time_from_to": (Code.TIME_CONDITION, "goes on only at some times of the day (UTC)"),
    "notify_if_num_alerts_in_window": (Code.COUNT_CONDITION, "goes on only after a number of alerts"),
}


class Chains:
    """Reads the chains of a bundle."""

    def __init__(self, bundle: Bundle, ledger: Ledger, members: Members) -> None:
        self._bundle = bundle
        self._ledger = ledger
        self._members = members
        self._steps: dict[str, list[Item]] = defaultdict(list)
        steps = listed(bundle, "escalation_policies")
        for chain, item in usable(steps, lambda item: (text_in(item, "escalation_chain_id"), item)):
            self._steps[chain].append(item)
        self._kinds: Mapping[str, Callable[[Part, Item], tuple[Target, ...]]] = {
            "notify_persons": self._people,
            "notify_person_next_each_time": self._in_turn,
            "notify_on_call_from_schedule": self._schedule,
            "notify_team_members": self._team,
        }

    def read(self) -> tuple[Policy, ...]:
        """Return all that can be said here."""
        return tuple(usable(listed(self._bundle, "escalation_chains"), self._policy))

    def _policy(self, item: Item) -> Policy:
        part = self._ledger.part("policies", "escalation_chain", item, name=item.read("name", values.text))
        items = sorted(self._steps[text_in(item, "id")], key=lambda step: step.read("position", natural))
        reached, repeats = _reached(part, items)
        steps = tuple(usable(reached, lambda step: self._step(part, step)))
        part.check()
        return Policy(
            key=part.key,
            name=part.name,
            description=None,
            repeat_count=REPEATS if repeats else 0,
            repage_after_ack_minutes=None,
            layers=layers_of(part, steps if repeats else _without_end(steps)),
        )

    def _step(self, part: Part, item: Item) -> Step:
        kind = text_in(item, "type")
        if kind == "wait":
            return Step(targets=(), wait=_wait(part, item), path=item.path)
        if kind in _CONDITIONS:
            code, said = _CONDITIONS[kind]
            message = f"{said}, which no layer does. Decide there: take the step out, or make two chains of it."
            part.block(code, message, path=item.path, was=item.shown())
        targets = self._targets(part, item, kind)
        is_important = item.read("important", values.boolean, False)
        if targets and is_important:
            message = "has a step that is marked as important; here everybody is paged by their rules for the severity."
            part.lossy(Code.IMPORTANCE_DROPPED, message, path=item.path)
        return Step(targets=targets, wait=_NO_TIME, path=item.path)

    def _targets(self, part: Part, item: Item, kind: str) -> tuple[Target, ...]:
        if kind in self._kinds:
            targets = self._kinds[kind](part, item)
            said = "names nobody"
        elif kind in _DROPPED:
            targets, said = (), _DROPPED[kind]
        else:
            message = f"has a step of a kind that is not known here, {kind or 'none'}. Take it out there."
            part.block(Code.STEP_DROPPED, message, path=item.path, was=item.shown())
        if not targets:
            part.lossy(Code.STEP_DROPPED, f"has a step that {said}; it is left out.", path=item.path, was=item.shown())
        return targets

    def _people(self, part: Part, item: Item) -> tuple[Target, ...]:
        return self._named(item, "persons_to_notify")

    def _in_turn(self, part: Part, item: Item) -> tuple[Target, ...]:
        targets = self._named(item, "persons_to_notify_next_each_time")
        if targets:
            message = "notifies one person after the other, each time the next; here it pages all of them."
            part.lossy(Code.ROUND_ROBIN_DROPPED, message, path=item.path)
        return targets

    def _named(self, item: Item, field: str) -> tuple[Target, ...]:
        users = tuple(map(self._members.people.key, item.parsed(field, TEXTS, ())))
        return (UsersTarget(users=users),) if users else ()

    def _schedule(self, part: Part, item: Item) -> tuple[Target, ...]:
        schedule = text_in(item, "notify_on_call_from_schedule")
        return (ScheduleTarget(schedule=self._ledger.key("schedules", schedule)),) if schedule else ()

    def _team(self, part: Part, item: Item) -> tuple[Target, ...]:
        team = text_in(item, "team_to_notify")
        users = self._members.of_team(team)
        if not users:
            return ()
        message = f"notifies the team {self._members.team(team)!r}; here it names those who are in it now, whoever comes or goes."
        part.lossy(Code.TEAM_EXPANDED, message, path=item.path, was=team, now=list(users))
        return (UsersTarget(users=users),)


def _reached(part: Part, items: Sequence[Item]) -> tuple[Sequence[Item], bool]:
    """Return the steps that are gone through, and whether that is repeated: none comes after a repeat, or an end."""
    for number, item in enumerate(items):
        kind, after = text_in(item, "type"), items[number + 1 :]
        if kind == "resolve":
            return items[: number + 1], False
        if kind == "repeat_escalation":
            if after:
                message = (
                    f"has steps that come after {REPEATS} repeats; they are left out, and the fallback is paged then."
                )
                part.lossy(Code.STEPS_AFTER_REPEAT, message, path=after[0].path, was=[step.shown() for step in after])
            return items[:number], True
    return items, False


def _without_end(steps: Sequence[Step]) -> Sequence[Step]:
    """Return steps of which the last that notifies somebody does not say how long it waits, if nothing waits after it."""
    last = max((number for number, step in enumerate(steps) if step.targets), default=len(steps))
    if last == len(steps) or any(step.wait for step in steps[last:]):
        return steps
    return (*steps[:last], replace(steps[last], wait=None), *steps[last + 1 :])


def _wait(part: Part, item: Item) -> timedelta:
    """Return how long a step waits. A day is told as 0 seconds, for the API leaves out the days of a duration."""
    wait = item.read("duration", seconds, None)
    if wait is None:
        message = "has a step that does not say how long it waits; OnCall waits five minutes then."
        part.note(Code.LAST_TIMEOUT_DEFAULTED, message, path=item.path, now=5)
        return _UNSAID_WAIT
    return wait or _DAY
