"""How a person is paged: over which method first, over which after how long, and how often again."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from django.db import transaction

from accounts.models import ContactMethod, Membership, NotificationRule
from accounts.models.notification_rule import (
    MAX_DELAY_SECONDS,
    MAX_REPEAT_SECONDS,
    MAX_RULES,
    MIN_REPEAT_SECONDS,
    SEVERITIES,
)
from accounts.services.finding import locked_member
from scaling.api.preconditions import Content, require_match
from scaling.errors import InvalidInput, NotFound


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleDraft:
    """A rule as it is to be. ``contact_method_id`` None is the account's address; ``severities`` are all, unless told."""

    contact_method_id: UUID | None
    delay_seconds: int = 0
    repeat_seconds: int | None = None
    severities: Collection[str] = field(default=SEVERITIES)


@transaction.atomic
def replace_notification_rules(
    *, organization_id: str, membership_id: object, rules: Sequence[RuleDraft], if_match: str | None = None
) -> list[NotificationRule]:
    """Page a person by ``rules``, in this order, from the next page on; by none, over all verified methods at once.

    A method may have rules before it is verified; until then they do not page.

    Raises:
        NotFound: no such member.
        PreconditionFailed: the rules have changed since the client read them.
        InvalidInput: there are too many rules, a value is out of range, or a method is not the person's.
    """
    member = locked_member(organization_id, membership_id)
    require_match(if_match, content_of(member.pk, member.notification_rules.all()))
    _check(member, rules)
    NotificationRule.objects.filter(membership=member).delete()
    made = [_rule(member, position, draft) for position, draft in enumerate(rules, 1)]
    return NotificationRule.objects.bulk_create(made)


@transaction.atomic
def add_notification_rule(*, organization_id: str, membership_id: object, rule: RuleDraft) -> NotificationRule:
    """Add a rule behind the person's others; raises like ``replace_notification_rules``."""
    member = locked_member(organization_id, membership_id)
    _check(member, [rule])
    position = NotificationRule.objects.filter(membership=member).count() + 1
    if position > MAX_RULES:
        raise InvalidInput([_too_many()])
    added = _rule(member, position, rule)
    added.save(force_insert=True)
    return added


@transaction.atomic
def remove_notification_rule(*, organization_id: str, membership_id: object, rule_id: UUID) -> None:
    """Remove a rule; those behind it move up.

    Raises:
        NotFound: no such member, or the person has no such rule.
    """
    member = locked_member(organization_id, membership_id)
    deleted, _ = member.notification_rules.filter(id=rule_id).delete()
    if not deleted:
        raise NotFound.of("notification rule")
    _close_ranks(member.pk)


def content_of(membership_id: UUID, rules: Iterable[NotificationRule]) -> Content:
    """Return by what a person's list of rules is tagged."""
    says = [[rule.contact_method_id, rule.delay_seconds, rule.repeat_seconds, rule.severities] for rule in rules]
    return Content(id=membership_id, says=says)


def drop_rules_of_method(method: ContactMethod) -> None:
    """Remove the rules that use a method which is being removed. Call it in the transaction that removes it."""
    deleted, _ = NotificationRule.objects.filter(contact_method=method).delete()
    if deleted:
        _close_ranks(method.membership_id)


def _close_ranks(membership_id: UUID) -> None:
    for position, rule in enumerate(NotificationRule.objects.filter(membership_id=membership_id), 1):
        if rule.position != position:
            rule.position = position
            rule.save(update_fields=["position"])


def _rule(member: Membership, position: int, draft: RuleDraft) -> NotificationRule:
    return NotificationRule(
        organization_id=member.organization_id,
        membership=member,
        contact_method_id=draft.contact_method_id,
        position=position,
        delay_seconds=draft.delay_seconds,
        repeat_seconds=draft.repeat_seconds,
        severities=[severity for severity in SEVERITIES if severity in draft.severities],
    )


def _check(member: Membership, rules: Sequence[RuleDraft]) -> None:
    """Refuse rules that cannot be; every mistake is named by the place and the field of its rule."""
    errors = [] if len(rules) <= MAX_RULES else [_too_many()]
    own = set(member.contact_methods.filter(removed_at__isnull=True).values_list("id", flat=True))
    for place, draft in enumerate(rules):
        errors += [(f"rules.{place}.{name}", message) for name, message in _mistakes(draft, own)]
    if errors:
        raise InvalidInput(errors)


def _mistakes(draft: RuleDraft, own: Collection[UUID]) -> list[tuple[str, str]]:
    found = []
    if draft.contact_method_id is not None and draft.contact_method_id not in own:
        found.append(("contactMethodId", "is no contact method of this person."))
    if not 0 <= draft.delay_seconds <= MAX_DELAY_SECONDS:
        found.append(("delaySeconds", f"must be between 0 and {MAX_DELAY_SECONDS} seconds."))
    if draft.repeat_seconds is not None and not MIN_REPEAT_SECONDS <= draft.repeat_seconds <= MAX_REPEAT_SECONDS:
        found.append(("repeatSeconds", f"must be between {MIN_REPEAT_SECONDS} and {MAX_REPEAT_SECONDS} seconds."))
    if not draft.severities or not set(draft.severities) <= set(SEVERITIES):
        found.append(("severities", f"must be one or more of: {', '.join(SEVERITIES)}."))
    return found


def _too_many() -> tuple[str, str]:
    return "rules", f"a person has at most {MAX_RULES} rules."
