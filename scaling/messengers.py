"""Which services can be paged over by Apprise, and what kind of thing each of them is.

A service is named by the scheme of its URL: ``slack://…``, ``twilio://…``. The table is closed. It holds services that
speak HTTP to one place and reach people; it leaves out what would send a tenant's text anywhere in any shape (raw
``json``, ``xml``, ``form``), mail, what writes to this machine (``syslog``, ``dbus``), what reads files of it (``fcm``,
``vapid``), and what speaks protocols of its own (``mqtt``, ``xmpp``, ``smpp``).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, Literal
from urllib.parse import parse_qsl, urlsplit

from django.conf import settings

from scaling.outbound.errors import Refused

Kind = Literal["chat", "sms", "voice", "push"]

_CHAT: Final = """
    cliq dingtalk discord feishu flock gchat groupme guilded kook lark line matrix matrixs mmost mmosts nctalk nctalks
    revolt rocket rockets ryver signal signals slack stackfield synology synologys tgram threema twist viber webex
    wecombot whatsapp workflow workflows wxteams zoom zulip
"""
_PUSH: Final = """
    bark barks chanify gotify gotifys hassio hassios join notica noticas ntfy ntfys onesignal pbul pover prowl psafer
    psafers push pushdeer pushdeers pushed pushme pushy signl4 simplepush spush
"""
_SMS: Final = """
    46elks atalk bulksms bulkvs burstsms clickatell clicksend cm d7sms elks exotel freemobile httpsms infobip kaleyra
    kavenegar msg91 msgbird nexmo octopush plivo ringc serwersms seven sfr sinch smsc smseagle smseagles
    smsmanager smsmgr sns telesign telnyx twilio voipms vonage
"""

KIND_OF_SCHEME: Final[Mapping[str, Kind]] = {
    **dict.fromkeys(_CHAT.split(), "chat"),
    **dict.fromkeys(_PUSH.split(), "push"),
    **dict.fromkeys(_SMS.split(), "sms"),
}

LOUD: Final[frozenset[str]] = frozenset({"sms", "voice", "push"})
"""The kinds that ring or buzz at night; the others wait to be looked at."""

SELF_HOSTED: Final = frozenset(
    [
        "bark",
        "barks",
        "gotify",
        "gotifys",
        "hassio",
        "hassios",
        "matrix",
        "matrixs",
        "mmost",
        "mmosts",
        "nctalk",
        "nctalks",
        "notica",
        "noticas",
        "ntfy",
        "ntfys",
        "pushdeer",
        "pushdeers",
        "rocket",
        "rockets",
        "signal",
        "signals",
        "smseagle",
        "smseagles",
        "synology",
        "synologys",
    ]
)
"""Services whose URL names a server of the user's own choice, wherever it has a path behind its host."""

# By these Apprise is told to read a file, of this machine or of any other, and to send what is in it.
_FILE_PARAMETERS: Final = frozenset({"template", "keyfile", "subfile", "attach", "attachment", "file"})


def kind_of(url: str) -> Kind:
    """Return what kind of service ``url`` pages over.

    Raises:
        Refused: this installation does not use the service, or the URL asks for a file.
    """
    scheme = scheme_of(url)
    kind = KIND_OF_SCHEME.get(scheme)
    if kind is None or scheme not in settings.APPRISE_SCHEMES:
        raise Refused(f"This installation does not page over {scheme}://." if scheme else "The URL names no service.")
    parameters = _parameters(url)
    if not _FILE_PARAMETERS.isdisjoint(parameters):
        raise Refused("The URL may not name files or templates.")
    return "voice" if scheme == "twilio" and parameters.get("method", "").startswith("c") else kind


def scheme_of(url: str) -> str:
    """Return the scheme of ``url`` in lower case, or nothing where there is none."""
    scheme, separator, _ = url.partition("://")
    return scheme.lower() if separator and scheme.isascii() and scheme.isalnum() else ""


def server_url(url: str) -> str | None:
    """Return the HTTP address of the user's own server that ``url`` pages through, or None if it names none."""
    parts = urlsplit(url)
    scheme = scheme_of(url)
    if scheme not in SELF_HOSTED or not parts.path.strip("/"):
        return None
    authority = parts.netloc.rpartition("@")[2]
    return f"{'https' if scheme.endswith('s') and scheme[:-1] in SELF_HOSTED else 'http'}://{authority}/"


def _parameters(url: str) -> dict[str, str]:
    """Return the parameters of ``url`` as Apprise reads them, in lower case and without its marks before a name."""
    query = url.partition("?")[2].replace("?", "&").replace(";", "&")
    return {name.strip().lower().lstrip("+-:"): value.strip().lower() for name, value in parse_qsl(query)}
