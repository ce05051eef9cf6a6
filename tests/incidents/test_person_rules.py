"""A person's rules and quiet hours on real rows: from the trigger to the last message."""

from __future__ import annotations

import pytest

from accounts import services
from accounts.models import ContactMethod
from incidents.messages import compose_at
from incidents.models import Delivery, Page
from tests.factories.accounts import ContactMethodFactory, MembershipFactory, NotificationRuleFactory
from tests.factories.escalation import QuietHoursFactory
from tests.incidents.running import REFUSED, START, TEMPORARY, make_policy, minutes, reload, run, trigger

pytestmark = pytest.mark.django_db  # START is 04:00 in Berlin


@pytest.fixture
def ada(organization):
    return MembershipFactory(organization=organization, first_name="Ada", user__email="ada@example.org")


@pytest.fixture
def chat(ada):
    return ContactMethodFactory(membership=ada, channel="chat", address="tgram://token/1", shown="chat")


@pytest.fixture
def sms(ada):
    return ContactMethodFactory(membership=ada, sms=True, shown="sms")


@pytest.fixture
def chain(ada, chat, sms):
    """Email now, chat after two minutes, SMS after five, again every ten."""
    NotificationRuleFactory(membership=ada)
    NotificationRuleFactory(membership=ada, contact_method=chat, delay_seconds=120)
    NotificationRuleFactory(
        membership=ada, contact_method=sms, delay_seconds=300, repeat_seconds=600, severities=["critical", "high"]
    )


def burn(ada, severity="high"):
    return trigger(ada.organization, make_policy(ada.organization, [ada], timeout_minutes=600), severity=severity)


def sent(until, failures=None):
    """Return what is sent in which minute, looking every half."""
    return {half / 2: told for half in range(2 * until + 1) if (told := run(minutes(half / 2), failures))}


def test_email_now_chat_after_two_sms_after_five_and_again_every_ten(ada, chain):
    burn(ada)
    assert sent(30) == {0: ["ada@example.org"], 2: ["chat"], 5: ["sms"], 15: ["sms"], 25: ["sms"]}


def test_another_severity_goes_by_the_rules_that_count_for_it(ada, chain):
    burn(ada, "medium")
    assert sent(30) == {0: ["ada@example.org"], 2: ["chat"]}


def test_the_accounts_email_goes_at_once_whatever_the_rules_say(ada, sms):
    NotificationRuleFactory(membership=ada, delay_seconds=1200, severities=["low"])
    NotificationRuleFactory(membership=ada, contact_method=sms, delay_seconds=300)
    burn(ada)
    assert sent(30) == {0: ["ada@example.org"], 5: ["sms"]}


def test_a_rule_for_the_accounts_email_adds_repetition(ada):
    NotificationRuleFactory(membership=ada, repeat_seconds=600)
    burn(ada)
    assert sent(120) == {ten * 10.0: ["ada@example.org"] for ten in range(10)}


@pytest.mark.parametrize("failure", [TEMPORARY, REFUSED])
def test_a_method_that_fails_starts_the_next_although_the_mail_arrived(ada, chain, failure):
    burn(ada)
    assert sent(2, {"chat": failure})[2] == ["chat", "sms"]


def test_an_unverified_method_is_passed_over_and_the_page_says_so(ada, chat, sms):
    ContactMethod.objects.filter(pk=chat.pk).update(verified_at=None)
    NotificationRuleFactory(membership=ada, contact_method=chat)
    NotificationRuleFactory(membership=ada, contact_method=sms, delay_seconds=300)
    escalation = burn(ada)

    assert "Left out: Chat (method unverified)." in why(escalation)
    assert sent(10) == {0: ["ada@example.org"], 5: ["sms"]}


def why(escalation):
    """Return what the mail of an escalation's first page says."""
    delivery = Delivery.objects.get(escalation=escalation.pk, channel="email")
    return compose_at({delivery.pk: ()}, START)[delivery.pk].text


def test_without_rules_every_verified_method_pages_at_once(ada, chat, sms):
    burn(ada)
    assert sorted(run(START)) == ["ada@example.org", "chat", "sms"]


def test_a_page_keeps_the_rules_it_was_fired_with(ada, chain, sms):
    burn(ada)
    run(START)
    services.replace_notification_rules(
        organization_id=ada.organization_id,
        membership_id=ada.pk,
        rules=[services.RuleDraft(contact_method_id=sms.pk, delay_seconds=60)],
    )
    assert sent(20) == {2: ["chat"], 5: ["sms"], 15: ["sms"]}


def test_a_removed_method_ends_its_part_of_a_page(ada, chain, sms):
    burn(ada)
    run(START)
    services.remove_contact_method(
        organization_id=ada.organization_id, membership_id=ada.pk, method_id=sms.pk, now=START
    )
    assert sent(20) == {2: ["chat"]}


class TestQuietHours:
    @pytest.fixture(autouse=True)
    def quiet(self, ada, sms, chat):
        return QuietHoursFactory(membership=ada)

    def test_by_night_what_can_wait_is_not_loud_and_the_page_says_why(self, ada, sms):
        escalation = burn(ada, "low")

        assert sorted(run(START)) == ["ada@example.org", "chat"]
        assert "Left out: SMS (quiet hours until 06:00 UTC)." in why(escalation)
        assert Page.objects.get().reason["leftOut"] == [
            {
                "method": str(sms.pk),
                "channel": "sms",
                "because": "quiet_hours",
                "until": "2026-11-23T06:00:00.000Z",
            }
        ]

    @pytest.mark.parametrize("severity", ["high", "critical"])
    def test_what_cannot_wait_rings(self, ada, severity):
        escalation = burn(ada, severity)

        assert sorted(run(START)) == ["ada@example.org", "chat", "sms"]
        assert "Left out" not in why(escalation)
        assert "leftOut" not in Page.objects.get().reason

    def test_nothing_is_held_until_morning(self, ada):
        burn(ada, "low")
        run(START)
        assert run(minutes(4 * 60)) == []

    def test_the_ladder_is_climbed_as_always(self, ada, organization):
        bob = MembershipFactory(organization=organization, user__email="bob@example.org")
        escalation = trigger(organization, make_policy(organization, [ada], [bob]), severity="low")
        run(START)
        assert run(minutes(5)) == ["bob@example.org"]
        assert reload(escalation).position == 2

    def test_a_layer_that_fires_by_day_rings(self, ada, organization):
        other = MembershipFactory(organization=organization)
        trigger(organization, make_policy(organization, [other], [ada], timeout_minutes=240), severity="low")
        run(START)
        assert "sms" in run(minutes(240))
