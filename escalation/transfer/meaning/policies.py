"""Whom a policy pages first, and which of its layers reach nobody, and when.

Before and after are compared layer by layer. A layer that leads where one led before is that one, wherever it stands;
the others follow each other in their order, and those that then have none before them are new. A layer that is new takes
nothing away from anybody, so that it reaches nobody is told and is not worse.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import chain
from typing import NamedTuple
from uuid import UUID, uuid5

from escalation.coverage_words import zone_of
from escalation.domain.coverage import TooManyChanges, declared_for
from escalation.domain.intended import IntendedGap
from escalation.domain.model import Layer, Plan, Recipient
from escalation.domain.times import NEVER, Times, minus
from escalation.transfer.document import Policy, ScheduleTarget
from escalation.transfer.findings import Subject
from escalation.transfer.meaning.differing import PolicyPair
from escalation.transfer.meaning.ground import Ground
from escalation.transfer.meaning.said import Bearer, Said, Worse
from escalation.transfer.worlds import plan_of
from scaling.text import single_line


class _Gaps(NamedTuple):
    """When nobody is reached, by the layer at ``position`` or by the whole, and what of it is worse than before."""

    position: int | None
    times: Times
    lost: Times


def policy_said(pair: PolicyPair, ground: Ground) -> Said:
    """Return what is to be said of a policy that is new or differs.

    Of one whose layers do not lead elsewhere themselves, only what is worse.
    """
    bearer = Bearer(Subject("policies", pair.after.key), single_line(pair.after.name), pair.before is None)
    before = None if pair.before is None else plan_of(pair.before)
    after = plan_of(pair.after) if before is None else _carried_on(before, plan_of(pair.after))
    try:
        gaps = _told_once(list(_gaps(before, after, _declared(pair.after, ground), ground)), after)
    except TooManyChanges:
        return bearer.untold()
    sentences = [_first_page(before, after, ground)] if pair.leads_elsewhere else []
    shown = [each for each in gaps if (each.times if pair.leads_elsewhere else each.lost)]
    sentences += [_sentence(each.position, each.times, bearer, after, ground) for each in shown]
    return Said(bearer.told(sentences), tuple(_worse(gaps, bearer, after, ground)))


def _worse(gaps: Sequence[_Gaps], bearer: Bearer, plan: Plan, ground: Ground) -> Iterator[Worse]:
    verb = "reaches nobody" if bearer.is_new else "no longer reaches anybody"
    for position, _, lost in gaps:
        if lost:
            yield bearer.worse(lost, _sentence(position, lost, bearer, plan, ground, verb), position)


def _carried_on(before: Plan, after: Plan) -> Plan:
    """Return the plan after, in which the layers that were there before bear the ids they had."""
    left = list(before.layers)
    same: dict[int, UUID] = {}
    for layer in after.layers:
        found = next((each for each in left if _what(each) == _what(layer)), None)
        if found is not None:
            left.remove(found)
            same[layer.position] = found.id
    others = [layer.position for layer in after.layers if layer.position not in same]
    same |= {position: each.id for position, each in zip(others, left, strict=False)}
    return replace(
        after,
        layers=tuple(replace(layer, id=same.get(layer.position) or uuid5(layer.id, "new")) for layer in after.layers),
    )


def _what(layer: Layer) -> object:
    return layer.schedule, layer.users, layer.hours, layer.during


def _gaps(before: Plan | None, after: Plan, intended: Sequence[IntendedGap], ground: Ground) -> Iterator[_Gaps]:
    had: Mapping[UUID | None, Times] = {} if before is None else dict(_by_layer(before, ground.before.gaps(before)))
    for layer, times in zip([None, *after.layers], ground.after.gaps(after), strict=True):
        layer_id, position = (None, None) if layer is None else (layer.id, layer.position)
        found = ground.undeclared(times, declared_for(after, intended, position))
        if layer_id in had:
            yield _Gaps(position, found, minus(found, had[layer_id]))
        else:
            yield _Gaps(position, found, found if layer is None else NEVER)


def _by_layer(plan: Plan, gaps: Sequence[Times]) -> Iterator[tuple[UUID | None, Times]]:
    return zip([None, *(layer.id for layer in plan.layers)], gaps, strict=True)


def _declared(policy: Policy, ground: Ground) -> Sequence[IntendedGap]:
    if not ground.declared:
        return ()
    targets = [each.target for each in policy.layers if isinstance(each.target, ScheduleTarget)]
    subjects = [Subject("policies", policy.key), *(Subject("schedules", key) for key in {t.schedule for t in targets})]
    return list(chain.from_iterable(ground.declared.get(subject, ()) for subject in subjects))


def _told_once(gaps: Sequence[_Gaps], plan: Plan) -> Sequence[_Gaps]:
    """Leave out the only layer of a plan: when it reaches nobody, the whole does not."""
    return [each for each in gaps if each.position is None] if len(plan.layers) == 1 else gaps


def _sentence(
    position: int | None, times: Times, bearer: Bearer, plan: Plan, ground: Ground, verb: str = "reaches nobody"
) -> str:
    who = f"{bearer.name} as a whole" if position is None else f"Layer {position} of {bearer.name}"
    return f"{who} {verb} {ground.in_words(times, zone_of(plan, ground.after.world, position))}"


def _first_page(before: Plan | None, after: Plan, ground: Ground) -> str:
    users, position = ground.after.first_page(after)
    by = "" if position in {None, 1} else f" by layer {position}"
    told = f"An incident that starts now first pages {_named(users, ground)}{by}"
    if before is None:
        return told
    former, _ = ground.before.first_page(before)
    return f"{told}, as before" if former == users else f"{told}, instead of {_named(former, ground)}"


def _named(users: Sequence[Recipient], ground: Ground) -> str:
    return ground.names.of_all(users) if users else "nobody but the fallback"
