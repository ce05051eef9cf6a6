"""How a person is paged, on their own page: the list of their notification rules, and what may be done to it.

Every form carries the tag of the list it was made from. A list that has changed since, in another tab or through the
API, is left as it is.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from accounts.models import ContactMethod, Membership, NotificationRule
from accounts.models.notification_rule import MAX_DELAY_SECONDS, MAX_REPEAT_SECONDS, MAX_RULES, SEVERITIES
from accounts.services import RuleDraft, content_of, replace_notification_rules
from incidents.me.order import Order
from incidents.wording import span
from scaling.api.preconditions import etag_of, require_match
from scaling.errors import InvalidInput, PreconditionFailed

ACCOUNT: Final = "account"
"""What a form calls the account's email address, which is no contact method."""

_PROBLEMS: Final[Mapping[str, str]] = {
    "rules": f"You have {MAX_RULES} rules already. Remove one first.",
    "contactMethodId": "Over: choose the email of your account or a contact method of your own.",
    "delaySeconds": f"After: enter a whole number of minutes from 0 to {MAX_DELAY_SECONDS // 60}.",
    "repeatSeconds": f"Again every: enter a whole number of minutes from 1 to {MAX_REPEAT_SECONDS // 60}, or nothing.",
    "severities": "Severities: tick at least one of those offered.",
}
_CHANGED: Final = "Your rules have changed since you saw them, so nothing was done. Here they are as they are now."
_GONE: Final = "There is no such rule. Please choose again."


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleLine:
    """A rule in words; ``when`` is such as "after 5 min, again every 10 min"."""

    over: str
    when: str
    severities: str
    is_used: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """A person's rules in order, the tag of the list, and the severities a rule can count for."""

    tag: str
    lines: tuple[RuleLine, ...]
    severities: Sequence[str] = SEVERITIES


def show_rules(member: Membership, methods: Sequence[ContactMethod]) -> Rules:
    """Return the rules of ``member``, whose contact methods are ``methods``. One statement."""
    rows = [*member.notification_rules.all()]
    own = {method.pk: method for method in methods}
    # A rule of a method that was added just now is not shown; the tag fits no list then, and nothing moves unseen.
    there = [row for row in rows if row.contact_method_id is None or row.contact_method_id in own]
    return Rules(
        tag=etag_of(content_of(member.pk, there)),
        lines=tuple(_line(row, own[row.contact_method_id] if row.contact_method_id else None) for row in there),
    )


def _line(rule: NotificationRule, method: ContactMethod | None) -> RuleLine:
    over = "Email of your account" if method is None else f"{method.get_channel_display()}: {method.shown}"
    return RuleLine(
        over=over,
        when=_when(rule),
        severities="every severity" if len(rule.severities) == len(SEVERITIES) else ", ".join(rule.severities),
        is_used=method is None or method.verified_at is not None,
    )


def _when(rule: NotificationRule) -> str:
    first = f"after {span(timedelta(seconds=rule.delay_seconds))}" if rule.delay_seconds else "at once"
    again = "" if rule.repeat_seconds is None else f", again every {span(timedelta(seconds=rule.repeat_seconds))}"
    return first + again


def add_rule(order: Order) -> str:
    """Put a rule behind the person's others."""
    added = RuleDraft(
        contact_method_id=None if order.text("over") == ACCOUNT else order.uuid("over", "contact method"),
        delay_seconds=_seconds(order, "after", "delaySeconds"),
        repeat_seconds=_seconds(order, "again", "repeatSeconds") if order.text("again") else None,
        severities=order.form.getlist("severity"),
    )
    _replace(order, [*_read(order), added])
    return "The rule is added. It counts from your next page on."


def remove_rule(order: Order) -> str:
    """Take a rule out of the list; without any, all verified methods page at once."""
    drafts = _read(order)
    del drafts[_place(order, drafts)]
    _replace(order, drafts)
    if drafts:
        return "The rule is removed."
    return "The rule is removed. It was your last: all your verified methods page you at once from now on."


def move_rule_up(order: Order) -> str:
    """Let a rule and the one before it change places."""
    return _move(order, -1)


def move_rule_down(order: Order) -> str:
    """Let a rule and the one behind it change places."""
    return _move(order, 1)


def _move(order: Order, by: int) -> str:
    drafts = _read(order)
    place = _place(order, drafts)
    target = place + by
    if not 0 <= target < len(drafts):
        raise InvalidInput([("rule", "The rule is at that end of the list already.")])
    drafts[place], drafts[target] = drafts[target], drafts[place]
    _replace(order, drafts)
    return f"The rule is number {target + 1} now."


def _read(order: Order) -> list[RuleDraft]:
    """Return the rules as they are, which are those the form was made from."""
    rows = [*order.member.notification_rules.all()]
    try:
        require_match(order.text("list"), content_of(order.member.pk, rows))
    except PreconditionFailed as changed:
        raise InvalidInput([("list", _CHANGED)]) from changed
    return [
        RuleDraft(
            contact_method_id=row.contact_method_id,
            delay_seconds=row.delay_seconds,
            repeat_seconds=row.repeat_seconds,
            severities=row.severities,
        )
        for row in rows
    ]


def _replace(order: Order, drafts: Sequence[RuleDraft]) -> None:
    try:
        replace_notification_rules(
            organization_id=order.organization_id,
            membership_id=order.member.pk,
            rules=drafts,
            if_match=order.text("list"),
        )
    except PreconditionFailed as changed:
        raise InvalidInput([("list", _CHANGED)]) from changed
    except InvalidInput as error:
        raise _problem(error.errors[0][0].rsplit(".", 1)[-1]) from error


def _place(order: Order, drafts: Sequence[RuleDraft]) -> int:
    number = order.text("rule")
    if number not in map(str, range(1, len(drafts) + 1)):
        raise InvalidInput([("rule", _GONE)])
    return int(number) - 1


def _seconds(order: Order, name: str, field: str) -> int:
    """Return the minutes a field holds, in seconds; whether they are too many is the service's to say."""
    text = order.text(name)
    if not (text.isascii() and text.isdigit() and len(text) <= 6):
        raise _problem(field)
    return int(text) * 60


def _problem(field: str) -> InvalidInput:
    return InvalidInput([(field, _PROBLEMS[field])])
