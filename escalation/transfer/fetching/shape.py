"""Looking into answers for what is to be asked next. Of all else in them nothing is expected here."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import TypeVar

from escalation.transfer.fetching.errors import WrongShape

T = TypeVar("T")


class Page:
    """A JSON object, and how people call it."""

    def __init__(self, value: object, name: str) -> None:
        if not isinstance(value, dict):
            raise WrongShape(f"{name} should be a JSON object.")
        self.value: Mapping[str, object] = value
        self._name = name

    @classmethod
    def of(cls, content: bytes, name: str) -> Page:
        """Return the page that ``content`` is.

        Raises:
            WrongShape: it is no JSON object in UTF-8.
        """
        try:
            return cls(json.loads(content.decode("utf-8-sig")), name)
        except (ValueError, RecursionError) as error:
            raise WrongShape(f"{name} should be JSON, and is not.") from error

    def objects(self, field: str) -> Sequence[Page]:
        """Return the objects of the list in a field; none where it is missing or null."""
        return [Page(item, f"{self._name}, in {field},") for item in self.list(field)]

    def list(self, field: str) -> Sequence[object]:
        """Return the list in a field.

        Raises:
            WrongShape: there is none.
        """
        return self._needed(field, list, "a list")

    def inner(self, field: str) -> Page:
        """Return the object in a field.

        Raises:
            WrongShape: there is none.
        """
        return Page(self.value.get(field), f"{self._name}, in {field},")

    def text(self, field: str) -> str:
        """Return the text in a field.

        Raises:
            WrongShape: there is none.
        """
        return self._needed(field, str, "a text")

    def link(self, field: str) -> str | None:
        """Return the text in a field, None where it is missing, null or empty."""
        return self.text(field) if self.value.get(field) else None

    def number(self, field: str) -> int | None:
        """Return the whole number in a field, None where there is none."""
        found = self.value.get(field)
        return found if type(found) is int else None

    def says(self, field: str) -> bool:
        """Tell whether a field is true."""
        return self.value.get(field) is True

    def _needed(self, field: str, kind: type[T], called: str) -> T:
        found = self.value.get(field)
        if not isinstance(found, kind):
            raise WrongShape(f"{self._name} should have {called} in {field!r}.")
        return found
