"""Components: what an organization runs, and what of it an incident affects.

Which components an incident affects is for people to read. It never changes who is paged.
"""

from __future__ import annotations

from collections.abc import Container, Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from typing import Any, TypedDict, Unpack
from uuid import UUID

from django.db import transaction

from escalation.services.changes import Checks, assign, touch
from escalation.services.validation import checked_description
from incidents.decisions import event
from incidents.errors import DuplicateComponentId, InvalidComponentId
from incidents.models import (
    ALIAS_LENGTH,
    COMPONENT_NAME_CONSTRAINT,
    COMPONENT_NAME_LENGTH,
    MAX_ALIASES,
    AffectedComponent,
    Component,
    Incident,
)
from incidents.models.component import ComponentQuerySet
from incidents.services.locking import lock_escalation
from incidents.services.updates import count_change
from incidents.timeline import append
from scaling.api.paths import parse_uuid
from scaling.api.preconditions import require_match
from scaling.errors import InvalidInput, NameConflict, NotFound
from scaling.integrity import refusing
from scaling.text import clean_name


class ComponentChanges(TypedDict, total=False):
    """What may change about a component; what is absent stays. A maintenance has both ends or neither."""

    name: str
    description: str | None
    aliases: Sequence[str]
    group_label: str | None
    operational_status: str
    maintenance_starts_at: datetime | None
    maintenance_ends_at: datetime | None


def _checked_name(name: str) -> str:
    try:
        return clean_name(name, max_length=COMPONENT_NAME_LENGTH)
    except ValueError as error:
        raise InvalidInput([("name", f"{error}.")]) from error


def _checked_label(label: str | None) -> str | None:
    if not label:
        return None
    try:
        return clean_name(label, max_length=COMPONENT_NAME_LENGTH)
    except ValueError as error:
        raise InvalidInput([("groupLabel", f"{error}.")]) from error


def _checked_aliases(aliases: Sequence[str]) -> list[str]:
    if len(aliases) > MAX_ALIASES:
        raise InvalidInput([("aliases", f"must not be more than {MAX_ALIASES}.")])
    try:
        cleaned = [clean_name(alias, max_length=ALIAS_LENGTH) for alias in aliases]
    except ValueError as error:
        raise InvalidInput([("aliases", f"{error}, each of them.")]) from error
    if len(set(cleaned)) != len(cleaned):
        raise InvalidInput([("aliases", "must not name one twice.")])
    return cleaned


def _as_it_is(value: Any) -> Any:
    return value


_CHECKS: Checks = {
    **dict.fromkeys(ComponentChanges.__annotations__, _as_it_is),
    "name": _checked_name,
    "description": checked_description,
    "group_label": _checked_label,
    "aliases": _checked_aliases,
}


@transaction.atomic
def create_component(*, organization_id: str, now: datetime, **fields: Unpack[ComponentChanges]) -> Component:
    """Create a component; it has a name, and is operational unless ``fields`` say otherwise.

    Raises:
        InvalidInput: a value is unusable.
        NameConflict: another component of the organization bears the name.
    """
    component = Component(organization_id=organization_id, created_at=now, updated_at=now)
    assign(component, fields, _CHECKS)
    _check_maintenance(component)
    with _unique_name(component):
        component.save(force_insert=True)
    return component


@transaction.atomic
def update_component(
    *,
    organization_id: str,
    component_id: UUID,
    if_match: str | None = None,
    now: datetime,
    **changes: Unpack[ComponentChanges],
) -> Component:
    """Change what is given; ``aliases`` replaces them all. Incidents show the new name at once.

    Raises:
        NotFound: the organization has no such component.
        PreconditionFailed: it has changed since the client read it.
        InvalidInput, NameConflict: as for ``create_component``.
    """
    component = _lock_component(organization_id, component_id, if_match)
    if assign(component, changes, _CHECKS):
        _check_maintenance(component)
        with _unique_name(component):
            touch(component, now)
    return component


@transaction.atomic
def delete_component(*, organization_id: str, component_id: UUID, if_match: str | None = None, now: datetime) -> None:
    """Delete a component: no list shows it, no incident can take it on, and its name is free.

    Incidents it affected go on telling its id and its last name: what was affected does not change afterwards.

    Raises:
        NotFound: the organization has no such component.
        PreconditionFailed: it has changed since the client read it.
    """
    component = _lock_component(organization_id, component_id, if_match)
    component.deleted_at = now
    component.save(update_fields=["deleted_at"])


@transaction.atomic
def set_components(
    *,
    organization_id: str,
    incident_id: UUID,
    actor_id: str,
    component_ids: Sequence[str],
    if_match: str | None = None,
    now: datetime,
) -> Incident:
    """Make these the components the incident affects, also of a resolved one; none clears them.

    A deleted component that is among them already may stay.

    Raises:
        NotFound: the organization has no such incident.
        PreconditionFailed: ``if_match`` does not name the incident's current version.
        DuplicateComponentId, InvalidComponentId: a component is named twice, or is not in the organization.
    """
    row = lock_escalation(organization_id, incident_id)
    require_match(if_match, row)
    links = AffectedComponent.objects.filter(incident_id=row.pk).select_related("component")
    before = {link.component_id: link.component for link in links}
    wanted = {one.pk: one for one in find_components(organization_id, component_ids, kept=before)}
    added = [one for key, one in wanted.items() if key not in before]
    removed = [one for key, one in before.items() if key not in wanted]
    if added or removed:
        links.filter(component__in=removed).delete()
        link_components(row.incident, added)
        told = {"added": _named(added), "removed": _named(removed)}
        append([event(row, now, "components_changed", actorId=actor_id, **told)])
        row.incident.updated_at = now
        row.incident.save(update_fields=["updated_at"])
        count_change(row)
    return row.incident


def find_components(
    organization_id: str, ids: Sequence[str], *, kept: Container[UUID] = frozenset()
) -> list[Component]:
    """Return the components with these ids, by name; those in ``kept`` may be deleted. At most one statement.

    Raises:
        DuplicateComponentId: one is named twice.
        InvalidComponentId: one is not in the organization.
    """
    wanted = [parse_uuid(one) or one for one in ids]
    if len(set(wanted)) != len(wanted):
        raise DuplicateComponentId("componentIds names a component more than once.")
    keys = [one for one in wanted if isinstance(one, UUID)]
    found = _components(organization_id).filter(pk__in=keys).order_by("name_key", "pk")
    usable = [one for one in found if one.deleted_at is None or one.pk in kept]
    if len(usable) != len(wanted):
        raise InvalidComponentId("componentIds names what is no component of this organization.")
    return usable


def link_components(incident: Incident, components: Sequence[Component]) -> None:
    """Write down that the incident affects these too. One statement; none without components."""
    AffectedComponent.objects.bulk_create(
        AffectedComponent(organization_id=incident.organization_id, incident=incident, component=one)
        for one in components
    )


def _components(organization_id: str) -> ComponentQuerySet:
    return Component.objects.for_organization(organization_id)


def _lock_component(organization_id: str, component_id: UUID, if_match: str | None) -> Component:
    rows = _components(organization_id).current().select_for_update(no_key=True)
    component: Component | None = rows.filter(pk=component_id).first()
    if component is None:
        raise NotFound.of("component")
    require_match(if_match, component)
    return component


def _check_maintenance(component: Component) -> None:
    start, end = component.maintenance_starts_at, component.maintenance_ends_at
    if start is None and end is None:
        return
    if start is None or end is None:
        missing = "startedAt" if start is None else "endsAt"
        raise InvalidInput([(f"maintenanceWindow.{missing}", "is needed: a maintenance has both ends or neither.")])
    if end <= start:
        raise InvalidInput([("maintenanceWindow.endsAt", "must be later than the start.")])


def _named(components: Sequence[Component]) -> list[dict[str, str]]:
    return [{"id": str(one.pk), "name": one.name} for one in components]


def _unique_name(component: Component) -> AbstractContextManager[None]:
    conflict = NameConflict(f"This organization has a component named {component.name!r} already.")
    return refusing({COMPONENT_NAME_CONSTRAINT: conflict})
