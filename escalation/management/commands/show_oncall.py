"""``manage.py show_oncall``: who is on call, now or at an instant, and on the days after it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.core.management.base import CommandError, CommandParser

from escalation.api.bodies import Body
from escalation.api.oncall.bodies import schedule_on_call_body, shift_body
from escalation.oncall import LONGEST_SPAN
from escalation.roll import Roll, load_rolls
from escalation.roll_table import as_table
from scaling.api.renderers import encode
from scaling.clock import now
from scaling.commands import ServiceCommand, instant_of


class Command(ServiceCommand):
    """Prints who is on call, and fails where a schedule that was asked for has nobody whom a page would reach."""

    help = (
        "Show who is on call. Exit status 1: there is no such organization or schedule, or nobody who can be paged is "
        "on call in a schedule named by --schedule."
    )
    arguments = {"organization": "--organization", "schedule": "--schedule"}

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--organization", metavar="ORG", help="The id of one organization. Default: all.")
        parser.add_argument("--schedule", metavar="ID_OR_NAME", help="One schedule. Default: all.")
        parser.add_argument(
            "--at", metavar="ISO", help="An instant with its offset: 2027-01-31T00:00:00Z. Default: now."
        )
        parser.add_argument(
            "--days", metavar="N", type=int, help="Show the shifts of the N days from then on, up to 366."
        )
        parser.add_argument("--json", action="store_true", help="Print one JSON object instead of a table.")

    def handle(self, *args: Any, **options: Any) -> None:
        """Print; then fail if nobody can be paged where somebody is asked for."""
        self.unattended: list[Roll] = []
        super().handle(*args, **options)
        if self.unattended:
            names = ", ".join(roll.schedule.name for roll in self.unattended)
            raise CommandError(f"--schedule: nobody who can be paged is on call in {names}")

    def run(self, options: Mapping[str, Any]) -> str:
        """Return the table, or the JSON text."""
        at = now() if options["at"] is None else instant_of("--at", options["at"])
        ahead = None if options["days"] is None else _span(options["days"])
        rolls = load_rolls(at, ahead, organization_id=options["organization"], schedule=options["schedule"])
        if options["schedule"] is not None:
            self.unattended = [roll for roll in rolls if not roll.is_attended]
        return _as_json(at, rolls) if options["json"] else as_table(at, rolls)


def _span(days: int) -> timedelta:
    if not 1 <= days <= LONGEST_SPAN.days:
        raise CommandError(f"--days: must be from 1 to {LONGEST_SPAN.days}")
    return timedelta(days=days)


def _as_json(at: datetime, rolls: Sequence[Roll]) -> str:
    """Return what ``GET /v1/oncall/now`` says, and with each schedule its organization and its shifts to come."""
    return encode({"at": at, "schedules": [_roll_body(roll) for roll in rolls]}).decode()


def _roll_body(roll: Roll) -> Body:
    body = {
        "organizationId": roll.schedule.organization_id,
        **schedule_on_call_body(roll.schedule, roll.there, roll.people),
    }
    return body if roll.ahead is None else {**body, "shifts": [shift_body(shift, roll.people) for shift in roll.ahead]}
