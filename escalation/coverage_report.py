"""The coverage of an organization's policies and schedules together, for whoever runs them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import chain
from typing import Final
from uuid import UUID

from django.db.models import Q

from accounts.models import Organization
from escalation.coverage import Ground, load_policy_grounds, load_schedule_grounds
from escalation.coverage_words import concern_sentence, gap_sentence, reasons_of
from escalation.domain.coverage import Coverage, TooManyChanges
from escalation.loaders import Wanted
from escalation.models import Policy, Schedule
from scaling.api.paths import parse_uuid
from scaling.errors import InvalidInput
from scaling.text import name_key, single_line

_AT_ONCE: Final = 200
"""How many are read together."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """A policy or a schedule and its coverage; None where judging it would take too long."""

    row: Policy | Schedule
    ground: Ground
    coverage: Coverage | None

    @property
    def is_covered(self) -> bool:
        """Whether it is known to have no gap but those on purpose."""
        return self.coverage is not None and not self.coverage.gaps


def load_checked(organization_id: str, at: datetime, days: int, *, policies: Sequence[str]) -> Sequence[Checked]:
    """Return the coverage from ``at`` on of policies named by id or name, or of all policies and then all schedules.

    Each kind is sorted by age. Two statements, and at most five for every 200 of a kind.

    Raises:
        InvalidInput: there is no such organization or no such policy; ``organization`` or ``policy`` is named.
    """
    if not Organization.objects.filter(id=organization_id).exists():
        raise InvalidInput([("organization", "There is no organization with that id.")])
    found = _checked(_policies(organization_id, policies), load_policy_grounds, at, days)
    if policies:
        return list(found)
    schedules = Schedule.objects.for_organization(organization_id)
    return list(chain(found, _checked(schedules, load_schedule_grounds, at, days)))


def as_text(at: datetime, days: int, checked: Sequence[Checked]) -> str:
    """Return the report: a line for each policy and schedule, and below it what is to be said of it."""
    until = at + timedelta(days=days)
    title = f"Coverage from {at:%Y-%m-%d %H:%M} to {until:%Y-%m-%d %H:%M} UTC"
    if not checked:
        return f"{title}\n\nThere are no policies and no schedules."
    return "\n".join([title, "", *(line for one in checked for line in _lines(one))])


def _policies(organization_id: str, names: Sequence[str]) -> Iterable[Policy]:
    rows = Policy.objects.for_organization(organization_id)
    if not names:
        return rows
    wanted = Q(id__in=[each for each in map(parse_uuid, names) if each]) | Q(name_key__in=map(name_key, names))
    found: list[Policy] = list(rows.filter(wanted))
    known = {*(str(policy.id) for policy in found), *(policy.name_key for policy in found)}
    for name in names:
        if name_key(name) not in known and name.lower() not in known:
            raise InvalidInput([("policy", f"There is no policy with the id or name {name!r}.")])
    return found


def _checked(
    rows: Iterable[Policy | Schedule],
    load: Callable[[Wanted, datetime], Mapping[UUID, Ground]],
    at: datetime,
    days: int,
) -> Iterator[Checked]:
    for some in _in_parts(list(rows)):
        grounds = load([(row.organization_id, row.id) for row in some], at)
        for row in some:
            if row.id in grounds:
                yield Checked(row=row, ground=grounds[row.id], coverage=_coverage(grounds[row.id], at, days))


def _in_parts(rows: Sequence[Policy | Schedule]) -> Iterator[Sequence[Policy | Schedule]]:
    return (rows[start : start + _AT_ONCE] for start in range(0, len(rows), _AT_ONCE))


def _coverage(ground: Ground, at: datetime, days: int) -> Coverage | None:
    try:
        return ground.cover(at, days)
    except TooManyChanges:
        return None


def _lines(checked: Checked) -> Iterator[str]:
    kind = "policy" if isinstance(checked.row, Policy) else "schedule"
    name, coverage = single_line(checked.row.name), checked.coverage
    if coverage is None:
        yield f"?     {kind} {name}: cannot be checked, for too much changes in these days"
        return
    yield f"{'OK' if checked.is_covered else 'GAP':5} {kind} {name}"
    yield from (f"      - {gap_sentence(checked.ground, coverage, gap)}" for gap in coverage.gaps)
    for declared in coverage.declared:
        why = " / ".join(reasons_of(checked.ground, declared))
        yield f"      - on purpose: {gap_sentence(checked.ground, coverage, declared)} ({why})"
    yield from (f"      - {concern_sentence(checked.ground, concern)}" for concern in coverage.concerns)
