"""Grafana OnCall, of its public API.

Pages of a bundle are of the kinds ``users``, ``teams``, ``personal_notification_rules``, ``schedules``, ``on_call_shifts``,
``final_shifts`` (of a schedule), ``escalation_chains``, ``escalation_policies``, ``routes``, ``integrations`` and
``shift_swaps``. One entry, ``read``. What maps to what is told in ``docs/transfer.md``.
"""

from __future__ import annotations

from escalation.transfer.foreign.grafana.reader import read

__all__ = ["read"]
