"""Each code that the reader may tell is told of an account that has everything, and no other."""

from __future__ import annotations

from escalation.transfer.foreign.grafana import read
from tests.escalation.transfer.foreign.bundles import bundle
from tests.escalation.transfer.foreign.grafana.producers import PAGES, TELLS


def test_every_code_is_told_and_no_other():
    assert {each.code for each in read(bundle("grafana-oncall", *PAGES)).findings} == TELLS
