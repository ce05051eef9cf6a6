"""Building much at once without Python's collector of cycles."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def without_collector() -> Iterator[None]:
    """Let nobody look for cycles meanwhile, in any thread, for building much that has none and stays.

    Looking would go through all that is built already, time and again: of a large file it was more than half of the
    time. What is in no cycle is freed as ever. Where two threads ask for it the first one to end ends it for both.
    """
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()
