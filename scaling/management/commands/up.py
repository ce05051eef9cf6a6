"""``manage.py up``: the whole installation on one machine, under one supervisor."""

from __future__ import annotations

import os
import socket
import sys
from pathlib import Path
from typing import Any, Final

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandParser
from django.db import connection

from scaling import clock
from scaling.checks import refuse_unsafe_start
from scaling.demo.team import Demo, demo_in
from scaling.supervisor import Child, Supervisor

_WEB_PROCESSES: Final = 2
_THREADS_EACH: Final = 4
# A process of the web server that is still loading the program does not hear that it is to stop.
_DRAIN_SECONDS: Final = 10
_MANAGE: Final = str(Path(sys.argv[0]).resolve())

_CURLS: Final = """
List the policies:
  curl -s {url}/v1/escalation/policies -H 'Authorization: Bearer {key}'

Trigger an incident, and see its page arrive at {url}/demo/mail:
  curl -s {url}/v1/incidents -H 'Authorization: Bearer {key}' -H 'Content-Type: application/json' \\
    -d '{{"title": "Parcels are not being tracked", "severity": "high", "escalationPolicyId": "{policy}"}}'

Look at it:
  curl -s '{url}/v1/incidents?limit=1' -H 'Authorization: Bearer {key}'
"""


class Command(BaseCommand):
    """Starts PostgreSQL, migrates, and keeps a web server and workers running until Ctrl-C."""

    help = "Start everything: database, web server and workers."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--host", default="127.0.0.1", help="Where the web server listens. Default: 127.0.0.1.")
        parser.add_argument("--port", type=int, default=8000, help="Default: 8000.")
        parser.add_argument("--workers", type=int, default=2, metavar="N", help="How many workers. Default: 2.")
        parser.add_argument("--demo", action="store_true", help="Add a demo organization and a mailbox at /demo/mail.")

    def handle(self, *args: Any, **options: Any) -> None:
        """Run until told to stop; every child has ended when this returns."""
        call_command("migrate", verbosity=0)
        refuse_unsafe_start()
        url = settings.SCALING.public_url or f"http://localhost:{options['port']}"
        environment = {**os.environ, "DATABASE_URL": _database_url(), "SCALING_PUBLIC_URL": url}
        children = [Child("web", web_command(options["host"], options["port"]))]
        children += [Child(f"worker {number}", [sys.executable, _MANAGE, "worker"]) for number in _up_to(options)]
        self.stdout.write(f"Scaling is at {url}/")
        if options["demo"]:
            children.insert(0, _mail_server(environment))
            self._tell(demo_in(_demo_directory(), clock.now()), url)
        connection.close()
        Supervisor(children, environment).run(lambda: None)

    def _tell(self, demo: Demo | None, url: str) -> None:
        if demo is None:
            self.stdout.write("The database is not empty, so no demo organization was added.")
            return
        self.stdout.write(f"Admin:    {url}/admin/  {demo.email}  {demo.password}")
        self.stdout.write(f"Mailbox:  {url}/demo/mail")
        self.stdout.write(f"API key:  {demo.api_key}")
        self.stdout.write(_CURLS.format(url=url, key=demo.api_key, policy=demo.policy_id))
        self.stdout.flush()


def _up_to(options: dict[str, Any]) -> range:
    return range(1, options["workers"] + 1)


def _database_url() -> str:
    """Return what children connect by; this process holds the program's own PostgreSQL, if it is that."""
    named: str = settings.SCALING.database_url
    return named or str(connection.server.url)  # type: ignore[attr-defined]


def web_command(host: str, port: int, application: str = "scaling.wsgi:application") -> list[str]:
    """Return the command of the web server, with the processes and threads an installation runs."""
    granian = [sys.executable, "-m", "granian", "--interface", "wsgi", "--host", host, "--port", str(port)]
    size = ["--workers", str(_WEB_PROCESSES), "--blocking-threads", str(_THREADS_EACH), "--log-level", "warning"]
    return [*granian, *size, "--workers-kill-timeout", str(_DRAIN_SECONDS), application]


def _mail_server(environment: dict[str, str]) -> Child:
    """Return the demo's mail server, and let ``environment`` lead mail to it."""
    port, directory = _free_port(), _demo_directory() / "mail"
    environment |= {"EMAIL_URL": f"smtp://127.0.0.1:{port}", "SCALING_DEMO_MAIL_DIR": str(directory)}
    return Child("mail", [sys.executable, _MANAGE, "demo_mail", "--port", str(port), "--directory", str(directory)])


def _demo_directory() -> Path:
    directory: Path = settings.SCALING.data_dir
    return directory / "demo"


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port
