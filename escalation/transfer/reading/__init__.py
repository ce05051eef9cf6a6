"""Files in, a document out, and whatever is wrong with any of them, each with its place."""

from __future__ import annotations
