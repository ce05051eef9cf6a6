"""How many examples a property is tried with: few by default, for the whole suite must stay quick.

To hunt, run with ``HYPOTHESIS_EXAMPLES=5000``.
"""

from __future__ import annotations

import os

from hypothesis import settings

modest = settings(max_examples=int(os.environ.get("HYPOTHESIS_EXAMPLES", "20")), deadline=None)
