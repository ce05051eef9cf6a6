"""Signing in and out, for people who are no operators of the admin."""

from __future__ import annotations
