"""A person's own page: when they are on call, how they are reached, what waits for them."""

from __future__ import annotations
