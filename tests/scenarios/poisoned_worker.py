"""A worker whose loader of worlds is broken: run as a program in place of ``manage.py worker``."""

from __future__ import annotations

import os
import sys

import django

sys.path.insert(0, os.getcwd())
django.setup()

from django.core.management import call_command  # noqa: E402 - needs the apps

from incidents import engine  # noqa: E402 - needs the apps


def no_world(needs, **since):
    """Fail as a broken rotation would."""
    raise RuntimeError("no world today")


setattr(engine, "load_worlds", no_world)  # noqa: B010 - a module's own import
call_command("worker")
