"""Whether an import is equivalent: who another product says is on call, compared with who is on call here."""

from __future__ import annotations
