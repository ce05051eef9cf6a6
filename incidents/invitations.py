"""The mails of invitations."""

from __future__ import annotations

from datetime import datetime
from functools import partial
from typing import Final
from uuid import NAMESPACE_OID, uuid5

from django.conf import settings

from accounts.joining.tokens import joining_url
from accounts.models import Invitation
from accounts.services import claim_invitations, record_invitation_done, record_invitation_failed
from incidents.channels import Message
from incidents.letters import Letter, headers_for, write_letter
from incidents.mail_sender import Box, hand_over
from scaling.text import single_line


def send_invitation(invitation_id: str, now: datetime) -> None:
    """Send the mail of an invitation that was claimed, and write down what came of it; deleted meanwhile, nothing.

    A mail server that does not take it is asked again, until the invitation expires; one that refuses the address
    for good is not.
    """
    invitation = Invitation.objects.select_related("organization").filter(pk=invitation_id).first()
    if invitation is None or invitation.accepted_at is not None or invitation.is_closed(now):
        return
    hand_over(
        compose_invitation(invitation),
        done=partial(record_invitation_done, invitation_id=invitation.pk),
        failed=partial(record_invitation_failed, invitation_id=invitation.pk, attempts=invitation.attempts, now=now),
    )


def compose_invitation(invitation: Invitation) -> Message:
    """Return the mail of an invitation. Needs ``organization``. It is the same for every address and attempt."""
    name = invitation.organization.name
    # The same for each attempt, so that mail programs can tell a mail that comes twice.
    key = uuid5(NAMESPACE_OID, invitation.pk)
    letter = Letter(
        heading=f"You are invited to join {single_line(name)}",
        paragraphs=(
            "Members can be put on call, and are paged when something goes wrong.",
            f"The link works until {invitation.expires_at:%d %B %Y, %H:%M} UTC. "
            "If you did not expect this mail, there is nothing to do.",
        ),
        url=joining_url(invitation.pk),
        button="Look at the invitation",
        footer=settings.PUBLIC_HOST,
    )
    return write_letter(
        letter,
        key=key,
        destination=invitation.email,
        subject=f"Invitation to join {name}",
        headers=headers_for(invitation.organization, key),
    )


INVITATIONS: Final = Box(name="invitations", claim=claim_invitations, send=send_invitation)
