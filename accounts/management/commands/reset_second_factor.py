"""``manage.py reset_second_factor``: let somebody in again who has lost their second factor."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.core.management.base import CommandParser

from accounts import services
from scaling.clock import now
from scaling.commands import ServiceCommand


class Command(ServiceCommand):
    """Takes the second factors of a login away and prints how many there were."""

    help = "Take the second factors of a login away, recovery codes among them, and tell its owner by mail."
    arguments = {"email": "EMAIL"}

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("email", metavar="EMAIL", help="What the person signs in with.")

    def run(self, options: Mapping[str, Any]) -> str:
        """Return how many were taken away."""
        return str(services.reset_second_factor(email=options["email"], now=now()))
