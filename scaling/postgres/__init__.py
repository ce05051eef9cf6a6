"""The program's own PostgreSQL, for installations that name no database (design D1).

``server`` runs it; ``base`` is the Django backend that starts it with the first connection.
"""

from __future__ import annotations
