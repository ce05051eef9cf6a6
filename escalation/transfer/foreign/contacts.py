"""How people are reached in other products, made into contact methods of ours.

Nobody is paged by an address that another product says, before its owner has verified it here. The address of the account
is reached anyway, and is no method.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from escalation.transfer.document import ContactMethod
from escalation.transfer.findings import Code
from escalation.transfer.foreign.ledger import Part
from escalation.transfer.foreign.numbers import international_number
from escalation.transfer.reading import values
from scaling.errors import InvalidInput
from scaling.text import name_key


@dataclass(frozen=True, slots=True, kw_only=True)
class Contact:
    """An address, and the ``kind`` of contact the product calls it; ``channel`` is ours, None where there is none."""

    kind: str
    channel: str | None
    address: str
    country_code: str = ""
    label: str = ""
    is_on: bool = True
    path: str


def contact_methods(part: Part, contacts: Iterable[Contact], path: str) -> tuple[ContactMethod, ...]:
    """Return the contact methods of a person; what cannot be one is told."""
    found: dict[ContactMethod, Contact] = {}
    for contact in contacts:
        for method in _method(part, contact):
            found.setdefault(method, contact)
    if found:
        message = "has contact methods that nobody has verified here; no page goes there until their owner does."
        was = [{"kind": each.kind, "label": each.label, "address": method.address} for method, each in found.items()]
        part.lossy(Code.CONTACT_UNVERIFIED, message, path=path, was=was)
    return tuple(found)


def _method(part: Part, contact: Contact) -> Iterator[ContactMethod]:
    if contact.channel is None:
        message = (
            f"is reached by {contact.kind}, which cannot be brought along. They set up push or chat here themselves."
        )
        part.lossy(Code.CHANNEL_UNSUPPORTED, message, path=contact.path, was=contact.label or contact.kind)
    elif not contact.is_on:
        message = f"has a contact method ({contact.kind}) that is switched off there; it is left out."
        part.note(Code.CHANNEL_UNSUPPORTED, message, path=contact.path, was=contact.label or contact.kind)
    elif (address := _address(contact)) is None:
        message = f"has a contact method ({contact.kind}) without an address that can be used; it is left out."
        part.lossy(Code.CHANNEL_UNSUPPORTED, message, path=contact.path, was=contact.address)
    elif name_key(address) != part.key:
        yield ContactMethod(channel=contact.channel, address=address)


def _address(contact: Contact) -> str | None:
    if contact.channel != "email":
        return international_number(contact.address, contact.country_code)
    try:
        return values.email(contact.address)
    except InvalidInput:
        return None
