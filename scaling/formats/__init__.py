"""How instants are written, by language."""

from __future__ import annotations
