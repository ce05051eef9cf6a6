"""Telephone numbers, as one dials them from anywhere."""

from __future__ import annotations

import re
from typing import Final

_LEAST: Final = 7
_MOST: Final = 15
_NO_DIGIT: Final = re.compile(r"\D", re.ASCII)


def international_number(number: str, country_code: str = "") -> str | None:
    """Return a number as E.164 has it, ``+34600000001``; None if it cannot be one.

    A number without a plus needs the country code, which is put before it as it stands.
    """
    has_plus = number.strip().startswith("+")
    if not has_plus and not country_code:
        return None
    digits = _NO_DIGIT.sub("", number if has_plus else country_code + number)
    return f"+{digits}" if _LEAST <= len(digits) <= _MOST else None
