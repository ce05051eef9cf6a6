"""Measurements. Each module prints a ratio against a floor measured in the same run; README.md says what and how.

Importing this package sets Django up as in production, on a database of its own: a PostgreSQL in a temporary
directory, or a new database on the server that ``DATABASE_URL`` names. Pages are composed, and sent to nobody.
"""

from __future__ import annotations

import os
import tempfile

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "scaling.settings")
os.environ["SCALING_ENV_FILE"] = ""
os.environ["EMAIL_URL"] = "dummymail://"
if not os.environ.get("DATABASE_URL"):
    os.environ["SCALING_DATA_DIR"] = tempfile.mkdtemp(prefix="scaling-bench-")

django.setup()
