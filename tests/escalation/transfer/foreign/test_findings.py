"""Every code of a finding is produced by some bundle, and whoever meets it can read what it means."""

from __future__ import annotations

import re

import pytest

from escalation.transfer.document import in_order
from escalation.transfer.findings import Code
from escalation.transfer.foreign.readers import read_foreign
from escalation.transfer.importing.own_rules import checked_document
from escalation.transfer.settling import settle
from scaling.env import PROJECT_ROOT
from tests.escalation.transfer.foreign.bundles import sources
from tests.escalation.transfer.foreign.goalert import producers as goalert
from tests.escalation.transfer.foreign.goalert.answers import PEOPLE as PEOPLE_OF_GOALERT
from tests.escalation.transfer.foreign.grafana import producers as grafana
from tests.escalation.transfer.foreign.opsgenie import producers as opsgenie
from tests.escalation.transfer.foreign.pagerduty import producers as pagerduty
from tests.escalation.transfer.foreign.pagerduty.answers import PEOPLE as PEOPLE_OF_PAGERDUTY

GUIDE = (PROJECT_ROOT / "docs" / "transfer.md").read_text()
CASES = [
    *(("pagerduty", code, [PEOPLE_OF_PAGERDUTY, *pages]) for code, pages in pagerduty.PRODUCERS.items()),
    *(("goalert", code, [PEOPLE_OF_GOALERT, *pages]) for code, pages in goalert.PRODUCERS.items()),
    *(("grafana-oncall", code, pages) for code, pages in grafana.PRODUCERS.items()),
    *(("opsgenie", code, pages) for code, pages in opsgenie.PRODUCERS.items()),
]
"""A product, a code, and the pages of a bundle of that product in which a finding has that code."""


@pytest.mark.parametrize(("product", "code", "pages"), CASES, ids=[f"{case[0]}-{case[1]}" for case in CASES])
def test_a_bundle_produces_the_finding(product, code, pages):
    arrival = settle(read_foreign(sources(product, *pages)))
    found = [finding for finding in arrival.findings if finding.code == code]
    assert found
    assert all(finding.name and finding.message[-1] == "." and finding.message[0].islower() for finding in found)
    assert checked_document(arrival) == in_order(arrival.document)


def test_every_code_is_produced_by_some_bundle():
    assert {code for _, code, _ in CASES} == set(Code)


def test_every_code_is_documented_with_what_to_do():
    table = GUIDE.split("\n## Findings\n")[1]
    assert re.findall(r"^\| `([A-Z_]+)` \| [^|]+ \| [^|]+ \|$", table, re.MULTILINE) == list(Code)
