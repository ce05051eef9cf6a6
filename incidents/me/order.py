"""What a form of a person's own page says, read as text."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.http import QueryDict

from accounts.models import Membership
from escalation.domain.model import UserId
from scaling.api.paths import parse_uuid
from scaling.errors import NotFound


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """A form that ``member`` sent at ``now``."""

    member: Membership
    form: QueryDict
    now: datetime

    @property
    def organization_id(self) -> str:
        """The organization the person acts in."""
        return self.member.organization_id

    @property
    def user_id(self) -> UserId:
        """The person, as schedules and policies name them."""
        return UserId(self.member.user_id)

    def text(self, name: str) -> str:
        """Return a field without the space around it; empty where the form lacks it."""
        return (self.form.get(name) or "").strip()

    def uuid(self, name: str, noun: str) -> UUID:
        """Return the id in a field.

        Raises:
            NotFound: it is none, so there is no such ``noun``.
        """
        found = parse_uuid(self.text(name))
        if found is None:
            raise NotFound.of(noun)
        return found
