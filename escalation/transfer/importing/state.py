"""What an organization has when an import is planned, read from the database."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from django.db import connection

from accounts.models import Membership
from accounts.services.finding import locked_organization
from escalation.models import ImportedObject, Policy, Schedule, WorkingHours
from escalation.transfer.findings import Subject
from escalation.transfer.importing.planning import State
from escalation.transfer.keys import key_of_email, key_of_name
from escalation.transfer.loader import load_document

# A version counts every change of a policy, a schedule or working hours; of people all is compared that an import reads.
_FINGERPRINT: Final = """
SELECT encode(sha256(convert_to(coalesce(string_agg(line, E'\\n' ORDER BY line COLLATE "C"), ''), 'UTF8')), 'hex')
FROM (
  SELECT concat_ws(' ', 'policy', id, version) AS line FROM escalation_policy WHERE organization_id = %(organization)s
  UNION ALL
  SELECT concat_ws(' ', 'schedule', id, version) FROM escalation_schedule WHERE organization_id = %(organization)s
  UNION ALL
  SELECT concat_ws(' ', 'hours', id, version) FROM escalation_workinghours WHERE organization_id = %(organization)s
  UNION ALL
  SELECT concat_ws(' ', 'import', id) FROM escalation_importedobject WHERE organization_id = %(organization)s
  UNION ALL
  SELECT json_build_array(member.id, login.email, member.first_name, member.last_name, member.is_active, member.ended_at)::text
  FROM accounts_membership member JOIN accounts_user login ON login.id = member.user_id
  WHERE member.organization_id = %(organization)s
) AS lines
"""


def load_state(organization_id: str) -> State:
    """Return what an organization has. Five statements, whatever the size; the fingerprint is never of a later state.

    Raises:
        InvalidInput: there is no such organization.
    """
    fingerprint = fingerprint_of(organization_id)
    return State(
        organization_id=organization_id,
        document=load_document(organization_id),
        left=frozenset(_left(organization_id)),
        refs=dict(_refs(organization_id)),
        fingerprint=fingerprint,
    )


def lock_for_import(organization_id: str) -> None:
    """Keep others from importing and from changing what an import reads, until the transaction ends. Five statements.

    Incidents are triggered and escalate all the while: they hold on to policies, and do not change them. How references
    are checked is planned anew: where there was little, this connection may have planned to read whole tables.

    Raises:
        NotFound: there is no such organization.
    """
    locked_organization(organization_id)
    for model in (WorkingHours, Schedule, Policy):
        rows = model.objects.for_organization(organization_id).select_for_update(no_key=True)
        list(rows.order_by("id").values_list("id", flat=True))
    with connection.cursor() as cursor:
        cursor.execute("DISCARD PLANS")


def fingerprint_of(organization_id: str) -> str:
    """Return what is another text after any change of what an import reads. One statement."""
    with connection.cursor() as cursor:
        cursor.execute(_FINGERPRINT, {"organization": organization_id})
        return str(cursor.fetchone()[0])


def _left(organization_id: str) -> Iterator[str]:
    rows = Membership.objects.for_organization(organization_id).filter(ended_at__isnull=False)
    return (key_of_email(email) for email in rows.values_list("user__email", flat=True))


def _refs(organization_id: str) -> Iterator[tuple[tuple[str, str, str], Subject]]:
    rows = ImportedObject.objects.for_organization(organization_id)
    found = rows.values_list("source", "type", "external_id", "policy__name", "schedule__name")
    for source, kind, external_id, policy, schedule in found:
        subject = (
            Subject("schedules", key_of_name(schedule)) if policy is None else Subject("policies", key_of_name(policy))
        )
        yield (source, kind, external_id), subject
