"""The mails of invitations. What is to be sent, and when, ``accounts`` knows; how mail leaves the house, this app does.

They are no pages: nothing waits for them, and they wait for everything that does. One thread of a worker sends them
one after the other, outside any transaction.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from datetime import datetime
from typing import Final
from uuid import NAMESPACE_OID, uuid5

import structlog
from django.conf import settings
from django.db import DatabaseError, connection

from accounts.joining.tokens import joining_url
from accounts.models import Invitation
from accounts.services import claim_invitations, record_invitation_done, record_invitation_failed
from incidents.alarms import alarm_operator
from incidents.channels import Failure, Message, SendFailed, sender_for
from incidents.letters import Letter, headers_for, write_letter
from scaling.text import single_line

# One attempt takes at most eight seconds, and the lease of a claim two minutes.
_AT_A_TIME: Final = 10

_log = structlog.get_logger(__name__)


class InvitationSender:
    """Sends the mails that are due, in a thread of its own."""

    def __init__(self) -> None:
        self._thread: threading.Thread | None = None

    def send_due(self, now: datetime) -> None:
        """Claim what is due and begin to send it. Returns at once; while earlier mails are on their way, does nothing."""
        if self._thread is not None and self._thread.is_alive():
            return
        claimed = claim_invitations(at_most=_AT_A_TIME, now=now)
        if claimed:
            # A daemon: a process that ends leaves what it has not sent to the lease.
            self._thread = threading.Thread(target=_send_all, args=(claimed, now), name="invitations", daemon=True)
            self._thread.start()


def send_invitation(invitation_id: str, now: datetime) -> None:
    """Send the mail of an invitation that was claimed, and write down what came of it; deleted meanwhile, nothing.

    A mail server that does not take it is asked again, until the invitation expires; one that refuses the address
    for good is not.
    """
    invitation = Invitation.objects.select_related("organization").filter(pk=invitation_id).first()
    if invitation is None or invitation.accepted_at is not None or invitation.is_closed(now):
        return
    try:
        sender_for("email").send(compose_invitation(invitation))
    except SendFailed as failed:
        _note_failure(invitation, failed, now)
    else:
        record_invitation_done(invitation_id=invitation.pk)


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


def _send_all(invitation_ids: Sequence[str], now: datetime) -> None:
    try:
        for invitation_id in invitation_ids:
            _send_one(invitation_id, now)
    except DatabaseError as error:
        _log.warning("invitations_interrupted", error=str(error))
    finally:
        connection.close()


def _send_one(invitation_id: str, now: datetime) -> None:
    """Send one; the lease brings back what could not be handled, and the others do not wait for it."""
    try:
        send_invitation(invitation_id, now)
    except DatabaseError:
        raise
    except Exception:
        _log.exception("invitation_crashed", invitation_id=invitation_id)


def _note_failure(invitation: Invitation, failed: SendFailed, now: datetime) -> None:
    _log.warning("invitation_not_sent", invitation_id=invitation.pk, failure=failed.failure, reason=failed.reason)
    if failed.failure is Failure.RECIPIENT:
        record_invitation_done(invitation_id=invitation.pk)
        return
    record_invitation_failed(invitation_id=invitation.pk, attempts=invitation.attempts, now=now)
    if failed.failure is Failure.OURS:
        alarm_operator("channel_refuses_us", f"Channel email refuses us: {failed.reason}")
