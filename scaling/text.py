"""How names compare, and which characters may not stand in them.

Two names are the same name when their NFKC form, case-folded and trimmed, is equal (contract section 2,
``reliability.md`` B38). The key is stored beside the name, under a unique index per organization.
"""

from __future__ import annotations

import hashlib
import unicodedata

# A B-tree entry holds 2,700 bytes, and NFKC can lengthen a text eighteen-fold (U+FDFA).
NAME_KEY_LENGTH = 500

# Format characters that reorder the text around them (Trojan Source), and letters that draw nothing.
_BIDI_CONTROLS = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_BLANK_LETTERS = frozenset("\u115f\u1160\u2800\u3164\uffa0\u034f\u17b4\u17b5")
_INVISIBLE_CATEGORIES = frozenset({"Cc", "Cf", "Zs", "Zl", "Zp", "Cs", "Cn"})


def name_key(name: str) -> str:
    """Return the form under which ``name`` is compared with others."""
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", name).casefold()).strip()
    if len(folded) <= NAME_KEY_LENGTH:
        return folded
    digest = hashlib.sha256(folded.encode()).hexdigest()
    return folded[: NAME_KEY_LENGTH - len(digest)] + digest


def is_invisible(text: str) -> bool:
    """Tell whether a reader would see nothing at all of ``text``."""
    return all(c in _BLANK_LETTERS or unicodedata.category(c) in _INVISIBLE_CATEGORIES for c in text)


def single_line(text: str) -> str:
    """Return ``text`` fit for a mail subject or a log: one line, no control or direction characters."""
    visible = (" " if c.isspace() or unicodedata.category(c) in {"Cc", "Zl", "Zp"} else c for c in text)
    kept = (c for c in visible if unicodedata.category(c) not in {"Cf", "Cs"})
    return " ".join("".join(kept).split())


def clean_name(name: str, *, max_length: int) -> str:
    """Return ``name`` trimmed.

    Raises:
        ValueError: it is invisible, too long, or holds control, direction or unpaired surrogate characters.
    """
    trimmed = name.strip()
    if is_invisible(trimmed):
        raise ValueError("must hold at least one visible character")
    if len(trimmed) > max_length:
        raise ValueError(f"must not be longer than {max_length} characters")
    if any(c in _BIDI_CONTROLS or unicodedata.category(c) in {"Cc", "Cs"} for c in trimmed):
        raise ValueError("must not hold control, direction or unpaired surrogate characters")
    return trimmed
