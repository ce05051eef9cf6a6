"""``manage.py create_api_key``: let a program act for an organization."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.core.management.base import CommandParser

from accounts import services
from accounts.models import ApiKey
from scaling.clock import now
from scaling.commands import ServiceCommand, instant_of


class Command(ServiceCommand):
    """Makes a key and prints its full text, which cannot be had again."""

    help = "Create an API key and print it. It is shown this once: only its digest is stored."
    arguments = {"not_found": "--organization", "name": "--name", "expires_at": "--expires"}

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--organization", metavar="ORG", required=True, help="The id of the organization.")
        parser.add_argument("--name", required=True, help="What the key is for, to tell keys apart.")
        parser.add_argument(
            "--scope",
            choices=ApiKey.Scope.values,
            default=ApiKey.Scope.WRITE,
            help="read; trigger: create, read, acknowledge and resolve incidents; write: everything (default).",
        )
        parser.add_argument(
            "--expires", metavar="ISO", help="When the key stops working, with an offset: 2027-01-31T00:00:00Z."
        )

    def run(self, options: Mapping[str, Any]) -> str:
        """Return the full text of the key."""
        _, text = services.create_api_key(
            organization_id=options["organization"],
            name=options["name"],
            scope=options["scope"],
            expires_at=None if options["expires"] is None else instant_of("--expires", options["expires"]),
            now=now(),
        )
        return text
