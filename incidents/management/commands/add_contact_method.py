"""``manage.py add_contact_method``: page somebody over one thing more, once they have shown that it reaches them."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import Any

from django.core.management.base import CommandParser

from accounts.models import ContactMethod, Membership
from incidents.verification import add_checked_method, send_code
from scaling.clock import now
from scaling.commands import ServiceCommand
from scaling.errors import DomainError, NotFound


class Command(ServiceCommand):
    """Adds a contact method, sends a code over it, and prints its id, by which the code is brought back."""

    help = (
        "Add a contact method to a member and send a code over it; verify_contact_method takes the code. The address "
        "is read from standard input: an email address, the URL of a webhook, or an Apprise URL. Prints the method's id."
    )
    arguments = {"not_found": "--user", "channel": "--channel", "address": "address"}

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--organization", metavar="ORG", required=True, help="The id of the organization.")
        parser.add_argument("--user", metavar="ID", required=True, help="The id of the person, user_….")
        parser.add_argument("--channel", choices=ContactMethod.Channel.values, required=True)

    def run(self, options: Mapping[str, Any]) -> str:
        """Return the id of the method. A code that could not be sent is told; another can be asked for."""
        method = add_checked_method(
            organization_id=options["organization"],
            membership_id=_membership_id(options["organization"], options["user"]),
            channel=options["channel"],
            address=sys.stdin.readline(),
            now=now(),
        )
        if method.secret:
            self.stderr.write(f"It is signed with this secret, which is not shown again: {method.secret}")
        self._send_code(method)
        return str(method.pk)

    def _send_code(self, method: ContactMethod) -> None:
        try:
            send_code(
                organization_id=method.organization_id,
                membership_id=method.membership_id,
                method_id=method.pk,
                now=now(),
            )
        except DomainError as refusal:
            self.stderr.write(f"{refusal.message} Have verify_contact_method send another.")


def _membership_id(organization_id: str, user_id: str) -> object:
    people = Membership.objects.for_organization(organization_id).current()
    found = people.filter(user_id=user_id).values_list("pk", flat=True).first()
    if found is None:
        raise NotFound("The organization has no such member.")
    return found
