"""A plan, applied: all of it in one transaction, or nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from itertools import chain
from typing import Any, Final, TypeVar
from uuid import UUID

from accounts.services.admissions import Newcomer, Revision, admit_people, revise_people
from escalation.errors import PolicyInUse, ScheduleInUse, WorkingHoursInUse
from escalation.models import ImportedObject, Policy, Schedule, WorkingHours
from escalation.services.policies import delete_policies
from escalation.services.schedules import delete_schedules
from escalation.services.working_hours import delete_all_working_hours
from escalation.transfer import document
from escalation.transfer.findings import Section, Subject
from escalation.transfer.importing.difference import Action
from escalation.transfer.importing.layer_rows import Ids, write_layers
from escalation.transfer.importing.planning import Plan
from escalation.transfer.importing.rows import (
    AT_ONCE,
    Author,
    Row,
    create_rows,
    ids_by_key,
    members_by_key,
    stored_windows,
    update_rows,
)
from escalation.transfer.importing.schedule_rows import write_rotations

Part = TypeVar("Part", document.WorkingHours, document.Schedule, document.Policy)
Kept = Mapping[Subject, str]
"""Why something that was to be removed is still there."""

_EMAIL: Final = "email"


def apply(plan: Plan, author: Author) -> Kept:
    """Make the organization have what the plan says, in a transaction that has called ``lock_for_import``.

    Statements grow by the thousand rows, and by the hundred where rows are removed, not with the rows. What a running
    incident uses, and what needs that, is not removed.
    """
    applying = _Applying(plan, author)
    applying.people()
    hours = applying.named(WorkingHours, "workingHours", plan.arrival.document.working_hours, _hours)
    schedules = applying.named(Schedule, "schedules", plan.arrival.document.schedules, _schedule)
    policies = applying.named(Policy, "policies", plan.arrival.document.policies, _policy)
    members = members_by_key(author.organization_id)
    write_rotations(applying.written(schedules, "schedules", plan.arrival.document.schedules), members, author)
    ids = Ids(members=members, hours=hours, schedules=schedules)
    write_layers(applying.written(policies, "policies", plan.arrival.document.policies), ids, author)
    applying.remember({"policies": policies, "schedules": schedules})
    return applying.remove({"policies": policies, "schedules": schedules, "workingHours": hours})


class _Applying:
    """One plan on its way into the database; what does not change is not touched."""

    def __init__(self, plan: Plan, author: Author) -> None:
        self._plan = plan
        self._author = author
        self._actions = {each.subject: each.action for each in plan.changes}

    def people(self) -> None:
        """Admit who is new or comes back, and change who is there."""
        newcomers, author = self._plan.newcomers, self._author
        admitted = {user.key for user in newcomers}
        revisions = {
            user.key: Revision(user.first_name, user.last_name, user.active)
            for user in self._plan.arrival.document.users
            if user.key not in admitted and self._actions[Subject("users", user.key)] in {Action.CREATE, Action.UPDATE}
        }
        people = [_newcomer(user) for user in newcomers]
        admit_people(author.organization_id, people, actor_id=author.actor_id, now=author.now)
        revise_people(author.organization_id, revisions)

    def named(
        self,
        kind: type[Row],
        section: Section,
        parts: Iterable[Part],
        values: Callable[[Part], Mapping[str, Any]],
    ) -> Mapping[str, UUID]:
        """Write the rows of a section; return the ids of all there are, by their keys."""
        ids = ids_by_key(kind, section, self._author, self._plan.becomes)
        changed, new = {}, {}
        for part in parts:
            action = self._actions[Subject(section, part.key)]
            if action is Action.UPDATE:
                changed[ids[part.key]] = values(part)
            elif action is Action.CREATE:
                new[part.key] = values(part)
        update_rows(kind, changed, self._author)
        return {**ids, **create_rows(kind, new, self._author)}

    def written(self, ids: Mapping[str, UUID], section: Section, parts: Iterable[Part]) -> Mapping[UUID, Part]:
        """Return the parts that are new or change, by the ids of their rows."""
        actions = {Action.CREATE, Action.UPDATE}
        return {ids[part.key]: part for part in parts if self._actions[Subject(section, part.key)] in actions}

    def remember(self, ids: Mapping[Section, Mapping[str, UUID]]) -> None:
        """Write down where what is here now came from, unless that is known."""
        known = self._plan.state.refs
        ImportedObject.objects.bulk_create(
            (
                ImportedObject(
                    organization_id=self._author.organization_id,
                    source=ref.source,
                    account=ref.account,
                    type=ref.type,
                    external_id=ref.id,
                    policy_id=ids["policies"].get(subject.key) if subject.section == "policies" else None,
                    schedule_id=ids["schedules"].get(subject.key) if subject.section == "schedules" else None,
                    created_at=self._author.now,
                )
                for subject, ref in self._plan.arrival.refs.items()
                if (ref.source, ref.type, ref.id) not in known and subject.key in ids.get(subject.section, {})
            ),
            batch_size=AT_ONCE,
        )

    def remove(self, ids: Mapping[Section, Mapping[str, UUID]]) -> Kept:
        """Remove what is to go, policies first, and return what cannot."""
        return dict(chain.from_iterable(self._removed(section, ids[section]) for section in _DELETED_BY))

    def _removed(self, section: Section, ids: Mapping[str, UUID]) -> Iterator[tuple[Subject, str]]:
        subjects = {ids[each.key]: each for each in sorted(self._plan.removed) if each.section == section}
        delete = partial(_DELETED_BY[section], self._author.organization_id)
        return ((subjects[row_id], reason) for row_id, reason in _delete(delete, [*subjects]))


def _delete(delete: Callable[[Sequence[UUID]], None], ids: Sequence[UUID]) -> Iterator[tuple[UUID, str]]:
    """Delete rows, and yield those that are in use, with the reason: if one of many is, each half is tried."""
    if not ids:
        return
    try:
        delete(ids)
    except (PolicyInUse, ScheduleInUse, WorkingHoursInUse) as refusal:
        if len(ids) == 1:
            yield ids[0], refusal.message
            return
        half = len(ids) // 2
        yield from _delete(delete, ids[:half])
        yield from _delete(delete, ids[half:])


def _delete_policies(organization_id: str, ids: Sequence[UUID]) -> None:
    delete_policies(organization_id=organization_id, policy_ids=ids)


def _delete_schedules(organization_id: str, ids: Sequence[UUID]) -> None:
    delete_schedules(organization_id=organization_id, schedule_ids=ids)


def _delete_hours(organization_id: str, ids: Sequence[UUID]) -> None:
    delete_all_working_hours(organization_id=organization_id, hours_ids=ids)


_DELETED_BY: Final[Mapping[Section, Callable[[str, Sequence[UUID]], None]]] = {
    "policies": _delete_policies,
    "schedules": _delete_schedules,
    "workingHours": _delete_hours,
}
"""In their order: what needs others goes before them."""


def _newcomer(user: document.User) -> Newcomer:
    addresses = tuple(each.address for each in user.contact_methods if each.channel == _EMAIL)
    return Newcomer(user.email, user.first_name, user.last_name, user.active, addresses)


def _hours(hours: document.WorkingHours) -> Mapping[str, Any]:
    return {"name": hours.name, "timezone": hours.timezone, "windows": stored_windows(hours.windows)}


def _schedule(schedule: document.Schedule) -> Mapping[str, Any]:
    return {
        "name": schedule.name,
        "description": schedule.description,
        "timezone": schedule.timezone,
        "paging_mode": schedule.paging_mode,
    }


def _policy(policy: document.Policy) -> Mapping[str, Any]:
    return {
        "name": policy.name,
        "description": policy.description,
        "repeat_count": policy.repeat_count,
        "repage_after_ack_minutes": policy.repage_after_ack_minutes,
    }
