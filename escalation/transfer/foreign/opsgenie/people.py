"""People of Opsgenie: who they are, how they are reached, and whom an object refers to."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from itertools import chain
from typing import Any, Final

from escalation.transfer.document import User
from escalation.transfer.findings import Code
from escalation.transfer.foreign.bundle import Bundle
from escalation.transfer.foreign.contacts import Contact, contact_methods
from escalation.transfer.foreign.fields import text_in
from escalation.transfer.foreign.items import Item
from escalation.transfer.foreign.ledger import Ledger, Part, usable
from escalation.transfer.foreign.naming import person_names
from escalation.transfer.foreign.opsgenie.shapes import id_of, listed, single
from escalation.transfer.foreign.people import People
from escalation.transfer.keys import key_of_email
from escalation.transfer.reading import values
from scaling.errors import InvalidInput

_CHANNELS: Final = {"email": "email", "sms": "sms", "voice": "voice"}


class Everybody:
    """The people of a bundle, whom objects refer to by an id or by an address."""

    def __init__(self, bundle: Bundle, ledger: Ledger) -> None:
        self._ledger = ledger
        self._people = People(ledger, bundle.source)
        self._ids: dict[str, str] = {}
        details = dict(single(bundle, "user"))
        people = (item for _, item in listed(bundle, "users"))
        items = tuple(usable(people, lambda item: details.get(id_of(item), item)))
        reader = _Reader(ledger, bundle)
        for item, user in usable(items, lambda item: (item, reader.user(item))):
            self._people.add(user)
            self._ids[user.key] = id_of(item)
        _tell_settings(ledger.whole, items)

    @property
    def users(self) -> tuple[User, ...]:
        """All of them, once everything that names some has been read."""
        return self._people.users

    @property
    def paged(self) -> tuple[str, ...]:
        """The keys of those who are paged."""
        return tuple(user.key for user in self.users if user.active)

    def reference(self, item: Item) -> str:
        """Return the key of whom an object refers to, also where nobody has it."""
        return self._people.key(self._id(item))

    def serving(self, part: Part, item: Item) -> str:
        """Return the key of somebody who takes turns or stands in, in a schedule, and may be gone."""
        return self._people.serving(part, item, self._id(item), email=_address_in(item))

    def called(self, part: Part, item: Item) -> str:
        """Return the key of somebody whom a layer pages."""
        key = self.reference(item)
        if self._people.is_inactive(key):
            message = (
                f"pages {key}, whose account is blocked there. A layer that has nobody else is passed at once here."
            )
            part.lossy(Code.USER_MISSING_IN_ROTATION, message, path=item.path, was=item.shown())
        return key

    def _id(self, item: Item) -> str:
        identifier = id_of(item)
        if self._ledger.found("users", identifier) is not None:
            return identifier
        address = _address_in(item)
        return self._ids.get(key_of_email(address)) or identifier or address


class _Reader:
    """Reads people, one by one."""

    def __init__(self, ledger: Ledger, bundle: Bundle) -> None:
        self._ledger = ledger
        self._now = bundle.fetched_at
        self._rules = _notification_rules(bundle)

    def user(self, item: Item) -> User:
        name = text_in(item, "fullName", "displayName")
        part = self._ledger.user("user", item, email=_address_in(item), name=name, identifier=id_of(item))
        _tell_mute(part, item, self._now)
        _tell_rules(part, item, self._rules.get(id_of(item), []))
        first_name, last_name = person_names(name)
        is_blocked = item.read("blocked", values.boolean, False)
        return User(
            key=part.key,
            email=part.name,
            first_name=first_name,
            last_name=last_name,
            active=item.read("active", values.boolean, True) and not is_blocked,
            contact_methods=contact_methods(
                part, map(_contact, item.each("userContacts")), item.path_of("userContacts")
            ),
        )


def _address_in(item: Item) -> str:
    """Return the address of whom an object is or refers to, nothing if it has none."""
    address = text_in(item, "username", "emailAddress", "name")
    try:
        return values.email(address)
    except InvalidInput:
        return ""


def _contact(item: Item) -> Contact:
    kind = text_in(item, "contactMethod", "method").casefold()
    status = item.inner("status") or item
    # Opsgenie writes the code of the country before a dash, 34-600000001, and that is a number for calls from anywhere.
    address = text_in(item, "to") if kind == "email" else f"+{text_in(item, 'to')}"
    return Contact(
        kind=kind or "an unknown channel",
        channel=_CHANNELS.get(kind),
        address=address,
        label=text_in(status, "disabledReason"),
        is_on=status.read("enabled", values.boolean, True),
        path=item.path,
    )


def _tell_mute(part: Part, item: Item, now: datetime) -> None:
    muted_until = item.read("mutedUntil", values.instant, None)
    if muted_until is not None and muted_until > now:
        message = "has muted all notifications for a time; here they are paged all the same."
        part.note(Code.NOTIFY_POLICY_NOT_IMPORTED, message, was=muted_until.isoformat())
    if not item.read("verified", values.boolean, True):
        message = "has never confirmed their address to Opsgenie; here it is paged."
        part.note(Code.CONTACT_UNVERIFIED, message, was=part.name)


def _tell_rules(part: Part, item: Item, rules: Sequence[Any]) -> None:
    if rules:
        message = "has notification rules, which they set here again; until then they are paged by mail, at once."
        part.note(Code.NOTIFY_POLICY_NOT_IMPORTED, message, path=item.path, was=rules)


def _notification_rules(bundle: Bundle) -> Mapping[str, list[Any]]:
    """Return for each person their rules, with the steps of each."""
    steps = defaultdict(list)
    for of, item in listed(bundle, "steps"):
        steps[of].append(item.shown())
    rules: dict[str, list[Any]] = {}
    for user, item in listed(bundle, "notification-rules"):
        identifier = item.plain("id")
        rules.setdefault(user or "", []).append({**item.shown(), "steps": steps[f"{user}/{identifier}"]})
    return rules


def _tell_settings(whole: Part, items: Sequence[Item]) -> None:
    found = Counter(chain.from_iterable(usable(items, lambda item: tuple(_settings(item)))))
    if found:
        message = "has roles, time zones and languages of people, which are not imported. Everybody new is a member."
        whole.note(Code.SERVICE_SETTING_NOT_IMPORTED, message, was=dict(sorted(found.items())))


def _settings(item: Item) -> Iterator[str]:
    role = item.inner("role")
    if role is not None:
        yield f"role: {text_in(role, 'name')}"
    yield from (f"{field}: {item.plain(field)}" for field in ("timeZone", "locale") if item.plain(field))
