"""``manage.py verify_contact_method``: bring back the code that went over a contact method, or send another."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.core.management.base import CommandError, CommandParser

from accounts.models import ContactMethod
from accounts.services import confirm_contact_method
from incidents.verification import send_code
from scaling.clock import now
from scaling.commands import ServiceCommand


class Command(ServiceCommand):
    """Verifies a method, which pages from then on; without a code, sends a fresh one."""

    help = "Verify a contact method by the code that went over it. Without --code, send a fresh code."
    arguments = {"code": "--code", "": "METHOD"}

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("method", metavar="METHOD", help="The id that add_contact_method printed.")
        parser.add_argument("--code", help="The six digits.")

    def run(self, options: Mapping[str, Any]) -> str:
        """Return the method as it may be shown."""
        method = _method(options["method"])
        place: dict[str, Any] = {
            "organization_id": method.organization_id,
            "membership_id": method.membership_id,
            "method_id": method.pk,
        }
        if options["code"] is None:
            send_code(**place, now=now())
        else:
            confirm_contact_method(**place, code=options["code"], now=now())
        return str(method)


def _method(text: str) -> ContactMethod:
    try:
        found: ContactMethod | None = ContactMethod.objects.filter(pk=UUID(text)).first()
    except ValueError:
        found = None
    if found is None:
        raise CommandError(f"METHOD: there is no contact method {text}")
    return found
