"""``manage.py send_test_page --user ID``: see whether pages reach somebody, before they must."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts.models import Membership
from incidents.channels import SendFailed, sender_for
from incidents.messages import compose_test_page


class Command(BaseCommand):
    """Sends one page about nothing for each organization the person is in, and tells what came of each."""

    help = "Send a test page to a person's account address, at once and without a worker. Fails if any is not taken."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--user", metavar="ID", required=True, help="The id of the user, user_….")

    def handle(self, *args: Any, **options: Any) -> None:
        """Send; raise ``CommandError`` if there is nobody to send to or the mail server did not take every page."""
        people = Membership.objects.filter(user_id=options["user"], ended_at=None)
        memberships = list(people.select_related("organization", "user"))
        if not memberships:
            raise CommandError(f"--user: no organization has a member {options['user']}")
        failed = [membership for membership in memberships if not self._send(membership)]
        if failed:
            raise CommandError(f"{len(failed)} of {len(memberships)} test pages were not sent")

    def _send(self, membership: Membership) -> bool:
        where = f"{membership.organization.name}: {membership.user.email}"
        try:
            sender_for("email").send(compose_test_page(membership))
        except SendFailed as failed:
            self.stdout.write(f"{where} failed, {failed.failure}: {failed.reason}")
            return False
        self.stdout.write(f"{where} ok")
        return True
