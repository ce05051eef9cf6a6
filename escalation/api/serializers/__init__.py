"""The bodies of requests and replies about plans, by subject."""

from __future__ import annotations
