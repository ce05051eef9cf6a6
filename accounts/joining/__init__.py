"""The page on which somebody who was invited joins an organization."""

from __future__ import annotations
