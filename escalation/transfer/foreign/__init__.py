"""What other products export, read into the document of our own: a room for each product.

A reader takes a bundle and returns an ``Arrival``. It asks neither the database nor any network, and the clock of no
machine: ``now`` is when the bundle was fetched. Whatever it cannot say in our words becomes a finding.
"""

from __future__ import annotations
