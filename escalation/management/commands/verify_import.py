"""``manage.py verify_import``: whether the same people are on call here as in the product that a bundle is of."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError, CommandParser

from escalation.transfer.arrival import Arrival
from escalation.transfer.foreign.readers import read_foreign
from escalation.transfer.importing.people import UserMap
from escalation.transfer.importing.state import load_state
from escalation.transfer.importing.user_map import read_user_map
from escalation.transfer.reading.sources import Source
from escalation.transfer.verifying.judging import Comparison, Sides, judge, with_what_is_read, with_what_is_stored
from escalation.transfer.verifying.telling import as_plain, as_text, totals, warnings
from scaling.api.renderers import encode
from scaling.commands import ServiceCommand


class Command(ServiceCommand):
    """Prints who is on call there and not here, or here and not there; and fails where that is anybody."""

    help = (
        "Compare who is on call by another product's own account, which a fetched bundle holds, with who is on call "
        "here, to the instant. Without --organization: with what an import of the bundle would make of it. Exit status "
        "0: the same people; 1: others, or a schedule is not here, or nothing could be compared."
    )
    arguments = {"organization": "--organization"}

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("bundle", metavar="DIR", help="A directory that fetch_from has filled.")
        parser.add_argument(
            "--organization", metavar="ORG", help="The id of an organization: compare with what it has now."
        )
        parser.add_argument("--weeks", metavar="N", type=int, help="The first N weeks alone. Default: all there are.")
        parser.add_argument(
            "--user-map",
            metavar="FILE",
            help="Who people are here: CSV with the columns source,email, as for the import.",
        )
        parser.add_argument("--json", action="store_true", help="Print one JSON object instead of a report.")

    def handle(self, *args: Any, **options: Any) -> None:
        """Print; then fail if anything differs."""
        self.comparisons: Sequence[Comparison] = ()
        super().handle(*args, **options)
        told = [*warnings(self.comparisons), totals(self.comparisons)]
        if not _is_equal(self.comparisons):
            raise CommandError(" ".join(told))
        for warning in told[:-1]:
            self.stderr.write(warning)

    def run(self, options: Mapping[str, Any]) -> str:
        """Return the report, or the JSON text."""
        weeks = options["weeks"]
        if weeks is not None and weeks < 1:
            raise CommandError("--weeks: must be at least 1")
        if options["user_map"] is not None and options["organization"] is None:
            raise CommandError("--user-map: says who people of an organization are; name it with --organization")
        arrival = read_foreign(_files(Path(options["bundle"])))
        if not arrival.timelines:
            raise CommandError(
                "DIR: the bundle does not say who is on call in any schedule; there is nothing to compare"
            )
        sides = _sides(arrival, options["organization"], _user_map(options["user_map"]))
        self.comparisons = judge(sides, weeks)
        return _as_json(self.comparisons) if options["json"] else as_text(self.comparisons)


def _sides(arrival: Arrival, organization_id: str | None, user_map: UserMap) -> Sides:
    if organization_id is None:
        return with_what_is_read(arrival)
    return with_what_is_stored(arrival, load_state(organization_id), user_map)


def _is_equal(comparisons: Sequence[Comparison]) -> bool:
    return all(each.is_fine for each in comparisons)


def _as_json(comparisons: Sequence[Comparison]) -> str:
    found = {"equal": _is_equal(comparisons), "warnings": [*warnings(comparisons)], "schedules": as_plain(comparisons)}
    return encode(found).decode()


def _user_map(path: str | None) -> UserMap:
    return {} if path is None else read_user_map(_source("--user-map", Path(path)))


def _files(directory: Path) -> Sequence[Source]:
    if not directory.is_dir():
        raise CommandError(f"DIR: is no directory: {directory}")
    return [_source("DIR", path) for path in sorted(directory.iterdir()) if path.is_file()]


def _source(option: str, path: Path) -> Source:
    try:
        return Source.at(path)
    except OSError as error:
        raise CommandError(f"{option}: {error.strerror}: {path}") from error
