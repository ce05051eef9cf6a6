"""What people do with mouse and keyboard, in a real browser."""

from __future__ import annotations
