"""How fetching fails. Texts are sentences for the operator, and hold no token."""

from __future__ import annotations


class FetchFailed(Exception):
    """It cannot go on. What was fetched stays, and the same command goes on from there."""


class WrongShape(FetchFailed):
    """An answer is not what the product's documentation says, so nobody knows what follows from it."""


class TooMuch(FetchFailed):
    """There is more than a bundle may hold; going on does not mend that."""
