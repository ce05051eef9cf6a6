"""``manage.py demo_mail``: the demo's mail server, started by ``up --demo``."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

from aiosmtpd.smtp import SMTP
from django.core.management.base import BaseCommand, CommandParser

from scaling.demo.mailbox import Keeper


class Command(BaseCommand):
    """Takes every message on a port of this machine and keeps it in a directory."""

    help = "Take mail for the demo and keep it in a directory."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--port", type=int, required=True)
        parser.add_argument("--directory", type=Path, required=True)

    def handle(self, *args: Any, **options: Any) -> None:
        """Serve until the process is ended."""
        asyncio.run(_serve(options["port"], Keeper(options["directory"])))


async def _serve(port: int, keeper: Keeper) -> None:
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: SMTP(keeper, loop=loop), "127.0.0.1", port)
    await server.serve_forever()
