"""What became of the pages of an escalation: the facts a decision needs, in one statement for a whole batch."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from django.db import connection

from incidents.domain.model import Reach

# A fallback paged beside a layer is not one of the layer's own pages, but it is one of the pass. A plan applied while
# a layer is paging begins a pass without a firing: the layer's own pages are those of that pass too.
_FACTS: Final = """
SELECT escalation.id,
  coalesce(bool_or(own AND heard), false), coalesce(bool_or(own AND trying), false),
  coalesce(bool_or(heard), false), coalesce(bool_or(trying), false),
  coalesce(bool_or(own), false),
  coalesce((SELECT count FROM incidents_strike WHERE row_id = escalation.id), 0)
FROM incidents_escalation AS escalation
LEFT JOIN LATERAL (
  SELECT
    firing.number >= escalation.entered AND (firing.cause <> 'fallback' OR escalation.state = 'exhausted') AS own,
    delivery.handed_over_at IS NOT NULL AS heard,
    coalesce(delivery.status = 'pending', false) OR page.next_at IS NOT NULL AS trying
  FROM incidents_page AS page
  JOIN incidents_firing AS firing ON firing.id = page.firing_id
  LEFT JOIN incidents_delivery AS delivery ON delivery.page_id = page.id
  WHERE page.escalation_id = escalation.id
    AND (firing.pass_no = escalation.pass_no OR firing.number >= escalation.entered)
) AS sent ON true
WHERE escalation.id = ANY(%s)
GROUP BY escalation.id
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What became of the pages, and how often handling the row has failed."""

    reach: Reach
    is_dead: bool
    strikes: int


def load_facts(ids: Sequence[UUID]) -> Mapping[UUID, Facts]:
    """Return the facts of each escalation of ``ids``. One statement."""
    with connection.cursor() as cursor:
        cursor.execute(_FACTS, [list(ids)])
        rows = cursor.fetchall()
    return {
        row_id: Facts(
            reach=Reach(heard=heard, trying=trying, pass_heard=pass_heard, pass_trying=pass_trying),
            is_dead=paged and not heard and not trying,
            strikes=strikes,
        )
        for row_id, heard, trying, pass_heard, pass_trying, paged, strikes in rows
    }
