"""Settings under which the tests, and the processes they start, run.

The database is the program's own PostgreSQL in ``data/test``, unless ``DATABASE_URL`` names another. Of processes that
share the tests each has a PostgreSQL of its own beneath.
"""

from __future__ import annotations

import os

# A developer's own .env file has no say in tests.
os.environ.setdefault("SCALING_ENV_FILE", "")

from scaling.settings import *  # noqa: F403 - what a settings module of this kind is
from scaling.settings import DATABASES, SCALING

if not SCALING.database_url:
    DATABASES["default"] |= {
        "DATA_DIR": SCALING.data_dir / "test" / os.environ.get("PYTEST_XDIST_WORKER", ""),
        # A test database need not survive a power cut.
        "SERVER_OPTIONS": {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"},
    }

CLOCK = "tests.clock.OffsetClock"
CLOCK_OFFSET_FILE = os.environ.get("SCALING_TEST_CLOCK")
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
