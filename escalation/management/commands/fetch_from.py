"""``manage.py fetch_from``: what another product knows of an organization, as a bundle to import."""

from __future__ import annotations

import os
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError, CommandParser

from escalation.transfer.fetching.calls import Patience
from escalation.transfer.fetching.errors import FetchFailed
from escalation.transfer.fetching.goalert_queries import QUERIES
from escalation.transfer.fetching.service import DEFAULT_WEEKS, MOST_WEEKS, PRODUCTS, Order, fetch_bundle
from scaling.commands import ServiceCommand


class Command(ServiceCommand):
    """Fetches, and prints where the bundle is."""

    help = (
        "Fetch users, schedules, overrides and escalation policies of another product, page by page as it answers, into "
        "a directory that import_policies reads. What is interrupted goes on where it stopped with the same command. "
        "Exit status 1: it is not complete; the text says why."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("product", choices=list(PRODUCTS))
        parser.add_argument(
            "--token-env",
            metavar="VAR",
            help="The environment variable that holds the token. It is sent to the product and kept nowhere.",
        )
        parser.add_argument(
            "--base-url",
            metavar="URL",
            help="Where the product is. Needed for what is self-hosted; for others see docs/transfer.md. http:// only "
            "for this machine and private networks.",
        )
        parser.add_argument("--out", metavar="DIR", help="A directory that only you may read.")
        parser.add_argument(
            "--weeks",
            type=int,
            metavar="N",
            default=DEFAULT_WEEKS,
            help=f"Of how many weeks from now to ask who is on call; at most {MOST_WEEKS}. Default: {DEFAULT_WEEKS}.",
        )
        parser.add_argument(
            "--redact-contacts",
            action="store_true",
            help="Keep no phone numbers and addresses of people; but the emails of their accounts.",
        )
        parser.add_argument(
            "--overwrite", action="store_true", help="Replace the bundle in DIR by this one at the end."
        )
        parser.add_argument(
            "--grafana-url",
            metavar="URL",
            help="Of grafana-oncall: the Grafana whose service account the token is of. OnCall's own tokens need none.",
        )
        parser.add_argument(
            "--show-queries",
            nargs="?",
            const="newest",
            choices=list(QUERIES),
            help="Of goalert: print the text to make a key with, and fetch nothing. Default: newest.",
        )

    def run(self, options: Mapping[str, Any]) -> str:
        """Return the path of the bundle, or the text of the queries."""
        if options["show_queries"]:
            return QUERIES[options["show_queries"]]
        for name in ("--token-env", "--out"):
            if options[name.removeprefix("--").replace("-", "_")] is None:
                raise CommandError(f"{name}: is needed")
        try:
            with self.progress(options) as steps:
                missing = fetch_bundle(
                    _order(options),
                    _token(options["token_env"]),
                    steps,
                    Patience(note=steps.note),
                    now=datetime.now(UTC),
                )
        except FetchFailed as failed:
            raise CommandError(str(failed)) from failed
        except OSError as error:
            raise CommandError(f"--out: {error.strerror}: {options['out']}") from error
        for sentence in missing:
            self.stderr.write(f"Incomplete: {sentence}")
        return str(options["out"])


def _order(options: Mapping[str, Any]) -> Order:
    return Order(
        product=options["product"],
        base_url=options["base_url"],
        stack_url=options["grafana_url"],
        out=Path(options["out"]),
        weeks=options["weeks"],
        redacted=options["redact_contacts"],
        overwrite=options["overwrite"],
    )


def _token(variable: str) -> str:
    token = os.environ.get(variable, "").strip()
    if not token:
        raise FetchFailed(f"--token-env: the environment has no {variable}, or nothing in it.")
    return token
