"""Bulk in and out: an organization's plan as one document, and the files that hold it.

Every reader produces the one document of ``document``, and every writer takes it; none of them knows where it goes
to or comes from. Only ``loader`` asks the database.
"""

from __future__ import annotations
