"""``manage.py check_coverage``: whether policies and schedules reach somebody at all times, for cron and CI."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.core.management.base import CommandError, CommandParser

from escalation.api.bodies import Body
from escalation.api.coverage_bodies import coverage_body
from escalation.coverage import DEFAULT_DAYS, LONGEST_DAYS
from escalation.coverage_report import Checked, as_text, load_checked
from escalation.models import Policy
from scaling.api.renderers import encode
from scaling.clock import now
from scaling.commands import ServiceCommand

_GAPS, _BAD_ARGUMENTS = 1, 2


class Command(ServiceCommand):
    """Prints the coverage, and fails where there are gaps that nobody has declared."""

    help = (
        "Check that policies and schedules reach somebody at all times of the days to come. Exit status 1: there is a "
        "gap that nobody has declared, or something cannot be checked; 2: the arguments are wrong."
    )
    arguments = {"organization": "--organization", "policy": "--policy"}

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--organization", metavar="ORG", required=True, help="The id of an organization.")
        parser.add_argument(
            "--days", metavar="N", type=int, default=DEFAULT_DAYS, help="For how many days: 1 to 90. Default: 14."
        )
        parser.add_argument(
            "--policy",
            metavar="ID_OR_NAME",
            nargs="+",
            action="extend",
            default=[],
            help="These policies alone. Default: all policies and all schedules.",
        )
        parser.add_argument("--format", choices=["text", "json"], default="text", help="Default: text.")

    def handle(self, *args: Any, **options: Any) -> None:
        """Print; then fail if there are gaps."""
        self.uncovered = 0
        try:
            super().handle(*args, **options)
        except CommandError as refusal:
            raise CommandError(str(refusal), returncode=_BAD_ARGUMENTS) from refusal
        if self.uncovered:
            raise CommandError(
                f"gaps that nobody has declared, or cannot be checked: {self.uncovered}", returncode=_GAPS
            )

    def run(self, options: Mapping[str, Any]) -> str:
        """Return the report, or the JSON text."""
        days, at = options["days"], now()
        if not 1 <= days <= LONGEST_DAYS:
            raise CommandError(f"--days: must be from 1 to {LONGEST_DAYS}")
        checked = load_checked(options["organization"], at, days, policies=options["policy"])
        self.uncovered = sum(not one.is_covered for one in checked)
        return _as_json(at, days, checked) if options["format"] == "json" else as_text(at, days, checked)


def _as_json(at: datetime, days: int, checked: Sequence[Checked]) -> str:
    """Return what ``GET …/coverage`` says of each, with its name; null where it cannot be checked."""
    policies = [_body(one) for one in checked if isinstance(one.row, Policy)]
    schedules = [_body(one) for one in checked if not isinstance(one.row, Policy)]
    return encode({"at": at, "days": days, "policies": policies, "schedules": schedules}).decode()


def _body(checked: Checked) -> Body:
    row, coverage = checked.row, checked.coverage
    is_policy = isinstance(row, Policy)
    ids = {"policy_id": row.id if is_policy else None, "schedule_id": None if is_policy else row.id}
    return {
        "id": row.id,
        "name": row.name,
        "covered": checked.is_covered,
        "coverage": None if coverage is None else coverage_body(checked.ground, coverage, **ids),
    }
