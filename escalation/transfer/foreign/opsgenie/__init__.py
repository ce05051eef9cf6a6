"""Opsgenie, and Jira Service Management Operations, which answers nearly the same.

Pages of a bundle are of the kinds ``users``, ``user`` (of an id, with contacts), ``notification-rules`` (of a user),
``steps`` (of a user and a rule, ``userId/ruleId``), ``forwarding-rules``, ``teams``, ``team`` (of an id, with members),
``routing-rules`` (of a team), ``schedules`` (with rotations), ``overrides`` and ``timeline`` (each of a schedule) and
``escalations``.
"""

from __future__ import annotations

from escalation.transfer.foreign.opsgenie.reader import read

__all__ = ["read"]
