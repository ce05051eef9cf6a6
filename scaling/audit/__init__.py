"""The audit log: every change of what people and programs configure, written by the database itself (ADR 0019).

A model says in ``Meta.triggers`` what of it is audited (``triggers.audited``). Triggers then write each insert, update
and delete to ``scaling.models.AuditEvent``, in the same transaction, whichever way the change came: a service, a bulk
update, COPY, SQL by hand. ``source`` knows on whose behalf the work in hand is done, and ``telling`` tells PostgreSQL,
once per transaction and only where a statement writes to an audited table, so that reads and the engine pay nothing.
"""

from __future__ import annotations
