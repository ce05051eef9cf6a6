"""Logins, which belong to the installation."""

from __future__ import annotations

from datetime import datetime

from axes.models import AccessAttempt
from django.contrib.auth.hashers import make_password
from django.contrib.sessions.models import Session
from django.db import IntegrityError, transaction

from accounts.models import LoginMail, User
from accounts.services.login_mails import queue_login_mail
from accounts.validation import checked_email, checked_password
from scaling.errors import InvalidInput, NotFound
from scaling.text import name_key


@transaction.atomic
def create_login(*, email: str, is_operator: bool = False) -> User:
    """Create a login without a password and without memberships.

    Raises:
        InvalidInput: the email is unusable or has a login already.
    """
    user = User(email=checked_email("email", email), is_superuser=is_operator)
    user.set_unusable_password()
    _save_login(user)
    return user


@transaction.atomic
def update_login(*, user_id: str, email: str, is_active: bool, is_operator: bool) -> User:
    """Change a login. An inactive one can neither sign in nor be paged, in any organization.

    Raises:
        NotFound: there is no such login.
        InvalidInput: the email is unusable or another login's.
    """
    user = User.objects.select_for_update(no_key=True).filter(id=user_id).first()
    if user is None:
        raise NotFound("No login with that id.")
    user.email = checked_email("email", email)
    user.is_active = is_active
    user.is_superuser = is_operator
    _save_login(user)
    return user


@transaction.atomic
def set_password(*, user_id: str, password: str, now: datetime) -> User:
    """Give a login a new password. All its sessions end, and its owner is told by mail.

    Wrong tries are forgotten, as they were guesses at the old one.

    Raises:
        NotFound: there is no such login.
        InvalidInput: the password is unusable.
    """
    user = User.objects.select_for_update(no_key=True).filter(id=user_id).first()
    if user is None:
        raise NotFound("No login with that id.")
    user.set_password(checked_password("password", password, user))
    user.save(update_fields=["password"])
    AccessAttempt.objects.filter(username=user.email_key).delete()
    queue_login_mail(user_id=user.pk, kind=LoginMail.Kind.PASSWORD_CHANGED, now=now)
    return user


def delete_ended_sessions(*, now: datetime) -> int:
    """Delete the sessions whose time is over; return how many."""
    deleted, _ = Session.objects.filter(expire_date__lt=now).delete()
    return deleted


def find_or_add_login(email: str, password: str | None) -> User:
    """Return the login with that email, made now if there is none; a password is for a new one alone.

    Raises:
        InvalidInput: a value is unusable, or there is a login already and a password was given.
    """
    address = checked_email("email", email)
    fresh = User(email=address)
    if password is not None:
        checked_password("password", password, fresh)
    user, added = User.objects.get_or_create(
        email_key=name_key(address), defaults={"email": address, "password": make_password(password)}
    )
    if password is not None and not added:
        raise InvalidInput([("password", f"{user.email} has a login already, whose password stays as it is.")])
    return user


def _save_login(user: User) -> None:
    try:
        with transaction.atomic():
            user.save()
    except IntegrityError as error:
        raise InvalidInput([("email", f"{user.email} has a login already.")]) from error
