"""Mail beside pages: a heading, a few sentences, perhaps a link; in plain text and in HTML, from one pair of templates.

Also what every mail of this program says about itself in its headers: that a program wrote it, for which organization,
and, by the id of its root, to which incident's thread it belongs. There is no ``List-Unsubscribe``: nobody unsubscribes
from being called.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from dataclasses import dataclass
from email.utils import formataddr
from uuid import UUID

from django.conf import settings
from django.template.loader import render_to_string

from accounts.models import Organization
from incidents.channels.base import Message
from scaling.text import single_line


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """The lines of a mail. ``button`` is the text of the link, if there is one."""

    heading: str
    paragraphs: tuple[str, ...]
    url: str = ""
    button: str = ""
    footer: str = ""


def write_letter(letter: Letter, *, key: UUID, destination: str, subject: str, headers: Mapping[str, str]) -> Message:
    """Return the mail that says ``letter``; ``key`` is the same over all attempts to send it."""
    lines = {"letter": letter}
    return Message(
        key=key,
        destination=destination,
        subject=single_line(subject),
        text=render_to_string("incidents/letter.txt", lines),
        html=render_to_string("incidents/letter.html", lines),
        headers=headers,
    )


def headers_for(organization: Organization | None, key: UUID) -> dict[str, str]:
    """Return the headers of any mail; without an organization it is from the installation itself."""
    domain = mail_domain()
    name, box = ("Scaling", "alarms") if organization is None else (single_line(organization.name), organization.pk)
    return {
        "Message-ID": message_id(key),
        "List-Id": formataddr((name, f"{box}.{domain}")),
        "Auto-Submitted": "auto-generated",
    }


def thread_headers(incident_id: UUID, *answered: UUID) -> dict[str, str]:
    """Return what hangs a mail into its incident's thread: below the root, and below the mails ``answered``."""
    above = [f"<incident-{incident_id}@{mail_domain()}>", *(message_id(key) for key in answered)]
    return {"In-Reply-To": above[-1], "References": " ".join(above), "X-Scaling-Incident": str(incident_id)}


def message_id(key: UUID) -> str:
    """Return the ``Message-ID`` of the mail with this key."""
    return f"<{key}@{mail_domain()}>"


def mail_domain() -> str:
    """Return the public host as the right side of a mail address; an IP address stands in brackets."""
    host: str = settings.PUBLIC_HOST
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return host
    return f"[IPv6:{address}]" if address.version == 6 else f"[{address}]"
