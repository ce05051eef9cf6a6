"""The answer page: what somebody who was paged sees and can do, with nothing but the link in the page."""

from __future__ import annotations
