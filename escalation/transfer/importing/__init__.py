"""A document into an organization: match, plan, and apply all of it or nothing.

``matching`` finds what the organization has already, ``planning`` says what would change, ``applying`` changes it.
Only ``state`` and ``applying`` ask the database; the rest are functions of documents.
"""

from __future__ import annotations
