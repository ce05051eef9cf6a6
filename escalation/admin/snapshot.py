"""What a policy says, in words, as a form shows it; and what is different by the time the form is sent.

A form carries the sealed snapshot of what it showed. Nothing is decided by it: versions tell whether a form was
overtaken, the snapshot only tells by what.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.core import signing
from django.db.models import Prefetch

from accounts.history import load_entries
from escalation.models import Layer, LayerUser, Policy
from scaling.models import AuditEvent

Words = Mapping[str, Sequence[str]]
"""What something says, by subject: a key that tells whether it is the same, and what people read."""

_SALT: Final = "escalation.policy.snapshot"
_MOST_NAMES: Final = 3
_NOTHING: Final = "nothing"


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """A policy and its layers by their ids, in order."""

    policy: Words
    layers: Mapping[str, Words]


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """What is not as it was."""

    subject: str
    before: str
    after: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Conflict:
    """A policy that was saved while somebody had it open; no ``differences`` if the form cannot tell what it showed.

    ``who`` saved it last.
    """

    version: int
    who: str
    at: datetime
    differences: Sequence[Difference]


def snapshot_of(policy: Policy) -> Snapshot:
    """Return what a stored policy says, two statements."""
    people = Prefetch("layer_users", LayerUser.objects.select_related("membership").order_by("position", "id"))
    rows = Layer.objects.filter(policy_id=policy.pk).select_related("schedule", "working_hours").order_by("position")
    return Snapshot(
        policy={
            "Name": _same(policy.name),
            "Description": _same(policy.description or _NOTHING),
            "Repeats": _same(str(policy.repeat_count)),
            "Page again after an acknowledgement": _same(_minutes(policy.repage_after_ack_minutes)),
        },
        layers={str(layer.pk): _words(layer) for layer in rows.prefetch_related(people)},
    )


def seal(snapshot: Snapshot) -> str:
    """Return a snapshot as text that a form can carry."""
    return signing.dumps([snapshot.policy, list(snapshot.layers.items())], salt=_SALT, compress=True)


def conflict_with(policy: Policy, sealed: str, last: AuditEvent | None) -> Conflict:
    """Return what has become of ``policy``, a form's row, since the snapshot the form carried. Six statements at most.

    ``last`` is what the audit log says of it last.
    """
    stored = Policy.objects.for_organization(policy.organization_id).get(pk=policy.pk)
    before = _unseal(sealed)
    differences = [] if before is None else list(differences_between(before, snapshot_of(stored)))
    who = load_entries([last], policy.organization_id)[0].who if last else "Somebody else"
    return Conflict(version=stored.version, who=who, at=stored.updated_at, differences=differences)


def differences_between(before: Snapshot, after: Snapshot) -> Iterator[Difference]:
    """Yield what is different: of the policy, of each layer, which layers came and went, and their order."""
    yield from _changed("", before.policy, after.policy)
    for number, (layer_id, words) in enumerate(before.layers.items(), 1):
        if layer_id in after.layers:
            yield from _changed(f"Layer {number}: ", words, after.layers[layer_id])
        else:
            yield Difference(subject=f"Layer {number}", before=_in_short(words), after="removed")
    for number, (layer_id, words) in enumerate(after.layers.items(), 1):
        if layer_id not in before.layers:
            yield Difference(subject=f"Layer {number}", before="not there", after=_in_short(words))
    yield from _reordered(before, after)


def _unseal(sealed: str) -> Snapshot | None:
    try:
        policy, layers = signing.loads(sealed, salt=_SALT)
    except signing.BadSignature:
        return None
    return Snapshot(policy=policy, layers=dict(layers))


def _words(layer: Any) -> Words:
    return {
        "pages": _target(layer),
        "waits": [str(layer.timeout_seconds), _minutes(layer.timeout_seconds / 60)],
        "counts": _condition(layer),
    }


def _target(layer: Any) -> Sequence[str]:
    if layer.schedule is not None:
        return [str(layer.schedule_id), layer.schedule.name]
    people = [named.membership for named in layer.layer_users.all()]
    names, more = [str(person) for person in people[:_MOST_NAMES]], len(people) - _MOST_NAMES
    return [" ".join(str(person.pk) for person in people), ", ".join(names) + (f" and {more} more" if more > 0 else "")]


def _condition(layer: Any) -> Sequence[str]:
    if layer.working_hours is None:
        return _same("always")
    return [f"{layer.condition} {layer.working_hours_id}", f"{layer.condition} {layer.working_hours.name}"]


def _minutes(number: float | None) -> str:
    if number is None:
        return "never"
    return f"{number:g} minute" if number == 1 else f"{number:g} minutes"


def _same(words: str) -> Sequence[str]:
    return [words, words]


def _changed(whose: str, before: Words, after: Words) -> Iterator[Difference]:
    for subject, (key, words) in before.items():
        key_now, words_now = after[subject]
        if key != key_now:
            yield Difference(subject=f"{whose}{subject}", before=words, after=words_now)


def _reordered(before: Snapshot, after: Snapshot) -> Iterator[Difference]:
    kept = [layer_id for layer_id in before.layers if layer_id in after.layers]
    now = [layer_id for layer_id in after.layers if layer_id in before.layers]
    if kept != now:
        yield Difference(subject="Order of the layers", before=_listed(before, kept), after=_listed(after, now))


def _listed(snapshot: Snapshot, layer_ids: Sequence[str]) -> str:
    return " → ".join(_in_short(snapshot.layers[layer_id]) for layer_id in layer_ids)


def _in_short(words: Words) -> str:
    return words["pages"][1]
