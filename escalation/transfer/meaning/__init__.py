"""What a change of a plan means, in sentences: who is on call instead of whom, and who is reached no longer.

It is read off the pure core, for the days that come: nothing here decides who is on call, or asks the database.
"""

from __future__ import annotations
