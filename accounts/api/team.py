"""The people of an organization and who is invited into it, for admins (contract section 8)."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, Final, cast

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts import services
from accounts.auth import Actor
from accounts.errors import CannotChangeOwnRole, LastAdmin
from accounts.models import Invitation, Membership
from accounts.validation import EMAIL_LENGTH, checked_email
from scaling import clock
from scaling.api.exceptions import as_domain_error
from scaling.api.fields import InstantField, StrictChoice, StrictText
from scaling.api.permissions import IsAdmin
from scaling.api.preconditions import require_any_version
from scaling.api.schema import operation
from scaling.api.serializers import StrictSerializer
from scaling.api.views import TenantViewSet, data, deleted
from scaling.errors import InvalidInput, InvalidRequest
from scaling.ratelimit import count

INVITATIONS_AN_HOUR: Final = 100

_PREFIX: Final = "org:"
ROLES: Final = tuple(f"{_PREFIX}{role}" for role in Membership.Role.values)


@extend_schema_field({"type": "string", "format": "email", "maxLength": EMAIL_LENGTH})
class EmailAddressField(StrictText):
    """A plausible email address; whether anybody reads its mail, only a mail tells."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{"max_length": EMAIL_LENGTH, "trim_whitespace": True, **kwargs})

    def to_internal_value(self, data: Any) -> str:
        """Return the trimmed address."""
        address = super().to_internal_value(data)
        try:
            return checked_email("", address)
        except InvalidInput as refusal:
            raise serializers.ValidationError(refusal.message) from refusal


class RoleField(StrictChoice):
    """``org:admin`` or ``org:member``; in the program's words without the prefix."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(choices=ROLES, **kwargs)

    def to_internal_value(self, data: Any) -> str:
        """Return the role as memberships know it."""
        return super().to_internal_value(data).removeprefix(_PREFIX)


class NewInvitation(StrictSerializer):
    """Whom to invite, and as what."""

    emailAddress = EmailAddressField(source="email")
    role = RoleField()


class RoleChange(StrictSerializer):
    """What somebody is to be."""

    role = RoleField()


class MemberReply(serializers.Serializer[Any]):
    """A person of the organization."""

    id = serializers.CharField(help_text="`user_…`")
    email = serializers.CharField()
    firstName = serializers.CharField(allow_null=True)
    lastName = serializers.CharField(allow_null=True)
    imageUrl = serializers.CharField(allow_null=True, help_text="Always null: there are no pictures.")
    role = serializers.ChoiceField(choices=ROLES)
    joinedAt = InstantField()


class InvitationReply(serializers.Serializer[Any]):
    """Somebody who is invited."""

    id = serializers.CharField(help_text="`orginv_…`")
    emailAddress = serializers.CharField()
    role = serializers.ChoiceField(choices=ROLES)
    status = serializers.ChoiceField(choices=("pending", "expired"))
    createdAt = InstantField()


class TeamReply(serializers.Serializer[Any]):
    """The people of the organization, and who is invited."""

    members = MemberReply(many=True)
    invitations = InvitationReply(many=True)


class TeamViewSet(TenantViewSet):
    """Who is in the organization, and who runs it. Only keys of scope `write` come in: any other gets 401.

    A key is as much its maker's as a signed-in session: it does not change the role of the person who made it.
    """

    permission_classes = (IsAdmin,)

    @operation("listTeam", gives=TeamReply)
    def list(self, request: Request) -> Response:
        """The members who have not left, in the order in which they joined, and the invitations nobody accepted."""
        now = clock.now()
        members = Membership.objects.for_organization(self.organization_id).current().select_related("user")
        invitations = Invitation.objects.for_organization(self.organization_id).open()
        return data(
            {
                "members": [_member_body(member) for member in members.order_by("created_at", "user_id")],
                "invitations": [_invitation_body(one, now) for one in invitations.order_by("created_at", "id")],
            }
        )

    @operation("inviteMember", takes=NewInvitation, gives=InvitationReply, status=201)
    def invite(self, request: Request) -> Response:
        """Mail somebody a link by which they join. It holds for seven days; inviting again voids the earlier link.

        The answer is the same whether or not the address has a login at this installation. A body that is not as
        described, or the address of a member, is 400 `invalid_request_error`.
        """
        now = clock.now()
        invited = self._invited()
        count(f"invite:{self.organization_id}", limit=INVITATIONS_AN_HOUR, window=timedelta(hours=1), now=now)
        invitation = services.invite_member(
            organization_id=self.organization_id, actor_id=self.actor_id, now=now, **invited
        )
        return data(_invitation_body(invitation, now), status=201)

    @operation("changeMemberRole", takes=RoleChange, gives=MemberReply, raises=[CannotChangeOwnRole, LastAdmin])
    def change_role(self, request: Request, user_id: str) -> Response:
        """Make a member an admin, or an admin a member; one admin has to stay."""
        fields = self.body(RoleChange)
        require_any_version(self.if_match)
        member = services.change_role(
            organization_id=self.organization_id, user_id=user_id, by_user_id=self._made_by, **fields
        )
        return data(_member_body(member))

    @operation("removeMember", raises=[CannotChangeOwnRole, LastAdmin])
    def remove(self, request: Request, user_id: str) -> Response:
        """Let a member leave: they see nothing of the organization from now on, and are not paged any more."""
        require_any_version(self.if_match)
        services.remove_member(
            organization_id=self.organization_id, user_id=user_id, by_user_id=self._made_by, now=clock.now()
        )
        return deleted()

    @operation("deleteInvitation")
    def delete_invitation(self, request: Request, invitation_id: str) -> Response:
        """Take an invitation back: from now on its link leads nowhere."""
        require_any_version(self.if_match)
        services.delete_invitation(organization_id=self.organization_id, invitation_id=invitation_id)
        return deleted()

    @property
    def _made_by(self) -> str | None:
        return cast(Actor, self.actor).made_by

    def _invited(self) -> dict[str, Any]:
        """Return the checked body; a wrong one is 400 here and nowhere else (contract section 8)."""
        try:
            return self.body(NewInvitation)
        except serializers.ValidationError as wrong:
            told = as_domain_error(wrong)
            raise InvalidRequest(told.message, **told.extra) from wrong


def _member_body(member: Membership) -> dict[str, Any]:
    return {
        "id": member.user_id,
        "email": member.user.email,
        "firstName": member.first_name or None,
        "lastName": member.last_name or None,
        "imageUrl": None,
        "role": f"{_PREFIX}{member.role}",
        "joinedAt": member.created_at,
    }


def _invitation_body(invitation: Invitation, now: datetime) -> dict[str, Any]:
    return {
        "id": invitation.pk,
        "emailAddress": invitation.email,
        "role": f"{_PREFIX}{invitation.role}",
        "status": "pending" if now < invitation.expires_at else "expired",
        "createdAt": invitation.created_at,
    }
