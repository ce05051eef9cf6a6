"""A page's copy of its person's rules."""

from __future__ import annotations

import json
from datetime import timedelta
from uuid import UUID

from escalation.domain.model import ALL_SEVERITIES, MethodId, Rule
from incidents.domain.rules import rules_from_json, rules_to_json

RULES = (
    Rule(
        method=MethodId(UUID(int=7)),
        after=timedelta(minutes=5),
        every=timedelta(minutes=2),
        severities=frozenset({"critical", "high"}),
        usable=False,
    ),
    Rule(method=MethodId(UUID(int=0)), after=timedelta(0), every=None, severities=ALL_SEVERITIES, usable=True),
)


def test_rules_survive_the_way_through_json_in_their_order():
    assert rules_from_json(json.loads(json.dumps(rules_to_json(RULES)))) == RULES


def test_rules_keep_their_form():
    assert rules_to_json(RULES[:1]) == [
        {
            "method": "00000000-0000-0000-0000-000000000007",
            "afterSeconds": 300,
            "everySeconds": 120,
            "severities": ["critical", "high"],
            "usable": False,
        }
    ]
