"""The people a plan may name: members of its organization whom a page reaches."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from accounts.models import Membership
from escalation.domain.model import UserId
from scaling.errors import InvalidInput

# Whether an id is unknown or another organization's, nobody outside learns.
_UNKNOWN = "No user with that id in this organization."
_INACTIVE = "This user is not active in this organization, and so would not be paged."


def members_of(organization_id: str, user_ids: Collection[UserId]) -> Mapping[UserId, Membership]:
    """Return the memberships of those users who have one, with ``user`` loaded. One statement, none for nobody."""
    if not user_ids:
        return {}
    found = Membership.objects.for_organization(organization_id).filter(user_id__in=user_ids).select_related("user")
    return {UserId(member.user_id): member for member in found}


def reachable_people(organization_id: str, named: Sequence[tuple[str, UserId]]) -> list[Membership]:
    """Return the memberships of users, each named by a field. One statement, whatever their number.

    Raises:
        InvalidInput: somebody is no member of the organization, or cannot be paged; every such field is named.
    """
    members = members_of(organization_id, {user_id for _, user_id in named})
    refused = [(field, reason) for field, user_id in named if (reason := _refusal(members.get(user_id))) is not None]
    if refused:
        raise InvalidInput(refused)
    return [members[user_id] for _, user_id in named]


def _refusal(member: Membership | None) -> str | None:
    if member is None:
        return _UNKNOWN
    return None if member.is_reachable else _INACTIVE
