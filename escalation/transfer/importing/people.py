"""Who the people of an arrival are here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import NamedTuple

from escalation.transfer.arrival import Arrival
from escalation.transfer.document import Document, User, people_named
from escalation.transfer.findings import Code, Finding, Severity, Subject
from escalation.transfer.keys import key_of_email

UserMap = Mapping[str, str]
"""Email addresses here, by the addresses or the keys that files have, both as ``key_of_email`` compares them."""


def renamed_people(arrival: Arrival, user_map: UserMap) -> Arrival:
    """Return the arrival with the addresses of a map; two people may come to be one."""
    users = tuple(_renamed(user, user_map) for user in arrival.document.users)
    return replace(arrival, document=replace(arrival.document, users=users))


def without_strangers(arrival: Arrival, before: Document, left: frozenset[str], *, create: bool) -> Arrival:
    """Return an arrival in which whoever is no member is blocked, unless they are to be created.

    Who has left, by key, stays so where the files have them as inactive, or say nothing of it while they are still named
    here; else they are no member either. Whom nothing names is left out, and only noted.
    """
    named = frozenset(people_named(arrival.document.schedules, arrival.document.policies))
    membership = _Membership(frozenset(user.key for user in before.users), left, named)
    strangers = [
        user
        for user in arrival.document.users
        if membership.is_pointless(user, arrival) or (not create and membership.is_stranger(user, arrival))
    ]
    gone = {user.key for user in strangers}
    users = tuple(user for user in arrival.document.users if user.key not in gone)
    return replace(
        arrival,
        document=replace(arrival.document, users=users),
        findings=(*arrival.findings, *(_stranger(user, user.key in named, arrival) for user in strangers)),
    )


class _Membership(NamedTuple):
    """Whose plan names whom, by keys: that of the organization, of those who have left, and that of the files."""

    known: frozenset[str]
    left: frozenset[str]
    named: frozenset[str]

    def is_stranger(self, user: User, arrival: Arrival) -> bool:
        """Tell whether somebody has to become a member, or one again."""
        if user.key not in self.left:
            return user.key not in self.known
        if _says_nothing(user, arrival):
            return user.key not in self.known
        return user.active

    def is_pointless(self, user: User, arrival: Arrival) -> bool:
        """Tell whether somebody who has left is to stay so, and nothing names them any more."""
        stays = user.key in self.left and not user.active and not _says_nothing(user, arrival)
        return stays and user.key not in self.known | self.named


def _says_nothing(user: User, arrival: Arrival) -> bool:
    return "active" in arrival.unsaid.get(Subject("users", user.key), ())


def _renamed(user: User, user_map: UserMap) -> User:
    email = user_map.get(key_of_email(user.email), user_map.get(key_of_email(user.key)))
    return user if email is None else replace(user, email=email)


def _stranger(user: User, is_named: bool, arrival: Arrival) -> Finding:
    subject = Subject("users", user.key)
    return Finding(
        severity=Severity.BLOCKED if is_named else Severity.NOTE,
        code=Code.USER_UNMATCHED,
        subject=subject,
        name=user.email,
        path=arrival.paths.get(subject, ""),
        message="is no member here: have the import create them, or map them to a member."
        if is_named
        else "is no member here and is left out, as nothing names them.",
        was=user.email,
    )
