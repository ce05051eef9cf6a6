"""What GoAlert is asked, as one GraphQL document for each age of its schema.

A key of GoAlert serves the document it was made with and no other, to the letter. So all queries are in one, and each request
names the operation it wants. Published by ``fetch_from goalert --show-queries``: do not change a letter without need.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

_DESTINATION: Final = "dest { type args }"
_ACTIONS: Final = "actions { type args }"


def _document(*, contact: str, step: str) -> str:
    return f"""\
query Users($after: String!) {{
  users(input: {{first: 50, after: $after}}) {{
    pageInfo {{ endCursor hasNextPage }}
    nodes {{
      id name email role
      contactMethods {{ id name {contact} disabled pending }}
      notificationRules {{ id delayMinutes contactMethodID }}
    }}
  }}
}}

query Rotations($after: String!) {{
  rotations(input: {{first: 50, after: $after}}) {{
    pageInfo {{ endCursor hasNextPage }}
    nodes {{
      id name description timeZone start type shiftLength activeUserIndex userIDs
      nextHandoffTimes(num: 1)
    }}
  }}
}}

query Schedules($after: String!) {{
  schedules(input: {{first: 50, after: $after}}) {{
    pageInfo {{ endCursor hasNextPage }}
    nodes {{
      id name description timeZone
      targets {{ target {{ id type name }} rules {{ start end weekdayFilter }} }}
      temporarySchedules {{ start end shifts {{ userID start end }} }}
    }}
  }}
}}

query EscalationPolicies($after: String!) {{
  escalationPolicies(input: {{first: 50, after: $after}}) {{
    pageInfo {{ endCursor hasNextPage }}
    nodes {{
      id name description repeat
      assignedTo {{ id type name }}
      steps {{ id stepNumber delayMinutes {step} }}
    }}
  }}
}}

query UserOverrides($after: String!, $start: ISOTimestamp!) {{
  userOverrides(input: {{first: 50, after: $after, start: $start}}) {{
    pageInfo {{ endCursor hasNextPage }}
    nodes {{ id start end addUserID removeUserID target {{ id type name }} }}
  }}
}}

query Shifts($id: ID!, $start: ISOTimestamp!, $end: ISOTimestamp!) {{
  schedule(id: $id) {{
    id
    shifts(start: $start, end: $end) {{ userID start end truncated }}
  }}
}}"""


QUERIES: Final[Mapping[str, str]] = {
    "newest": _document(contact=_DESTINATION, step=f"multiAck {_ACTIONS}"),
    "older": _document(contact=_DESTINATION, step=_ACTIONS),
    "oldest": _document(contact="type value", step="targets { id type name }"),
}
"""The newest knows steps that several people have to acknowledge, the oldest targets in place of destinations."""
