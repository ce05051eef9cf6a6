"""``manage.py create_organization NAME``: make a tenant."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.core.management.base import CommandParser

from accounts import services
from scaling.clock import now
from scaling.commands import ServiceCommand


class Command(ServiceCommand):
    """Makes an organization without people or keys and prints its id."""

    help = "Create an organization and print its id."
    arguments = {"name": "NAME", "name_conflict": "NAME", "fallback_email": "--fallback"}

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("name", metavar="NAME")
        parser.add_argument(
            "--fallback",
            metavar="EMAIL",
            default="",
            help="Paged when nobody else can be reached. Default: all admins of the organization.",
        )

    def run(self, options: Mapping[str, Any]) -> str:
        """Return the id."""
        return services.create_organization(name=options["name"], fallback_email=options["fallback"], now=now()).id
