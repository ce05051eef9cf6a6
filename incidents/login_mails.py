"""The mails about logins: the link that sets a new password, and what was changed about how somebody signs in."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import partial
from types import MappingProxyType
from typing import Final
from uuid import UUID

from django.conf import settings
from django.contrib.auth.tokens import default_token_generator
from django.urls import reverse

from accounts.models import LoginMail, User
from accounts.services import claim_login_mails, record_login_mail_done, record_login_mail_failed
from incidents.channels import Message
from incidents.letters import Letter, headers_for, write_letter
from incidents.mail_sender import Box, hand_over

_LIFETIME: Final = timedelta(days=1)
_NOT_YOU: Final = "If this was not you, set a new password at once, and tell the operator of this installation."

_NEWS: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        LoginMail.Kind.PASSWORD_CHANGED: (
            "Your password has been changed",
            "All sessions with the former one have ended.",
        ),
        LoginMail.Kind.SECOND_FACTOR_ADDED: (
            "You have a new second factor",
            "An authenticator app or a passkey was set up, and is asked for when you sign in.",
        ),
        LoginMail.Kind.SECOND_FACTOR_REMOVED: (
            "A second factor of yours was removed",
            "It is not asked for any more when you sign in.",
        ),
        LoginMail.Kind.SECOND_FACTOR_RESET: (
            "The operator has taken your second factors away",
            "Until you set up a new one, your password alone signs you in.",
        ),
        LoginMail.Kind.RECOVERY_CODES_RENEWED: (
            "You have new recovery codes",
            "The former ones do not work any more.",
        ),
    }
)


def send_login_mail(mail_id: UUID, now: datetime) -> None:
    """Send a mail that was claimed, and write down what came of it; after a day in vain it is given up."""
    mail = LoginMail.objects.select_related("user").filter(pk=mail_id).first()
    if mail is None:
        return
    if mail.created_at < now - _LIFETIME or not mail.user.is_active:
        record_login_mail_done(mail_id=mail.pk)
        return
    hand_over(
        compose_login_mail(mail),
        done=partial(record_login_mail_done, mail_id=mail.pk),
        failed=partial(record_login_mail_failed, mail_id=mail.pk, attempts=mail.attempts, now=now),
    )


def compose_login_mail(mail: LoginMail) -> Message:
    """Return the mail. Needs ``user``. A link in it works once, and for an hour from now."""
    letter = _reset_letter(mail.user) if mail.kind == LoginMail.Kind.PASSWORD_RESET else _news_letter(mail)
    headers = headers_for(None, mail.pk)
    return write_letter(letter, key=mail.pk, destination=mail.user.email, subject=letter.heading, headers=headers)


def password_reset_url(user: User) -> str:
    """Return the link that sets a new password, under the public URL and never under the host of a request (B128)."""
    arguments = {"uidb36": user.pk, "key": default_token_generator.make_token(user)}
    path = reverse("account_reset_password_from_key", kwargs=arguments)
    return f"{settings.PUBLIC_URL}{path}"


def _reset_letter(user: User) -> Letter:
    return Letter(
        heading="Set a new password",
        paragraphs=(
            f"Somebody asked for this at {settings.PUBLIC_HOST}, where you sign in as {user.email}.",
            "The link works once, and for an hour. If it was not you, there is nothing to do: your password stays.",
        ),
        url=password_reset_url(user),
        button="Set a new password",
        footer=settings.PUBLIC_HOST,
    )


def _news_letter(mail: LoginMail) -> Letter:
    heading, sentence = _NEWS[mail.kind]
    return Letter(
        heading=heading,
        paragraphs=(
            sentence,
            f"This was on {mail.created_at:%d %B %Y, %H:%M} UTC, for {mail.user.email}. {_NOT_YOU}",
        ),
        url=f"{settings.PUBLIC_URL}{reverse('account')}",
        button="Look at your account",
        footer=settings.PUBLIC_HOST,
    )


LOGIN_MAILS: Final = Box(name="login_mails", claim=claim_login_mails, send=send_login_mail)
