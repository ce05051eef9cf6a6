"""``manage.py export_policies``: an organization's whole plan as a file."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

from django.core.management.base import CommandError, CommandParser

from escalation.transfer.document import Document
from escalation.transfer.files import write_whole
from escalation.transfer.loader import load_document
from escalation.transfer.sheets import as_sheets, left_out
from escalation.transfer.writing import as_json, as_yaml
from scaling.commands import ServiceCommand

_WRITERS: Final[Mapping[str, Callable[[Document], str]]] = {"yaml": as_yaml, "json": as_json}


class Command(ServiceCommand):
    """Prints the plan, or writes it and prints where to."""

    help = (
        "Export an organization's policies, schedules and working hours, and the people they are about. Twice the same "
        "plan gives the same bytes. Exit status 1: there is no such organization, or it cannot be written."
    )
    arguments = {"organization": "--organization"}

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--organization", metavar="ORG", required=True, help="The id of an organization.")
        parser.add_argument(
            "--format",
            choices=[*_WRITERS, "csv"],
            default="yaml",
            help="yaml and json lose nothing; csv is four files for spreadsheets. Default: yaml.",
        )
        parser.add_argument(
            "--out",
            metavar="PATH",
            help="A file that only you may read; for csv, which needs it, a directory. Default: standard output.",
        )

    def run(self, options: Mapping[str, Any]) -> str:
        """Return the text, or the paths of what was written."""
        out = None if options["out"] is None else Path(options["out"])
        if options["format"] == "csv":
            return self._write_sheets(options["organization"], out)
        text = _WRITERS[options["format"]](load_document(options["organization"]))
        return text if out is None else _written({out: text})

    def _write_sheets(self, organization_id: str, out: Path | None) -> str:
        if out is None:
            raise CommandError("--out: csv is several files; name a directory for them")
        document = load_document(organization_id)
        _make_directory(out)
        for unsaid in left_out(document):
            self.stderr.write(f"CSV does not say: {unsaid}")
        return _written({out / name: text for name, text in as_sheets(document).items()})


def _make_directory(path: Path) -> None:
    try:
        path.mkdir(mode=0o700, exist_ok=True)
    except OSError as error:
        raise CommandError(f"--out: {error.strerror}: {path}") from error


def _written(texts: Mapping[Path, str]) -> str:
    for path, text in texts.items():
        try:
            write_whole(path, text)
        except OSError as error:
            raise CommandError(f"--out: {error.strerror}: {path}") from error
    return "\n".join(map(str, texts))
