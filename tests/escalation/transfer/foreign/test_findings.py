"""Whoever meets a finding can read what it means."""

from __future__ import annotations

import re

from escalation.transfer.findings import Code
from scaling.env import PROJECT_ROOT

GUIDE = (PROJECT_ROOT / "docs" / "transfer.md").read_text()


def test_every_code_is_documented_with_what_to_do():
    table = GUIDE.split("\n## Findings\n")[1]
    assert re.findall(r"^\| `([A-Z_]+)` \| [^|]+ \| [^|]+ \|$", table, re.MULTILINE) == list(Code)
