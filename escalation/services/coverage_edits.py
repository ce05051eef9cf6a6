"""Finding marks that an edit has passed by (docs/decisions/0007: by what there is, and not by who has told).

All that a policy, or a schedule, is judged by is counted into one text: versions, which count every change of what they
are of; whether people can be paged and over what; and what is declared. A mark remembers that text; where another is
found, it is due at once. Whoever edits need not know that there are marks, and no way of editing can forget to tell.

The text is not what was judged, but what had been seen before it was: a check that begins after an edit, and a look that
comes after the check, find one edit twice, and never not at all.
"""

from __future__ import annotations

from datetime import datetime
from typing import Final

from django.db import IntegrityError, connection, transaction

_LOCK: Final = 7_236_112_005
"""Looking is for one worker at a time; whoever comes meanwhile need not."""

# Sums do not depend on an order. Of what a sum is over, each part's number only grows or is drawn anew.
_INPUTS: Final = """
person AS (
  SELECT member.id, hashtextextended(concat_ws('|', member.id,
    member.is_active AND member.ended_at IS NULL AND account.is_active,
    (SELECT string_agg(method.id::text, ',' ORDER BY method.id) FROM accounts_contactmethod method
     WHERE method.membership_id = member.id AND method.verified_at IS NOT NULL),
    (SELECT string_agg(concat(rule.contact_method_id, rule.severities), ',' ORDER BY rule.position)
     FROM accounts_notificationrule rule WHERE rule.membership_id = member.id)), 0)::numeric AS number
  FROM accounts_membership member JOIN accounts_user account ON account.id = member.user_id
),
declared AS (
  SELECT coalesce(policy_id, schedule_id) AS owner_id, sum(hashtextextended(id::text, 0)) AS number
  FROM escalation_intendedgap GROUP BY owner_id
),
served AS (
  SELECT schedule_id, sum(person.number) AS number FROM (
    SELECT rotation.schedule_id, turn.membership_id FROM escalation_rotationparticipant turn
    JOIN escalation_rotation rotation ON rotation.id = turn.rotation_id
    UNION ALL
    SELECT schedule_id, membership_id FROM escalation_override WHERE ends_at > %(now)s
  ) AS by_whom JOIN person ON person.id = by_whom.membership_id GROUP BY schedule_id
),
of_schedule AS (
  SELECT schedule.organization_id, schedule.id, hashtextextended(concat_ws('|', schedule.id, schedule.version,
    served.number, declared.number), 0)::numeric AS number
  FROM escalation_schedule schedule
  LEFT JOIN served ON served.schedule_id = schedule.id
  LEFT JOIN declared ON declared.owner_id = schedule.id
),
named AS (
  SELECT layer.policy_id, sum(person.number) AS number FROM escalation_layeruser one
  JOIN escalation_layer layer ON layer.id = one.layer_id JOIN person ON person.id = one.membership_id
  GROUP BY layer.policy_id
),
looked_at AS (
  SELECT layer.policy_id, sum(of_schedule.number) AS schedules,
    sum(hashtextextended(concat_ws('|', hours.id, hours.version), 0)::numeric) AS hours
  FROM escalation_layer layer
  LEFT JOIN of_schedule ON of_schedule.id = layer.schedule_id
  LEFT JOIN escalation_workinghours hours ON hours.id = layer.working_hours_id
  GROUP BY layer.policy_id
),
told AS (
  SELECT policy.organization_id, policy.id AS policy_id, NULL::uuid AS schedule_id, md5(concat_ws('|',
    policy.version, named.number, looked_at.schedules, coalesce(looked_at.hours, 0), declared.number)) AS inputs
  FROM escalation_policy policy
  LEFT JOIN named ON named.policy_id = policy.id
  LEFT JOIN looked_at ON looked_at.policy_id = policy.id
  LEFT JOIN declared ON declared.owner_id = policy.id
  UNION ALL
  SELECT organization_id, NULL, id, md5(number::text) FROM of_schedule
)
"""

# A mark that somebody else holds at this moment is left for the next look.
_EDITED: Final = f"""
WITH {_INPUTS},
passed_by AS (
  SELECT mark.id, told.inputs FROM told
  JOIN escalation_coveragemark mark ON mark.policy_id = told.policy_id
  WHERE mark.inputs <> told.inputs
  UNION ALL
  SELECT mark.id, told.inputs FROM told
  JOIN escalation_coveragemark mark ON mark.schedule_id = told.schedule_id
  WHERE mark.inputs <> told.inputs
),
locked AS (
  SELECT id FROM escalation_coveragemark WHERE id IN (SELECT id FROM passed_by)
  ORDER BY id FOR NO KEY UPDATE SKIP LOCKED
),
edited AS (
  UPDATE escalation_coveragemark AS mark SET inputs = passed_by.inputs, due_at = %(now)s
  FROM passed_by JOIN locked USING (id) WHERE mark.id = passed_by.id
  RETURNING mark.id
),
made AS (
  INSERT INTO escalation_coveragemark (id, organization_id, policy_id, schedule_id, inputs, due_at, tries, failure,
    gap_count, concern_count)
  SELECT gen_random_uuid(), told.organization_id, told.policy_id, told.schedule_id, told.inputs, %(now)s, 0,
    '', 0, 0
  FROM told
  WHERE NOT EXISTS (SELECT FROM escalation_coveragemark WHERE policy_id = told.policy_id)
    AND NOT EXISTS (SELECT FROM escalation_coveragemark WHERE schedule_id = told.schedule_id)
  ON CONFLICT DO NOTHING
  RETURNING id
)
SELECT (SELECT count(*) FROM edited) + (SELECT count(*) FROM made)
"""  # noqa: S608 - built of constants


def mark_edited(now: datetime) -> int:
    """Have every policy and schedule that was made or edited since the last look checked at once; tell how many.

    Two statements, the second over all there is. Where another worker looks at this moment, nothing is done, nor where
    something new is deleted at this moment: the next look finds the rest.
    """
    try:
        return _mark_edited(now)
    except IntegrityError:
        return 0


@transaction.atomic
def _mark_edited(now: datetime) -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [_LOCK])
        if not cursor.fetchone()[0]:
            return 0
        cursor.execute(_EDITED, {"now": now})
        found: int = cursor.fetchone()[0]
        return found
