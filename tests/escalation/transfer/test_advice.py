"""Pages and the guide say the same of what to do about a finding."""

from __future__ import annotations

import re

from escalation.transfer.advice import ADVICE
from escalation.transfer.findings import Code
from scaling.env import PROJECT_ROOT


def test_the_guide_gives_the_same_advice():
    table = (PROJECT_ROOT / "docs" / "transfer.md").read_text().split("\n## Findings\n")[1]
    said = re.findall(r"^\| `([A-Z_]+)` \| [^|]+ \| ([^|]+) \|$", table, re.MULTILINE)
    assert said == [(str(code), ADVICE[code]) for code in Code]
