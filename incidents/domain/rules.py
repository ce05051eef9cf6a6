"""A person's rules, carried through JSON: a page keeps them as they were when it was fired."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

from escalation.domain.model import MethodId, Rule


def rules_to_json(rules: Sequence[Rule]) -> list[dict[str, Any]]:
    """Return ``rules`` as JSON values; durations in whole seconds."""
    return [
        {
            "method": str(rule.method),
            "afterSeconds": int(rule.after.total_seconds()),
            "everySeconds": None if rule.every is None else int(rule.every.total_seconds()),
            "severities": sorted(rule.severities),
            "usable": rule.usable,
        }
        for rule in rules
    ]


def rules_from_json(values: Sequence[dict[str, Any]]) -> tuple[Rule, ...]:
    """Return the rules ``rules_to_json`` wrote."""
    return tuple(
        Rule(
            method=MethodId(UUID(value["method"])),
            after=timedelta(seconds=value["afterSeconds"]),
            every=None if value["everySeconds"] is None else timedelta(seconds=value["everySeconds"]),
            severities=frozenset(value["severities"]),
            usable=value["usable"],
        )
        for value in values
    )
