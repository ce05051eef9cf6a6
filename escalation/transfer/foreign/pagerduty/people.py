"""People of PagerDuty, and how they are reached."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from itertools import chain
from typing import Any, Final

from escalation.transfer.document import User
from escalation.transfer.findings import Code
from escalation.transfer.foreign.bundle import Bundle
from escalation.transfer.foreign.contacts import Contact, contact_methods
from escalation.transfer.foreign.fields import natural, text_in
from escalation.transfer.foreign.items import Item
from escalation.transfer.foreign.ledger import Ledger, Part, usable
from escalation.transfer.foreign.naming import person_names
from escalation.transfer.foreign.pagerduty.shapes import id_in, kind_of
from escalation.transfer.foreign.people import People
from escalation.transfer.reading import values

_CHANNELS: Final[Mapping[str, str]] = {
    "email_contact_method": "email",
    "phone_contact_method": "voice",
    "sms_contact_method": "sms",
}
_SETTINGS: Final = ("role", "job_title", "time_zone")


def people_of(bundle: Bundle, ledger: Ledger) -> People:
    """Return everybody whom the bundle lists."""
    people = People(ledger, bundle.source)
    items = [item for _, item in bundle.each("users", "users")]
    for user in usable(items, lambda item: _user(ledger, item)):
        people.add(user)
    _tell_settings(ledger.whole, items)
    return people


def _user(ledger: Ledger, item: Item) -> User:
    name = text_in(item, "name", "summary")
    part = ledger.user("user", item, email=text_in(item, "email"), name=name)
    _tell_rules(part, item)
    first_name, last_name = person_names(name)
    return User(
        key=part.key,
        email=part.name,
        first_name=first_name,
        last_name=last_name,
        active=item.plain("deleted_at") is None,
        contact_methods=contact_methods(
            part, map(_contact, item.each("contact_methods")), item.path_of("contact_methods")
        ),
    )


def _contact(item: Item) -> Contact:
    kind = kind_of(item)
    is_blacklisted = item.read("blacklisted", values.boolean, False)
    code = item.plain("country_code")
    return Contact(
        kind=kind,
        channel=_CHANNELS.get(kind),
        address=text_in(item, "address"),
        country_code="" if code is None else str(code),
        label=text_in(item, "label"),
        is_on=item.read("enabled", values.boolean, True) and not is_blacklisted,
        path=item.path,
    )


def _tell_rules(part: Part, item: Item) -> None:
    rules = [_rule(rule) for rule in item.each("notification_rules")]
    low = [rule for rule in rules if rule["urgency"] == "low"]
    others = [rule for rule in rules if rule["urgency"] != "low"]
    if low:
        message = (
            "has notification rules for low urgency; here every incident pages them by their rules for its severity."
        )
        part.lossy(Code.CHANNEL_UNSUPPORTED, message, path=item.path_of("notification_rules"), was=low)
    if others:
        message = "has notification rules, which they set here again; until then they are paged by mail, at once."
        part.note(Code.NOTIFY_POLICY_NOT_IMPORTED, message, path=item.path_of("notification_rules"), was=others)


def _rule(rule: Item) -> dict[str, Any]:
    return {
        "type": kind_of(rule),
        "urgency": text_in(rule, "urgency"),
        "startDelayInMinutes": rule.read("start_delay_in_minutes", natural, 0),
        "contactMethod": id_in(rule, "contact_method"),
    }


def _tell_settings(whole: Part, items: Sequence[Item]) -> None:
    found = Counter(chain.from_iterable(usable(items, lambda item: tuple(_settings(item)))))
    if found:
        message = (
            "has roles, titles, time zones and teams of people, which are not imported. Everybody new is a member."
        )
        whole.note(Code.SERVICE_SETTING_NOT_IMPORTED, message, was=dict(sorted(found.items())))


def _settings(item: Item) -> Iterator[str]:
    for field in _SETTINGS:
        value = text_in(item, field)
        if value:
            yield f"{field}: {value}"
    for team in item.each("teams"):
        yield f"team: {text_in(team, 'summary', 'name', 'id')}"
