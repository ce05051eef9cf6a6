"""The endpoints that tell who is on call (contract sections 4 and 5.1)."""

from __future__ import annotations
