"""Organizations, people and keys."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import factory
from factory.django import DjangoModelFactory, Password

from accounts import keys
from accounts.models import ApiKey, ContactMethod, Invitation, Membership, NotificationRule, Organization, User
from accounts.models.notification_rule import SEVERITIES
from scaling.outbound import masked_url

EPOCH = datetime(2026, 1, 5, 8, tzinfo=UTC)
WEBHOOK_SECRET = "whsec_b25jYWxsLWRlbW8ta2V5LTI0Ynl0ZXMh"
PASSWORD = "correct horse battery staple"


def _moments(number):
    """Return distinct instants that grow with ``number``: what is made later is listed later."""
    return EPOCH + timedelta(seconds=number)


class OrganizationFactory(DjangoModelFactory):
    """An active tenant without members."""

    class Meta:
        model = Organization

    name = factory.Sequence(lambda n: f"Organization {n}")
    created_at = factory.Sequence(_moments)


class UserFactory(DjangoModelFactory):
    """A login whose password is ``PASSWORD``."""

    class Meta:
        model = User

    email = factory.Sequence(lambda n: f"person{n}@example.org")
    password = Password(PASSWORD)


class MembershipFactory(DjangoModelFactory):
    """A person in an organization who can be paged: both are made unless given."""

    class Meta:
        model = Membership

    organization = factory.SubFactory(OrganizationFactory)
    user = factory.SubFactory(UserFactory)
    first_name = factory.Sequence(lambda n: f"First{n}")
    last_name = factory.Sequence(lambda n: f"Last{n}")
    created_at = factory.Sequence(_moments)

    class Params:
        admin = factory.Trait(role=Membership.Role.ADMIN)
        ended = factory.Trait(ended_at=EPOCH + timedelta(days=1))


class ContactMethodFactory(DjangoModelFactory):
    """One more way to reach a member, in use: an email address, or a ``webhook``."""

    class Meta:
        model = ContactMethod

    membership = factory.SubFactory(MembershipFactory)
    organization_id = factory.SelfAttribute("membership.organization_id")
    address = factory.Sequence(lambda n: f"other{n}@example.org")
    shown = factory.LazyAttribute(lambda row: row.address if row.channel == "email" else masked_url(row.address))
    channel = "email"
    verified_at = EPOCH
    created_at = factory.Sequence(_moments)

    class Params:
        webhook = factory.Trait(channel="webhook", address="https://hooks.example.org/t0p", secret=WEBHOOK_SECRET)
        sms = factory.Trait(
            channel="sms", address=factory.Sequence(lambda n: f"twilio://sid:token@15551234567/1{n:010}")
        )


class NotificationRuleFactory(DjangoModelFactory):
    """A rule behind a member's others: at once, for every severity, over ``contact_method``; without, the account's."""

    class Meta:
        model = NotificationRule

    membership = factory.SubFactory(MembershipFactory)
    organization_id = factory.SelfAttribute("membership.organization_id")
    contact_method = None
    position = factory.LazyAttribute(lambda rule: rule.membership.notification_rules.count() + 1)
    delay_seconds = 0
    repeat_seconds = None
    severities = list(SEVERITIES)


class ApiKeyFactory(DjangoModelFactory):
    """A key with its full text in ``text``, for everything unless ``scope`` says less.

    It counts as used just now, so that no request of a test has a use to note beside its own statements.
    """

    class Meta:
        model = ApiKey

    organization = factory.SubFactory(OrganizationFactory)
    name = factory.Sequence(lambda n: f"Key {n}")
    text = factory.LazyFunction(keys.make_key)
    digest = factory.LazyAttribute(lambda key: keys.digest(key.text))
    prefix = factory.LazyAttribute(lambda key: keys.shown_prefix(key.text))
    created_at = factory.Sequence(_moments)
    last_used_at = factory.LazyFunction(lambda: datetime.now(UTC))

    @classmethod
    def _create(cls, model_class, *args, text, **fields):
        key = super()._create(model_class, *args, **fields)
        key.text = text
        return key


class InvitationFactory(DjangoModelFactory):
    """Somebody new who is invited as a member, whose mail is due."""

    class Meta:
        model = Invitation

    organization = factory.SubFactory(OrganizationFactory)
    email = factory.Sequence(lambda n: f"invited{n}@example.org")
    created_by = "key_test"
    created_at = EPOCH
    expires_at = factory.LazyAttribute(lambda invitation: invitation.created_at + timedelta(days=7))
    next_at = factory.SelfAttribute("created_at")
