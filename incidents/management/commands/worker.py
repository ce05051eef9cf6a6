"""``manage.py worker``: run the engine."""

from __future__ import annotations

import signal
from typing import Any

from django.core.management.base import BaseCommand

from incidents.worker import Worker
from scaling.checks import refuse_unsafe_start
from scaling.database import WORKER, set_limits


class Command(BaseCommand):
    """Runs one worker until SIGTERM or SIGINT; run as many as you like, on as many hosts as you like."""

    help = "Page whoever is due: run one worker until it is told to stop."

    def handle(self, *args: Any, **options: Any) -> None:
        """Work; returns once everything in hand is finished."""
        refuse_unsafe_start()
        set_limits(WORKER)
        worker = Worker()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: worker.stop())
        worker.run()
