"""Fixtures of the whole suite."""

from __future__ import annotations

pytest_plugins = ["tests.fixtures.accounts", "tests.fixtures.cast", "tests.fixtures.logs"]
