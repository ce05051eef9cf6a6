"""What organizations, people and keys may be called; each function names the field it refuses."""

from __future__ import annotations

from collections.abc import Sequence

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.validators import validate_email

from accounts.models import ContactMethod, User
from scaling.errors import InvalidInput
from scaling.messengers import kind_of, scheme_of, server_url
from scaling.outbound.endpoint import MAX_URL_LENGTH, parse_url
from scaling.outbound.errors import Refused
from scaling.text import clean_name

NAME_LENGTH = 255
PERSON_NAME_LENGTH = 150
EMAIL_LENGTH = 254


def checked_name(field: str, name: str) -> str:
    """Return the trimmed name of an organization or a key."""
    return _text(field, name, NAME_LENGTH)


def checked_person_name(field: str, name: str) -> str:
    """Return the trimmed first or last name of a person, which may be empty."""
    return _text(field, name, PERSON_NAME_LENGTH) if name.strip() else ""


def checked_email(field: str, email: str) -> str:
    """Return the trimmed address."""
    address = _text(field, email, EMAIL_LENGTH)
    try:
        validate_email(address)
    except ValidationError as error:
        raise InvalidInput([(field, "must be an email address.")]) from error
    return address


def checked_optional_email(field: str, email: str) -> str:
    """Return the trimmed address, or nothing for nothing."""
    return checked_email(field, email) if email.strip() else ""


def checked_address(field: str, channel: str, address: str) -> str:
    """Return the trimmed address of a contact method over ``channel``; asks nobody whether there is one."""
    if channel == ContactMethod.Channel.EMAIL:
        return checked_email(field, address)
    url = address.strip()
    try:
        if channel == ContactMethod.Channel.WEBHOOK:
            parse_url(url)
        else:
            _check_messenger(channel, url)
    except Refused as error:
        raise InvalidInput([(field, error.reason)]) from error
    return url


def _check_messenger(channel: str, url: str) -> None:
    """Hold the Apprise URL of a service to ``channel``, and the server it may name to the rules of calls outside."""
    if len(url) > MAX_URL_LENGTH:
        raise Refused(f"A URL may have at most {MAX_URL_LENGTH} characters.")
    kind = kind_of(url)
    if kind != channel:
        raise InvalidInput([("channel", f"must be {kind} for an address that starts with {scheme_of(url)}://.")])
    server = server_url(url)
    if server is not None:
        parse_url(server)


def checked_password(field: str, password: str, user: User) -> str:
    """Return the password, which passes the validators of the settings."""
    try:
        validate_password(password, user)
    except ValidationError as error:
        raise InvalidInput([(field, message) for message in error.messages]) from error
    return password


def checked_choice(field: str, value: str, choices: Sequence[str]) -> str:
    """Return ``value``, which is one of ``choices``."""
    if value not in choices:
        raise InvalidInput([(field, f"must be one of: {', '.join(choices)}.")])
    return value


def checked_minutes(field: str, minutes: int, *, most: int) -> int:
    """Return a whole number of minutes from 1 to ``most``."""
    if not 1 <= minutes <= most:
        raise InvalidInput([(field, f"must be between 1 and {most} minutes.")])
    return minutes


def _text(field: str, text: str, max_length: int) -> str:
    try:
        return clean_name(text, max_length=max_length)
    except ValueError as error:
        raise InvalidInput([(field, f"{error}.")]) from error
