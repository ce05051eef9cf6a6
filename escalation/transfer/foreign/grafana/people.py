"""People of Grafana OnCall, and the teams they are in."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from itertools import chain
from typing import Any

from escalation.transfer.document import User
from escalation.transfer.findings import Code
from escalation.transfer.foreign.bundle import Bundle
from escalation.transfer.foreign.fields import natural, text_in
from escalation.transfer.foreign.grafana.shapes import TEXTS, listed
from escalation.transfer.foreign.items import Item
from escalation.transfer.foreign.ledger import Ledger, Part, usable
from escalation.transfer.foreign.naming import person_names
from escalation.transfer.foreign.people import People
from escalation.transfer.keys import key_of_email
from escalation.transfer.reading import values

_SETTINGS = ("role", "timezone")


class Members:
    """The people of a bundle, by their ids, and the teams."""

    def __init__(self, bundle: Bundle, ledger: Ledger) -> None:
        self._ledger = ledger
        self.people = People(ledger, bundle.source)
        self._teams = dict(usable(listed(bundle, "teams"), lambda item: (text_in(item, "id"), text_in(item, "name"))))
        self._in_team: dict[str, list[str]] = defaultdict(list)
        rules, items = _personal_rules(bundle), list(listed(bundle, "users"))
        for user, teams in usable(items, lambda item: (_user(ledger, item, rules), item.parsed("teams", TEXTS, ()))):
            self.people.add(user)
            for team in teams:
                self._in_team[team].append(user.key)
        self._tell_settings(items)

    def reference(self, identifier: str, email: str = "") -> str:
        """Return the key of the person with that id, or that address, also where nobody has either."""
        key = key_of_email(email)
        if self._ledger.found("users", identifier) is None and any(user.key == key for user in self.people.users):
            return key
        return self.people.key(identifier)

    def of_team(self, team: str) -> tuple[str, ...]:
        """Return the keys of those who are in a team."""
        return tuple(self._in_team[team])

    def team(self, identifier: str) -> str:
        """Return what people call a team."""
        return self._teams.get(identifier, identifier)

    def tell_owners(self, bundle: Bundle) -> None:
        """Tell how much is a team's, or tells Slack of changes: here all of it is the organization's."""
        items = chain(listed(bundle, "schedules"), listed(bundle, "escalation_chains"))
        found = Counter(chain.from_iterable(usable(items, lambda item: tuple(self._owners(item)))))
        if found:
            message = (
                "has teams that own schedules and escalation chains, and schedules that tell Slack who is on call."
            )
            self._ledger.whole.note(Code.SERVICE_SETTING_NOT_IMPORTED, message, was=dict(sorted(found.items())))

    def _tell_settings(self, items: Sequence[Item]) -> None:
        found = Counter(chain.from_iterable(usable(items, lambda item: tuple(self._settings(item)))))
        if found:
            message = (
                "has roles, teams, time zones and Slack accounts of people, which are not imported. "
                "Everybody new is a member."
            )
            self._ledger.whole.note(Code.SERVICE_SETTING_NOT_IMPORTED, message, was=dict(sorted(found.items())))

    def _settings(self, item: Item) -> Iterator[str]:
        yield from (f"{field}: {text_in(item, field)}" for field in _SETTINGS if text_in(item, field))
        yield from (f"team: {self.team(team)}" for team in item.parsed("teams", TEXTS, ()))
        if item.plain("slack"):
            yield "slack"

    def _owners(self, item: Item) -> Iterator[str]:
        team, slack = text_in(item, "team_id"), item.plain("slack")
        if team:
            yield f"team: {self.team(team)}"
        if any(slack.values()) if isinstance(slack, dict) else slack:
            yield "slack"


def _user(ledger: Ledger, item: Item, rules: Mapping[str, list[Item]]) -> User:
    username = text_in(item, "username")
    part = ledger.user("user", item, email=text_in(item, "email"), name=username)
    _tell_rules(part, rules.get(text_in(item, "id"), []))
    if item.read("is_phone_number_verified", values.boolean, False):
        message = "has a telephone number, which Grafana OnCall does not tell. They add it here themselves."
        part.note(Code.CHANNEL_UNSUPPORTED, message, path=item.path_of("is_phone_number_verified"))
    first_name, last_name = ("", "") if "@" in username else person_names(username)
    return User(key=part.key, email=part.name, first_name=first_name, last_name=last_name, active=True)


def _personal_rules(bundle: Bundle) -> Mapping[str, list[Item]]:
    rules: dict[str, list[Item]] = defaultdict(list)
    for user, item in usable(
        listed(bundle, "personal_notification_rules"), lambda item: (text_in(item, "user_id"), item)
    ):
        rules[user].append(item)
    return rules


def _tell_rules(part: Part, rules: Sequence[Item]) -> None:
    if rules:
        message = (
            "has personal notification rules, which they set here again; until then they are paged by mail, at once."
        )
        part.note(Code.NOTIFY_POLICY_NOT_IMPORTED, message, path=rules[0].path, was=_in_lists(rules))


def _in_lists(rules: Sequence[Item]) -> dict[str, Any]:
    """Return both lists of rules, the important one first, as in most places only one fits."""
    found: dict[str, Any] = {"important": [], "default": []}
    for rule in sorted(rules, key=lambda rule: rule.read("position", natural, 0)):
        is_important = rule.read("important", values.boolean, False)
        shown = {"type": rule.plain("type"), "duration": rule.plain("duration")}
        found["important" if is_important else "default"].append(shown)
    return found
