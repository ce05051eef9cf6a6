"""A web application that never finishes loading: what the real one is to somebody who stops it at once."""

from __future__ import annotations

import os
import time

print("loading", flush=True)
started_by = os.getppid()
while os.getppid() == started_by:
    time.sleep(0.1)
