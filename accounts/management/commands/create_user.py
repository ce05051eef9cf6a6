"""``manage.py create_user``: add a person to an organization."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import Any

from django.core.management.base import CommandError, CommandParser

from accounts import services
from accounts.models import Membership
from scaling.clock import now
from scaling.commands import ServiceCommand


class Command(ServiceCommand):
    """Adds a person, with a new login unless the email has one already, and prints the id of the user."""

    help = "Add a person to an organization and print the id of the user. A login the email has already stays as it is."
    arguments = {
        "not_found": "--organization",
        "email": "--email",
        "first_name": "--first-name",
        "last_name": "--last-name",
        "password": "--password-stdin",
    }

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--organization", metavar="ORG", required=True, help="The id of the organization.")
        parser.add_argument("--email", required=True, help="Where pages go, and what the person signs in with.")
        parser.add_argument("--first-name", required=True)
        parser.add_argument("--last-name", required=True)
        parser.add_argument("--admin", action="store_true", help="Let the person run the organization.")
        parser.add_argument(
            "--password-stdin",
            action="store_true",
            help="Read the password of a new login from the first line of standard input. Without one the person "
            "can be paged, but not sign in.",
        )

    def run(self, options: Mapping[str, Any]) -> str:
        """Return the id of the user."""
        member = services.add_member(
            organization_id=options["organization"],
            email=options["email"],
            first_name=options["first_name"],
            last_name=options["last_name"],
            role=Membership.Role.ADMIN if options["admin"] else Membership.Role.MEMBER,
            password=_password() if options["password_stdin"] else None,
            now=now(),
        )
        return member.user_id


def _password() -> str:
    password = sys.stdin.readline().rstrip("\r\n")
    if not password:
        raise CommandError("--password-stdin: standard input holds no password")
    return password
