"""Who is behind an id: the names that pages, summaries and the answer page show.

An actor is a person (``user_…``), a program's key (``key_…``), or whoever opened the answer link of a page that went
to a plain address (``page_…``): such an address has no account, so the page it got stands for it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from typing import Final
from uuid import UUID

from accounts.models import ApiKey, Membership
from escalation.models import Rotation, Schedule, WorkingHours
from incidents.models import Page

_PAGE_PREFIX: Final = "page_"

Names = Mapping[str, str]
"""The shown name of each id of one organization. An id that is not in it is shown as it is, and so is an address."""

Titles = Mapping[UUID, str]
"""The names of schedules, rotations and working hours by their ids; what is gone is missing."""


def actor_of(page: Page) -> str:
    """Return the actor id of whoever answers ``page``. Needs ``membership`` loaded."""
    return f"{_PAGE_PREFIX}{page.pk.hex}" if page.membership is None else str(page.membership.user_id)


def load_names(wanted: Mapping[str, Iterable[str | None]]) -> Mapping[str, Names]:
    """Return, by organization, the names of the ids ``wanted`` of it; None among them is passed over.

    A person is called as their organization calls them, whoever has left included. At most three statements,
    whatever the number of organizations and ids.
    """
    # An address may begin like an id, but no id holds an @.
    pairs = {(owner, one) for owner, ids in wanted.items() for one in ids if one is not None and "@" not in one}
    found: dict[str, dict[str, str]] = defaultdict(dict)
    for owner, one, name in [*_people(pairs), *_keys(pairs), *_addresses(pairs)]:
        if (owner, one) in pairs:
            found[owner][one] = name
    return found


def load_titles(organization_id: str, ids: Collection[UUID]) -> Titles:
    """Return how the schedules, rotations and working hours among ``ids`` are called now. One statement."""
    schedules, *others = (
        kind.objects.for_organization(organization_id).filter(pk__in=ids).order_by().values_list("pk", "name")
        for kind in (Schedule, Rotation, WorkingHours)
    )
    return dict(schedules.union(*others, all=True))


def named(one: str | None, names: Names) -> str:
    """Return the name to show for the id or address ``one``; None is somebody unknown."""
    return "somebody" if one is None else names.get(one, one)


_Found = Iterable[tuple[str, str, str]]
_Pairs = set[tuple[str, str]]


def _people(pairs: _Pairs) -> _Found:
    ids = _starting("user_", pairs)
    people = Membership.objects.filter(organization_id__in=_owners(pairs), user_id__in=ids).select_related("user")
    return [(person.organization_id, person.user_id, person.name or person.user.email) for person in people]


def _keys(pairs: _Pairs) -> _Found:
    ids = _starting("key_", pairs)
    keys = ApiKey.objects.filter(organization_id__in=_owners(pairs), pk__in=ids)
    return [(key.organization_id, key.pk, f"API key “{key.name}”") for key in keys]


def _addresses(pairs: _Pairs) -> _Found:
    ids = [UUID(one.removeprefix(_PAGE_PREFIX)) for one in _starting(_PAGE_PREFIX, pairs)]
    pages = Page.objects.filter(organization_id__in=_owners(pairs), pk__in=ids)
    return [(page.organization_id, f"{_PAGE_PREFIX}{page.pk.hex}", page.address) for page in pages]


def _owners(pairs: _Pairs) -> set[str]:
    return {owner for owner, _ in pairs}


def _starting(prefix: str, pairs: _Pairs) -> set[str]:
    return {one for _, one in pairs if one.startswith(prefix)}
