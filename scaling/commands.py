"""Commands for administrators and their scripts."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from contextlib import AbstractContextManager
from datetime import datetime
from typing import Any, ClassVar

from django.core.management.base import BaseCommand, CommandError

from scaling.api.fields import parse_instant
from scaling.errors import DomainError, InvalidInput
from scaling.progress import Steps, progress


class ServiceCommand(BaseCommand):
    """A command that calls one service and prints the one thing a script goes on with, bare, on standard output.

    What is meant for people goes to standard error. What the service refuses ends the command with exit status 1 and
    a message that names the argument: ``arguments`` says which one stands for a field, or for an error code.
    """

    arguments: ClassVar[Mapping[str, str]] = {}

    def handle(self, *args: Any, **options: Any) -> None:
        """Run the service.

        Raises:
            CommandError: the service refused, or an argument is no text.
        """
        _refuse_undecodable(options)
        try:
            result = self.run(options)
        except DomainError as refusal:
            raise CommandError("\n".join(self._told(refusal))) from refusal
        self.stdout.write(result)

    def run(self, options: Mapping[str, Any]) -> str:
        """Call the service and return what to print."""
        raise NotImplementedError

    def progress(self, options: Mapping[str, Any]) -> AbstractContextManager[Steps]:
        """Return how to show how far the command is, on standard error; nothing with ``--verbosity 0``."""
        # Not self.stderr: that ends every write with the end of a line, and bars are drawn over.
        return progress(options.get("stderr") or sys.stderr, options["verbosity"])

    def _told(self, refusal: DomainError) -> list[str]:
        if isinstance(refusal, InvalidInput):
            return [f"{self.arguments.get(field, field)}: {message}" for field, message in refusal.errors]
        argument = self.arguments.get(refusal.code)
        return [f"{argument}: {refusal.message}" if argument else refusal.message]


def instant_of(option: str, text: str) -> datetime:
    """Return the instant that ``text``, given with ``option``, names.

    Raises:
        CommandError: it names none, or without its offset.
    """
    found = parse_instant(text)
    if found is None:
        raise CommandError(f"{option}: must be an instant with its offset, such as 2027-01-31T00:00:00Z")
    return found


def _refuse_undecodable(options: Mapping[str, Any]) -> None:
    for name, value in options.items():
        texts = value if isinstance(value, list) else [value]
        if any(isinstance(text, str) and any(map(_is_surrogate, text)) for text in texts):
            raise CommandError(f"{name}: is no text in UTF-8")


def _is_surrogate(character: str) -> bool:
    return "\ud800" <= character <= "\udfff"
