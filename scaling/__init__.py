"""Scaling: self-hosted on-call escalation.

Time-zone data comes from the pinned ``tzdata`` package alone, never from the host (design D13), so the search
path is emptied before anything can look a zone up.
"""

from __future__ import annotations

import zoneinfo

__version__ = "0.1.0"

zoneinfo.reset_tzpath(())
