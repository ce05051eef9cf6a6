"""The calendar feed: shifts as calendar programs read them (RFC 5545), for whoever holds its link."""

from __future__ import annotations
