"""Fetching what another product knows of an organization, into a bundle that ``escalation.transfer.foreign`` reads.

A product is a few small functions from values to values: which requests begin, and which follow from a page. ``fetch``
asks them one after another; ``calls`` makes each call, patiently and without giving the token away; ``directory`` keeps
the pages as they came. What follows from a page depends on the page alone, so a fetch that was interrupted walks through
what is on the disk once more, and goes on where that ends. No database is needed.
"""

from __future__ import annotations
