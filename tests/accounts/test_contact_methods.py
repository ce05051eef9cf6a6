"""Further ways to reach a person: added, verified by a code, removed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.db import IntegrityError, transaction

from accounts import services
from accounts.models import ContactMethod
from scaling.errors import InvalidInput, NotFound
from scaling.messengers import KIND_OF_SCHEME, kind_of, server_url
from scaling.outbound import Refused
from tests.factories.accounts import ContactMethodFactory, MembershipFactory

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 11, 23, 3, 0, tzinfo=UTC)
HOOK = "https://hooks.example.org/services/s3cr3t"


def add(member, channel="webhook", address=HOOK):
    return services.add_contact_method(
        organization_id=member.organization_id, membership_id=member.id, channel=channel, address=address, now=NOW
    )


def of(method):
    return {
        "organization_id": method.organization_id,
        "membership_id": method.membership_id,
        "method_id": method.id,
    }


def refused(do, *arguments, **options):
    with pytest.raises(InvalidInput) as caught:
        do(*arguments, **options)
    return caught.value.errors


class TestAdding:
    def test_a_webhook_gets_a_secret_and_does_not_page_yet(self, member):
        method = add(member)
        assert method.secret.startswith("whsec_")
        assert method.verified_at is None
        assert method.secret != add(member, address=f"{HOOK}2").secret

    def test_a_url_is_shown_by_host_and_hash(self, member):
        method = add(member)
        assert "hooks.example.org" in method.shown
        assert "s3cr3t" not in f"{method.shown} {method} {method!r}"

    def test_an_email_address_is_shown_as_it_is_and_signs_nothing(self, member):
        method = add(member, "email", " ada@home.example ")
        assert (method.address, method.shown, method.secret) == ("ada@home.example", "ada@home.example", "")

    @pytest.mark.parametrize(
        ("channel", "address"),
        [
            ("chat", "slack://TokenA/TokenB/TokenC"),
            ("push", "ntfys://ntfy.example.org/topic"),
            ("sms", "twilio://sid:token@15551234567/15557654321"),
            ("voice", "twilio://sid:token@15551234567/15557654321?method=call"),
        ],
    )
    def test_services_have_a_channel_of_their_own(self, member, channel, address):
        assert add(member, channel, address).address == address

    @pytest.mark.parametrize(
        ("channel", "address", "field"),
        [
            ("webhook", "http://10.0.0.1:5432/", "address"),
            ("webhook", "file:///etc/passwd", "address"),
            ("webhook", "https://user:pw@example.org/", "address"),
            ("webhook", "", "address"),
            ("email", "home", "address"),
            ("chat", "twilio://sid:token@15551234567/15557654321", "channel"),
            ("sms", "twilio://sid:token@15551234567/15557654321?method=call", "channel"),
            ("chat", "json://example.org/", "address"),
            ("chat", "mailto://user:pw@example.org", "address"),
            ("chat", "file:///etc/passwd", "address"),
            ("chat", "syslog://", "address"),
            ("push", "fcm://project/token?keyfile=/etc/passwd", "address"),
            ("chat", "discord://id/token?template=/etc/passwd", "address"),
            ("chat", "discord://id/token?a=b;%54emplate=/etc/passwd", "address"),
            ("push", "ntfy://ntfy.example.org:5432/topic", "address"),
            ("chat", "slack://" + "a" * 2000, "address"),
            ("chat", "no url", "address"),
            ("carrier pigeon", HOOK, "channel"),
        ],
    )
    def test_what_cannot_be_used_is_refused_by_field(self, member, channel, address, field):
        ((named, message),) = refused(add, member, channel, address)
        assert named == field
        assert "token" not in message
        assert not ContactMethod.objects.exists()

    def test_the_same_address_twice_is_refused(self, member):
        add(member)
        assert refused(add, member)[0][0] == "address"

    def test_a_removed_address_can_be_added_again(self, member):
        services.remove_contact_method(**of(add(member)), now=NOW)
        assert add(member).removed_at is None

    def test_a_person_has_only_so_many(self, member):
        ContactMethodFactory.create_batch(services.MAX_METHODS, membership=member)
        assert refused(add, member)[0][0] == "channel"

    def test_somebody_who_left_is_not_found(self):
        with pytest.raises(NotFound):
            add(MembershipFactory(ended=True))

    def test_a_member_of_another_organization_is_not_found(self, member, organization):
        with pytest.raises(NotFound):
            services.add_contact_method(
                organization_id=MembershipFactory().organization_id,
                membership_id=member.id,
                channel="webhook",
                address=HOOK,
                now=NOW,
            )


class TestVerifying:
    @pytest.fixture
    def method(self, member):
        return ContactMethodFactory(membership=member, webhook=True, verified_at=None)

    def start(self, method, now=NOW):
        return services.start_verification(**of(method), now=now)[1]

    def confirm(self, method, code, now=NOW):
        return services.confirm_contact_method(**of(method), code=code, now=now)

    def wrong(self, code):
        return f"{(int(code) + 1) % 1_000_000:06}"

    def test_the_code_that_went_over_it_verifies_it(self, method):
        code = self.start(method)
        assert len(code) == 6
        assert self.confirm(method, f" {code} ", NOW + timedelta(minutes=14)).verified_at == NOW + timedelta(minutes=14)

    def test_the_code_is_kept_nowhere(self, method):
        code = self.start(method)
        assert code not in [str(value) for value in ContactMethod.objects.values_list().get()]

    def test_a_wrong_code_is_refused_and_counted(self, method):
        code = self.start(method)
        for _ in range(services.MAX_TRIES):
            assert "not the one" in refused(self.confirm, method, self.wrong(code))[0][1]
        assert "too often" in refused(self.confirm, method, code)[0][1]
        method.refresh_from_db()
        assert method.verified_at is None

    def test_the_last_try_may_be_the_right_one(self, method):
        code = self.start(method)
        for _ in range(services.MAX_TRIES - 1):
            refused(self.confirm, method, self.wrong(code))
        assert self.confirm(method, code).verified_at == NOW

    def test_an_old_code_is_refused(self, method):
        code = self.start(method)
        assert "still valid" in refused(self.confirm, method, code, NOW + services.CODE_LIFETIME)[0][1]

    def test_a_new_code_ends_the_one_before(self, method):
        old = self.start(method)
        new = self.start(method)
        if old != new:
            refused(self.confirm, method, old)
        assert self.confirm(method, new).verified_at == NOW

    def test_without_a_code_there_is_nothing_to_confirm(self, method):
        assert "still valid" in refused(self.confirm, method, "")[0][1]

    def test_a_code_of_another_method_does_not_do(self, method, member):
        code = self.start(method)
        other = ContactMethodFactory(membership=member, verified_at=None)
        if code != self.start(other):
            refused(self.confirm, other, code)
        assert ContactMethod.objects.get(pk=other.pk).verified_at is None

    def test_what_is_verified_stays_so(self, method):
        self.confirm(method, self.start(method))
        assert self.confirm(method, "000000").verified_at == NOW
        assert "already" in refused(self.start, method)[0][1]

    def test_neither_happens_within_a_transaction_that_could_take_it_back(self, method):
        with transaction.atomic():
            with pytest.raises(RuntimeError, match="durable"):
                self.start(method)
            with pytest.raises(RuntimeError, match="durable"):
                self.confirm(method, "123456")

    def test_a_method_of_another_organization_is_not_found(self, method):
        stranger = ContactMethodFactory(verified_at=None)
        mixed = {**of(method), "method_id": stranger.id}
        with pytest.raises(NotFound):
            services.start_verification(**mixed, now=NOW)
        with pytest.raises(NotFound):
            services.confirm_contact_method(**mixed, code="123456", now=NOW)
        with pytest.raises(NotFound):
            services.remove_contact_method(**mixed, now=NOW)


class TestRemoving:
    def test_it_keeps_neither_address_nor_secret(self, member):
        method = services.remove_contact_method(**of(add(member)), now=NOW)
        method.refresh_from_db()
        assert (method.address, method.secret, method.verified_at, method.removed_at) == ("", "", None, NOW)
        assert method.shown

    def test_twice_changes_nothing(self, member):
        method = add(member)
        for now in (NOW, NOW + timedelta(days=1)):
            services.remove_contact_method(**of(method), now=now)
        method.refresh_from_db()
        assert method.removed_at == NOW

    def test_a_removed_method_is_not_verified(self, member):
        method = services.remove_contact_method(**of(add(member)), now=NOW)
        with pytest.raises(NotFound):
            services.start_verification(**of(method), now=NOW)


@pytest.mark.parametrize(
    "broken",
    [
        {"channel": "carrier pigeon"},
        {"address": ""},
        {"channel": "webhook"},
        {"secret": "whsec_x"},
        {"removed_at": NOW},
        {"code_digest": "x"},
        {"code_expires_at": NOW},
    ],
)
def test_the_database_keeps_rows_consistent(broken):
    method = ContactMethodFactory()
    with pytest.raises(IntegrityError), transaction.atomic():
        ContactMethod.objects.filter(pk=method.pk).update(**broken)


class TestMessengers:
    def test_an_installation_uses_the_services_its_operator_names(self, settings):
        settings.APPRISE_SCHEMES = frozenset({"slack"})
        assert kind_of("SLACK://a/b/c") == "chat"
        with pytest.raises(Refused, match="discord://"):
            kind_of("discord://id/token")

    def test_nothing_that_could_send_anything_anywhere_is_known(self):
        never = "json jsons xml xmls form forms mailto mailtos file syslog rsyslog dbus mqtt smpp fcm vapid apprise"
        assert KIND_OF_SCHEME.keys().isdisjoint(never.split())

    @pytest.mark.parametrize(
        ("url", "server"),
        [
            ("ntfys://user:pw@ntfy.example.org:8443/topic", "https://ntfy.example.org:8443/"),
            ("ntfy://10.0.0.1/topic", "http://10.0.0.1/"),
            ("ntfy://topic", None),
            ("slack://a/b/c", None),
            ("nctalks://u:p@cloud.example.org/room", "https://cloud.example.org/"),
        ],
    )
    def test_a_server_of_the_users_own_is_known(self, url, server):
        assert server_url(url) == server

    def test_what_rings_at_night_is_loud(self, member):
        method = ContactMethodFactory(membership=member, channel="sms", address="twilio://a:b@c/d")
        assert method.is_loud
        assert not ContactMethodFactory(membership=member).is_loud
