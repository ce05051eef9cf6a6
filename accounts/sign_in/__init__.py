"""Signing in and out, passwords, and everybody's own account: allauth's flows, in our look and under our rules."""

from __future__ import annotations
