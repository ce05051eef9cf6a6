"""Everything the program reads from its environment, in one typed place.

``Environment`` lists each variable once: its name, its default and what it is for. ``docs/configuration.md`` and
``.env.example`` are tested against it. Values come from the process's environment; a ``.env`` file in the project's
root fills in what is not set there. Defaults serve development alone: ``scaling.checks`` says what production needs.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import Field, dataclass, field, fields
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import environ
from django.core.exceptions import ImproperlyConfigured

from scaling.messengers import KIND_OF_SCHEME
from scaling.outbound.addresses import Network

PROJECT_ROOT = Path(__file__).resolve().parent.parent
SAMPLE_SECRET_KEY = "insecure-sample-for-development-only-never-use-it-in-production"  # noqa: S105 - named for what it is
PREFIX = "SCALING_"

_TRUE = frozenset({"true", "yes", "on", "1"})
_FALSE = frozenset({"false", "no", "off", "0", ""})


def _boolean(text: str) -> bool:
    word = text.strip().lower()
    if word in _TRUE:
        return True
    if word in _FALSE:
        return False
    raise ValueError("must be true or false")


def _words(text: str) -> tuple[str, ...]:
    return tuple(word.strip() for word in text.split(",") if word.strip())


def _path(text: str) -> Path:
    return PROJECT_ROOT / Path(text).expanduser()


def _networks(text: str) -> tuple[Network, ...]:
    return tuple(ip_network(word) for word in _words(text))


def _schemes(text: str) -> frozenset[str]:
    named = frozenset(word.lower() for word in _words(text))
    unknown = ", ".join(sorted(named - KIND_OF_SCHEME.keys()))
    if unknown:
        raise ValueError(f"must name services of scaling/messengers.py; {unknown} is none")
    return named or frozenset(KIND_OF_SCHEME)


def _count(text: str) -> int:
    number = int(text) if text.strip().isascii() and text.strip().isdigit() else -1
    if not 0 <= number <= 10:
        raise ValueError("must be a number from 0 to 10")
    return number


def _log_level(text: str) -> str:
    level = text.strip().upper()
    if level not in {"DEBUG", "INFO", "WARNING", "ERROR"}:
        raise ValueError("must be DEBUG, INFO, WARNING or ERROR")
    return level


def _variable(name: str, *, default: str = "", parse: Callable[[str], object] = str.strip, about: str) -> Any:
    return field(metadata={"name": name, "default": default, "parse": parse, "about": about})


@dataclass(frozen=True, slots=True, kw_only=True)
class Environment:
    """The variables, read and parsed. A text that is empty was not set."""

    production: bool = _variable(
        "SCALING_PRODUCTION",
        default="false",
        parse=_boolean,
        about="The switch between development and production. In production the program refuses to start while "
        "a setting is unsafe or missing.",
    )
    debug: bool = _variable(
        "SCALING_DEBUG", default="false", parse=_boolean, about="Show tracebacks in the browser. Never in production."
    )
    secret_key: str = _variable(
        "SCALING_SECRET_KEY",
        default=SAMPLE_SECRET_KEY,
        about="Signs sessions and the links in pages. At least 50 random characters. Required in production.",
    )
    secret_key_fallbacks: tuple[str, ...] = _variable(
        "SCALING_SECRET_KEY_FALLBACKS",
        parse=_words,
        about="Former secret keys, separated by commas: what they signed stays valid while they are listed.",
    )
    public_url: str = _variable(
        "SCALING_PUBLIC_URL",
        about="The address under which people and programs reach the installation, such as "
        "https://oncall.example.org. Links in pages start with it. Required in production.",
    )
    operator_email: str = _variable(
        "SCALING_OPERATOR_EMAIL",
        about="Who is paged when an organization can reach nobody, and told when the installation is unwell. "
        "Required in production.",
    )
    email_url: str = _variable(
        "EMAIL_URL",
        about="The mail server, such as smtp+tls://user:password@mail.example.org:587. Required in production; "
        "in development mail is printed.",
    )
    from_email: str = _variable(
        "SCALING_FROM_EMAIL", about="The sender of every mail. Empty: scaling@ and the host of the public URL."
    )
    database_url: str = _variable(
        "DATABASE_URL",
        about="PostgreSQL 15 or newer, such as postgres://user:password@host:5432/name. Empty: the program runs a "
        "PostgreSQL of its own in the data directory.",
    )
    data_dir: Path = _variable(  # noqa: RUF009 - a field, as the others
        "SCALING_DATA_DIR", default="data", parse=_path, about="Where the program's own PostgreSQL keeps its data."
    )
    allowed_hosts: tuple[str, ...] = _variable(
        "SCALING_ALLOWED_HOSTS",
        parse=_words,
        about="Host names the web server answers to, separated by commas. Empty: the host of the public URL, and "
        "in development localhost.",
    )
    trust_proxy_ssl: bool = _variable(
        "SCALING_TRUST_PROXY_SSL",
        default="false",
        parse=_boolean,
        about="Believe X-Forwarded-Proto. Only behind a proxy that always sets this header itself.",
    )
    trusted_proxies: int = _variable(
        "SCALING_TRUSTED_PROXIES",
        default="0",
        parse=_count,
        about="How many proxies in front of the web server append the address they were called from to "
        "X-Forwarded-For. It tells clients apart where tries are rationed. 0: the header is not believed.",
    )
    require_second_factor: bool = _variable(
        "SCALING_REQUIRE_SECOND_FACTOR",
        default="false",
        parse=_boolean,
        about="Whoever signs in without a second factor is led to the page that sets one up, and to no other. "
        "Answering by the link in a page needs no signing in, and stays as it is.",
    )
    log_level: str = _variable(
        "SCALING_LOG_LEVEL", default="INFO", parse=_log_level, about="DEBUG, INFO, WARNING or ERROR."
    )
    outbound_allowed_networks: tuple[Network, ...] = _variable(
        "SCALING_OUTBOUND_ALLOWED_NETWORKS",
        parse=_networks,
        about="Networks that webhooks and chat servers may lie in although they are not public, separated by commas, "
        "such as 10.20.0.0/16. Whoever may add a contact method can make the program call into them.",
    )
    apprise_schemes: frozenset[str] = _variable(
        "SCALING_APPRISE_SCHEMES",
        parse=_schemes,
        about="The chat, SMS and push services people may be paged over, by the schemes of their URLs, separated by "
        "commas, such as slack,ntfys,twilio. Empty: all that scaling/messengers.py lists.",
    )
    dead_man_url: str = _variable(
        "SCALING_DEAD_MAN_URL",
        about="A URL of a service elsewhere that every worker calls once a minute while all is well, and that tells the "
        "operator when the calls stop.",
    )
    demo_mail_dir: str = _variable(
        "SCALING_DEMO_MAIL_DIR",
        about="Where the demo's mail server keeps messages; set by up --demo, which shows them at /demo/mail. Never "
        "in production.",
    )
    env_file: str = _variable(
        "SCALING_ENV_FILE",
        default=".env",
        about="A file of further variables, one NAME=value a line, relative to the project. Values of the process's "
        "environment win.",
    )


def variables() -> tuple[Field[Any], ...]:
    """Return the fields of ``Environment``; each one's metadata holds ``name``, ``default`` and ``about``."""
    return fields(Environment)


def read_environment() -> Environment:
    """Read the ``.env`` file, if there is one, and parse the process's environment.

    Raises:
        ImproperlyConfigured: a value cannot be parsed; the message names the variable.
    """
    env_file = os.environ.get("SCALING_ENV_FILE", ".env")
    if env_file and (PROJECT_ROOT / env_file).is_file():
        environ.Env.read_env(PROJECT_ROOT / env_file)
    return parse_environment(os.environ)


def parse_environment(values: Mapping[str, str]) -> Environment:
    """Parse ``values``, the text of each variable by its name.

    Raises:
        ImproperlyConfigured: a value cannot be parsed; the message names the variable.
    """
    return Environment(**{variable.name: _parsed(variable, values) for variable in variables()})


def unknown_names(values: Mapping[str, str]) -> list[str]:
    """Return the names in ``values`` that look like ours and are not: misspelled, most likely."""
    known = {variable.metadata["name"] for variable in variables()}
    return sorted(name for name in values if name.startswith(PREFIX) and name not in known)


def _parsed(variable: Field[Any], values: Mapping[str, str]) -> Any:
    about = variable.metadata
    text = values.get(about["name"], about["default"])
    try:
        return about["parse"](text or about["default"])
    except ValueError as error:
        raise ImproperlyConfigured(f"{about['name']} {error}, not {text!r}.") from error
