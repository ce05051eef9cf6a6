"""Whom an escalation of Opsgenie calls, and how long after the alert came in.

A rule names a person, a schedule, a team or another escalation. A team is made into those who are in it, or into whom
its default routing rule notifies; another escalation into what it calls, as much later as the rule is.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta
from itertools import chain
from typing import Final, NamedTuple

from escalation.transfer.document import ScheduleTarget, UsersTarget
from escalation.transfer.findings import Code
from escalation.transfer.foreign.fields import text_in
from escalation.transfer.foreign.items import Item
from escalation.transfer.foreign.ledger import Ledger, Part, usable
from escalation.transfer.foreign.opsgenie.people import Everybody
from escalation.transfer.foreign.opsgenie.shapes import duration_in, id_of, lower
from escalation.transfer.foreign.opsgenie.teams import ROLES, Teams
from escalation.transfer.foreign.steps import Target
from escalation.transfer.reading import values

MOST_RULES: Final = 1000
"""Of one escalation, with all that it calls: no policy has as many layers."""

_CONDITIONS: Final = ("if-not-acked", "if-not-closed")


class Call(NamedTuple):
    """Whom to page how long after the alert came in."""

    after: timedelta
    target: Target
    path: str


class Directory(NamedTuple):
    """Where to look up whom a rule names."""

    ledger: Ledger
    people: Everybody
    teams: Teams
    escalations: Mapping[str, Item]


class _Named(NamedTuple):
    """Who is named by a rule, and within which escalations and teams, the outermost first."""

    recipient: Item
    notify: str
    after: timedelta
    inside: tuple[str, ...]

    @property
    def id(self) -> str:
        return id_of(self.recipient)

    @property
    def name(self) -> str:
        return text_in(self.recipient, "name", "username", "id")

    def call(self, target: Target) -> tuple[Call, ...]:
        return (Call(self.after, target, self.recipient.path),)


class Calls:
    """Reads what one escalation calls; ``part`` is told what is different here."""

    def __init__(self, directory: Directory, part: Part) -> None:
        self._directory = directory
        self._part = part
        self._rules = 0
        self._kinds: Mapping[str, Callable[[_Named], tuple[Call, ...]]] = {
            "user": self._user,
            "schedule": self._schedule,
            "team": self._team,
            "escalation": self._escalation,
            "all": self._everybody,
            "none": self._nobody,
        }

    def of(self, escalation: Item) -> tuple[Call, ...]:
        """Return the calls of an escalation, in the order of the rules.

        Raises:
            Blocked: a rule can not be said here.
        """
        found = self._of(escalation, timedelta(0), (id_of(escalation),))
        self._part.check()
        return found

    def _of(self, escalation: Item, after: timedelta, inside: tuple[str, ...]) -> tuple[Call, ...]:
        return tuple(
            chain.from_iterable(usable(escalation.each("rules"), lambda rule: self._rule(rule, after, inside)))
        )

    def _rule(self, rule: Item, after: timedelta, inside: tuple[str, ...]) -> tuple[Call, ...]:
        self._rules += 1
        if self._rules > MOST_RULES:
            message = f"calls escalations that call others, more than {MOST_RULES} rules in all."
            self._part.block(Code.NESTED_POLICY_INLINED, message, path=rule.path)
        if rule.read("condition", values.choice(_CONDITIONS), _CONDITIONS[0]) == "if-not-closed":
            message = "has a rule that counts until the alert is closed; here an acknowledgement ends all paging."
            self._part.lossy(Code.CONDITION_CLOSE_DROPPED, message, path=rule.path)
        recipient = rule.inner("recipient") or rule.refuse("names no recipient.")
        notify = rule.read("notifyType", lower, "default")
        return self._named(_Named(recipient, notify, after + duration_in(rule, "delay"), inside))

    def _named(self, named: _Named) -> tuple[Call, ...]:
        self._check_notify(named)
        kind = named.recipient.read("type", lower)
        if kind not in self._kinds:
            message = f"names {named.name!r}, a {kind}, which is not known here. Name the people or their team there."
            self._part.block(Code.TARGET_UNRESOLVED, message, path=named.recipient.path, was=named.recipient.shown())
        return self._kinds[kind](named)

    def _check_notify(self, named: _Named) -> None:
        shown = {"notifyType": named.notify, **named.recipient.shown()}
        if named.notify == "random":
            message = f"pages somebody of {named.name!r} at random. Let it name the people there, or page all of them."
            self._part.block(Code.ROUND_ROBIN_DROPPED, message, path=named.recipient.path, was=shown)
        if named.notify not in {"default", *ROLES} or (named.notify != "default" and _is_schedule(named.recipient)):
            message = f"pages {named.notify!r} of {named.name!r}, and here a schedule pages who is on call. Name people there."
            self._part.block(Code.NEXT_ONCALL_UNSUPPORTED, message, path=named.recipient.path, was=shown)

    def _user(self, named: _Named) -> tuple[Call, ...]:
        return named.call(UsersTarget(users=(self._directory.people.called(self._part, named.recipient),)))

    def _schedule(self, named: _Named) -> tuple[Call, ...]:
        return named.call(ScheduleTarget(schedule=self._directory.ledger.key("schedules", named.id)))

    def _team(self, named: _Named) -> tuple[Call, ...]:
        if named.notify == "default":
            return self._routed(named)
        return named.call(UsersTarget(users=self._directory.teams.members(self._part, named.recipient, named.notify)))

    def _routed(self, named: _Named) -> tuple[Call, ...]:
        route = self._directory.teams.default_route(named.recipient)
        name = self._directory.teams.name(named.recipient)
        if route is None:
            message = f"pages the team {name!r} by its routing rules, and the bundle has no default rule of it."
            self._part.block(Code.TARGET_UNRESOLVED, message, path=named.recipient.path, was=name)
        message = f"pages the team {name!r} by its routing rules; here it pages whom the default one notifies now."
        self._part.lossy(Code.TEAM_EXPANDED, message, path=named.recipient.path, was=name, now=route.shown())
        return self._named(_Named(route, "default", named.after, self._deeper(named)))

    def _escalation(self, named: _Named) -> tuple[Call, ...]:
        inside = self._deeper(named)
        escalation = self._directory.escalations.get(named.id)
        if escalation is None:
            message = f"calls the escalation {named.name!r}, which the bundle does not hold."
            self._part.block(Code.TARGET_UNRESOLVED, message, path=named.recipient.path, was=named.id)
        message = f"calls the escalation {named.name!r}; here it has the layers of that one, as they are now."
        self._part.lossy(Code.NESTED_POLICY_INLINED, message, path=named.recipient.path, was=named.name)
        return self._of(escalation, named.after, inside)

    def _deeper(self, named: _Named) -> tuple[str, ...]:
        if named.id in named.inside:
            message = f"calls {named.name!r}, which leads back to itself. Break the circle there."
            self._part.block(Code.NESTED_POLICY_INLINED, message, path=named.recipient.path, was=list(named.inside))
        return (*named.inside, named.id)

    def _everybody(self, named: _Named) -> tuple[Call, ...]:
        users = self._directory.people.paged
        if not users:
            message = "pages everybody of the account, and the bundle has nobody who is paged."
            self._part.block(Code.TARGET_UNRESOLVED, message, path=named.recipient.path)
        message = "pages everybody of the account; here it names those who are in it now."
        self._part.lossy(Code.TEAM_EXPANDED, message, path=named.recipient.path, now=len(users))
        return named.call(UsersTarget(users=users))

    def _nobody(self, named: _Named) -> tuple[Call, ...]:
        self._part.lossy(Code.STEP_DROPPED, "has a rule that pages nobody; it is left out.", path=named.recipient.path)
        return ()


def _is_schedule(recipient: Item) -> bool:
    return recipient.read("type", lower) == "schedule"
