"""The endpoints of plans, by subject."""

from __future__ import annotations
