"""Teams of Opsgenie: who is in them, and where they send what nobody else is named for."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from itertools import chain
from typing import Final, NamedTuple

from escalation.transfer.findings import Code
from escalation.transfer.foreign.bundle import Bundle
from escalation.transfer.foreign.fields import text_in
from escalation.transfer.foreign.items import Item
from escalation.transfer.foreign.ledger import Part, usable
from escalation.transfer.foreign.opsgenie.people import Everybody
from escalation.transfer.foreign.opsgenie.shapes import id_of, inner_of, listed, lower, single
from escalation.transfer.reading import values

ROLES: Final[Mapping[str, frozenset[str]]] = {
    "all": frozenset({"admin", "user"}),
    "admins": frozenset({"admin"}),
    "users": frozenset({"user"}),
}
"""Whose role each notify type of a team names. There are roles of one's own, whose bearers are users."""


class _Member(NamedTuple):
    item: Item
    role: str


class Teams:
    """The teams of a bundle, by their ids."""

    def __init__(self, bundle: Bundle, people: Everybody) -> None:
        self._people = people
        teams = (item for _, item in listed(bundle, "teams"))
        self._names = dict(usable(teams, lambda item: (id_of(item), text_in(item, "name"))))
        self._members = dict(usable(single(bundle, "team"), lambda team: (team[0], _members(team[1]))))
        self._rules: dict[str, list[Item]] = {}
        for of, item in listed(bundle, "routing-rules"):
            self._rules.setdefault(of or "", []).append(item)

    def members(self, part: Part, recipient: Item, who: str) -> tuple[str, ...]:
        """Return the keys of those in a team whom a notify type names; ``part`` refers to the team by ``recipient``.

        Raises:
            Blocked: there are none, or the bundle does not tell.
        """
        found = self._members.get(id_of(recipient), ())
        keys = tuple(dict.fromkeys(self._people.reference(each.item) for each in found if each.role in ROLES[who]))
        name = self.name(recipient)
        if not keys:
            message = f"names {who} of the team {name!r}, in which the bundle has nobody of that kind."
            part.block(Code.TARGET_UNRESOLVED, message, path=recipient.path, was=name)
        message = f"names {who} of the team {name!r}; here it names those who are in it now, whoever comes or goes."
        part.lossy(Code.TEAM_EXPANDED, message, path=recipient.path, was=name, now=list(keys))
        return keys

    def default_route(self, recipient: Item) -> Item | None:
        """Return whom a team's default rule notifies, None where the bundle does not tell."""
        rules = self._rules.get(id_of(recipient), [])
        default = next((rule for rule in rules if rule.read("isDefault", values.boolean, False)), None)
        return None if default is None else default.inner("notify")

    def name(self, recipient: Item) -> str:
        """Return what people call a team."""
        return self._names.get(id_of(recipient)) or text_in(recipient, "name", "id")

    def tell_owners(self, whole: Part, bundle: Bundle) -> None:
        """Tell of the teams, and how much each owns: here all of it is the organization's."""
        items = (item for _, item in chain(listed(bundle, "schedules"), listed(bundle, "escalations")))
        owned = Counter(filter(None, usable(items, self._owner)))
        teams = {name: owned[name] for name in sorted({*self._names.values(), *owned})}
        if teams:
            message = "has teams, of which some own schedules and escalations; here everything is the organization's."
            whole.note(Code.SERVICE_SETTING_NOT_IMPORTED, message, was=teams)

    def tell_routes(self, whole: Part) -> None:
        """Tell of the rules by which teams choose who gets an alert: there are none here."""
        for identifier, rules in self._rules.items():
            name = self._names.get(identifier, identifier)
            message = (
                f"has routing rules of the team {name!r}. Here nothing chooses among policies: an incident names one."
            )
            was = [rule.shown() for rule in rules]
            whole.note(Code.ROUTING_NOT_IMPORTED, message, path=rules[0].path, was=was)

    def _owner(self, item: Item) -> str:
        owner = item.inner("ownerTeam")
        identifier = text_in(item, "teamId")
        return self._names.get(identifier, identifier) if owner is None else self.name(owner)


def _members(team: Item) -> tuple[_Member, ...]:
    return tuple(
        _Member(inner_of(member, "user") or member, "admin" if _role(member) == "admin" else "user")
        for member in team.each("members")
    )


def _role(member: Item) -> str:
    return member.read("role", lower, "user")
