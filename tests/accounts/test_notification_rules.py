"""How a person is paged: rules are added, replaced and removed, and stay the person's own."""

from __future__ import annotations

from uuid import uuid4

import pytest
from django.db import IntegrityError, transaction

from accounts import services
from accounts.models import NotificationRule
from accounts.models.notification_rule import MAX_DELAY_SECONDS, MAX_REPEAT_SECONDS, MAX_RULES, SEVERITIES
from accounts.services import RuleDraft
from escalation.domain.model import ALL_SEVERITIES
from incidents.models import Incident
from scaling.errors import InvalidInput, NotFound
from tests.factories.accounts import EPOCH, ContactMethodFactory, MembershipFactory, NotificationRuleFactory

pytestmark = pytest.mark.django_db

MAIL = RuleDraft(contact_method_id=None)


@pytest.fixture
def sms(member):
    return ContactMethodFactory(membership=member, sms=True)


def of(member):
    return {"organization_id": member.organization_id, "membership_id": member.id}


def replace(member, *rules):
    return services.replace_notification_rules(**of(member), rules=rules)


def kept(member):
    """Return the rules as they are in the database, in order."""
    rows = NotificationRule.objects.filter(membership=member)
    return list(rows.values_list("position", "contact_method", "delay_seconds", "repeat_seconds"))


def refused(member, *rules):
    with pytest.raises(InvalidInput) as caught:
        replace(member, *rules)
    return [field for field, _ in caught.value.errors]


def test_mail_now_chat_after_two_minutes_and_sms_after_five_again_every_ten(member, sms):
    chat = ContactMethodFactory(membership=member, channel="chat", address="tgram://token/1", verified_at=None)
    replace(
        member,
        MAIL,
        RuleDraft(contact_method_id=chat.id, delay_seconds=120),
        RuleDraft(contact_method_id=sms.id, delay_seconds=300, repeat_seconds=600, severities={"high", "critical"}),
    )

    assert kept(member) == [(1, None, 0, None), (2, chat.id, 120, None), (3, sms.id, 300, 600)]
    assert NotificationRule.objects.get(position=3).severities == ["critical", "high"]
    assert NotificationRule.objects.get(position=1).severities == list(SEVERITIES)


def test_a_new_list_takes_the_place_of_the_old_one(member, sms):
    replace(member, MAIL, RuleDraft(contact_method_id=sms.id), MAIL)
    replace(member, RuleDraft(contact_method_id=sms.id))
    assert kept(member) == [(1, sms.id, 0, None)]
    replace(member)
    assert kept(member) == []


def test_the_rules_of_others_stay(member, sms):
    other = NotificationRuleFactory(membership__organization=member.organization)
    replace(member, MAIL)
    replace(member)
    assert kept(other.membership) == [(1, None, 0, None)]


def test_a_rule_is_added_behind_the_others_up_to_twenty(member):
    for _ in range(MAX_RULES):
        services.add_notification_rule(**of(member), rule=MAIL)
    with pytest.raises(InvalidInput, match="at most 20"):
        services.add_notification_rule(**of(member), rule=MAIL)
    assert [position for position, *_ in kept(member)] == list(range(1, MAX_RULES + 1))


def test_the_rules_behind_a_removed_one_move_up(member, sms):
    first, _, last = replace(member, MAIL, RuleDraft(contact_method_id=sms.id), RuleDraft(contact_method_id=sms.id))
    services.remove_notification_rule(**of(member), rule_id=first.id)

    assert [position for position, *_ in kept(member)] == [1, 2]
    assert NotificationRule.objects.get(position=2).id == last.id
    with pytest.raises(NotFound):
        services.remove_notification_rule(**of(member), rule_id=first.id)


def test_a_removed_method_takes_its_rules_along(member, sms):
    replace(member, RuleDraft(contact_method_id=sms.id), MAIL, RuleDraft(contact_method_id=sms.id))
    services.remove_contact_method(**of(member), method_id=sms.id, now=EPOCH)
    assert kept(member) == [(1, None, 0, None)]


@pytest.mark.parametrize(
    ("fields", "named"),
    [
        ({"delay_seconds": -1}, "delaySeconds"),
        ({"delay_seconds": MAX_DELAY_SECONDS + 1}, "delaySeconds"),
        ({"repeat_seconds": 59}, "repeatSeconds"),
        ({"repeat_seconds": MAX_REPEAT_SECONDS + 1}, "repeatSeconds"),
        ({"severities": []}, "severities"),
        ({"severities": ["urgent"]}, "severities"),
        ({"severities": ["low", "urgent"]}, "severities"),
        ({"contact_method_id": uuid4()}, "contactMethodId"),
    ],
)
def test_what_cannot_be_is_refused_by_its_place_and_changes_nothing(member, fields, named):
    replace(member, MAIL)
    assert refused(member, MAIL, RuleDraft(**{"contact_method_id": None, **fields})) == [f"rules.1.{named}"]
    assert kept(member) == [(1, None, 0, None)]


def test_every_mistake_is_named_at_once(member):
    assert refused(
        member, RuleDraft(contact_method_id=uuid4(), delay_seconds=-1), MAIL, RuleDraft(contact_method_id=uuid4())
    ) == ["rules.0.contactMethodId", "rules.0.delaySeconds", "rules.2.contactMethodId"]


def test_too_many_rules_are_refused(member):
    assert refused(member, *[MAIL] * (MAX_RULES + 1)) == ["rules"]


def test_a_method_of_somebody_else_is_as_unknown(member):
    colleague = MembershipFactory(organization=member.organization)
    for theirs in (ContactMethodFactory(membership=colleague), ContactMethodFactory()):
        assert refused(member, RuleDraft(contact_method_id=theirs.id)) == ["rules.0.contactMethodId"]


def test_a_removed_method_is_as_unknown(member, sms):
    services.remove_contact_method(**of(member), method_id=sms.id, now=EPOCH)
    assert refused(member, RuleDraft(contact_method_id=sms.id)) == ["rules.0.contactMethodId"]


def test_somebody_who_left_or_belongs_elsewhere_is_not_found(member):
    for stranger in (MembershipFactory(ended=True), MembershipFactory()):
        with pytest.raises(NotFound):
            services.replace_notification_rules(
                organization_id=member.organization_id, membership_id=stranger.id, rules=[MAIL]
            )
    rule = NotificationRuleFactory()
    with pytest.raises(NotFound):
        services.remove_notification_rule(**of(member), rule_id=rule.id)


@pytest.mark.parametrize(
    "broken",
    [
        {"position": 0},
        {"position": MAX_RULES + 1},
        {"delay_seconds": MAX_DELAY_SECONDS + 1},
        {"repeat_seconds": 59},
        {"repeat_seconds": MAX_REPEAT_SECONDS + 1},
        {"severities": []},
        {"severities": ["urgent"]},
    ],
)
def test_the_database_keeps_rows_in_range(broken):
    rule = NotificationRuleFactory()
    with pytest.raises(IntegrityError), transaction.atomic():
        NotificationRule.objects.filter(pk=rule.pk).update(**broken)


def test_the_database_refuses_a_colleagues_method(member):
    theirs = ContactMethodFactory(membership__organization=member.organization)
    with pytest.raises(IntegrityError, match="own_method"), transaction.atomic():
        NotificationRuleFactory(membership=member, contact_method=theirs)


def test_the_severities_are_those_of_incidents_and_of_plans():
    assert set(SEVERITIES) == set(Incident.Severity.values) == ALL_SEVERITIES
