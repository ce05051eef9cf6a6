"""Who the people of an arrival are here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

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


def without_strangers(arrival: Arrival, before: Document, left: frozenset[str]) -> Arrival:
    """Return an arrival in which whoever is no member is blocked; whom nothing names is only noted.

    Who has left, by key, is no member unless the files have them as inactive.
    """
    known = frozenset(user.key for user in before.users)
    named = frozenset(people_named(arrival.document.schedules, arrival.document.policies))
    strangers = [
        user
        for user in arrival.document.users
        if user.key not in known or (user.key in left and _is_to_be_active(user, arrival))
    ]
    gone = {user.key for user in strangers}
    users = tuple(user for user in arrival.document.users if user.key not in gone)
    return replace(
        arrival,
        document=replace(arrival.document, users=users),
        findings=(*arrival.findings, *(_stranger(user, user.key in named, arrival) for user in strangers)),
    )


def _is_to_be_active(user: User, arrival: Arrival) -> bool:
    return user.active and "active" not in arrival.unsaid.get(Subject("users", user.key), ())


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
