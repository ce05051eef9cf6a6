"""PostgreSQL through connections that give up: a web request waits for the database so long and no longer.

A refused connection fails at once by itself, but a server that hangs (frozen, out of reach, waiting for a lost
standby in the middle of a commit) keeps a client waiting for ever, timeouts set in the server included. So the time
is taken on this side. ``budget`` says how long, ``connection`` keeps to it, ``base`` is the Django backend.
"""

from __future__ import annotations
