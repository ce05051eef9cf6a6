"""People of GoAlert, and how they are reached."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any, Final

from escalation.transfer.document import User
from escalation.transfer.findings import Code
from escalation.transfer.foreign.bundle import Bundle
from escalation.transfer.foreign.contacts import Contact, contact_methods
from escalation.transfer.foreign.fields import natural, text_in
from escalation.transfer.foreign.goalert.pages import arguments_of, listed
from escalation.transfer.foreign.items import Item
from escalation.transfer.foreign.ledger import Ledger, Part, usable
from escalation.transfer.foreign.naming import person_names
from escalation.transfer.foreign.people import People
from escalation.transfer.reading import values

_CHANNELS: Final[Mapping[str, str]] = {
    "builtin-smtp-email": "email",
    "builtin-twilio-sms": "sms",
    "builtin-twilio-voice": "voice",
    "EMAIL": "email",
    "SMS": "sms",
    "VOICE": "voice",
}
_ADDRESSES: Final = ("email_address", "phone_number")


def people_of(bundle: Bundle, ledger: Ledger) -> People:
    """Return everybody whom the bundle lists."""
    people = People(ledger, bundle.source)
    items = list(listed(bundle, "users"))
    for user in usable(items, lambda item: _user(ledger, item)):
        people.add(user)
    roles = Counter(filter(None, usable(items, lambda item: text_in(item, "role"))))
    if roles:
        message = "has roles of people, which are not imported. Everybody new is a member."
        ledger.whole.note(Code.SERVICE_SETTING_NOT_IMPORTED, message, was=dict(sorted(roles.items())))
    return people


def _user(ledger: Ledger, item: Item) -> User:
    name = text_in(item, "name")
    part = ledger.user("user", item, email=text_in(item, "email"), name=name)
    _tell_rules(part, item)
    first_name, last_name = person_names(name)
    methods = contact_methods(part, map(_contact, item.each("contactMethods")), item.path_of("contactMethods"))
    return User(
        key=part.key, email=part.name, first_name=first_name, last_name=last_name, active=True, contact_methods=methods
    )


def _contact(item: Item) -> Contact:
    destination = item.inner("dest") or item
    kind = text_in(destination, "type")
    arguments = {name.replace("-", "_"): value for name, value in arguments_of(destination).items()}
    addresses = (arguments.get(name, "") for name in _ADDRESSES)
    is_off = item.read("disabled", values.boolean, False) or item.read("pending", values.boolean, False)
    return Contact(
        kind=kind,
        channel=_CHANNELS.get(kind),
        address=text_in(destination, "value") or next(filter(None, addresses), ""),
        label=text_in(item, "name"),
        is_on=not is_off,
        path=item.path,
    )


def _tell_rules(part: Part, item: Item) -> None:
    rules = [_rule(rule) for rule in item.each("notificationRules")]
    if rules:
        message = "has notification rules, which they set here again; until then they are paged by mail, at once."
        part.note(Code.NOTIFY_POLICY_NOT_IMPORTED, message, path=item.path_of("notificationRules"), was=rules)


def _rule(rule: Item) -> dict[str, Any]:
    return {
        "delayMinutes": rule.read("delayMinutes", natural, 0),
        "contactMethodID": text_in(rule, "contactMethodID"),
    }
