"""Organizations, people and keys: what the services promise."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import psycopg
import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from accounts import keys, services
from accounts.errors import CannotChangeOwnRole, LastAdmin
from accounts.models import ApiKey, Membership, Organization, User
from scaling.errors import InvalidInput, NameConflict, NotFound
from tests.factories.accounts import ApiKeyFactory, MembershipFactory, OrganizationFactory, UserFactory

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
LATER = NOW + timedelta(hours=1)

pytestmark = pytest.mark.django_db


def fields_of(refusal):
    return [error["field"] for error in refusal.value.extra["errors"]]


class TestCreateOrganization:
    def test_keeps_the_trimmed_name_and_the_fallback(self):
        made = services.create_organization(name="  Acme  ", fallback_email=" ops@acme.example ", now=NOW)
        stored = Organization.objects.get(id=made.id)
        assert (stored.name, stored.fallback_email, stored.created_at) == ("Acme", "ops@acme.example", NOW)
        assert stored.id.startswith("org_")

    @pytest.mark.parametrize("taken", ["ACME", "\uff41cme", " acme "])
    def test_refuses_a_name_that_compares_equal(self, taken):
        services.create_organization(name="Acme", now=NOW)
        with pytest.raises(NameConflict):
            services.create_organization(name=taken, now=NOW)
        assert Organization.objects.count() == 1

    @pytest.mark.parametrize("name", ["", "  ", "\u200b", "x" * 256, "a\u202eb", "a\x00b", "a\nb", "\ud800"])
    def test_refuses_an_unusable_name(self, name):
        with pytest.raises(InvalidInput) as refusal:
            services.create_organization(name=name, now=NOW)
        assert fields_of(refusal) == ["name"]
        assert not Organization.objects.exists()

    @pytest.mark.parametrize("email", ["ops", "ops@", "a@b\nc.example", "x" * 250 + "@example.org"])
    def test_refuses_a_fallback_that_is_no_address(self, email):
        with pytest.raises(InvalidInput) as refusal:
            services.create_organization(name="Acme", fallback_email=email, now=NOW)
        assert fields_of(refusal) == ["fallback_email"]


class TestUpdateOrganization:
    def update(self, organization, **changes):
        values = {"name": "Acme", "fallback_email": "", "default_ack_timeout_minutes": 5, "is_active": True}
        return services.update_organization(organization_id=organization.id, **{**values, **changes})

    def test_changes_every_setting(self, organization):
        self.update(organization, fallback_email="a@b.example", default_ack_timeout_minutes=7, is_active=False)
        organization.refresh_from_db()
        assert (organization.name, organization.fallback_email) == ("Acme", "a@b.example")
        assert (organization.default_ack_timeout_minutes, organization.is_active) == (7, False)

    @pytest.mark.parametrize("minutes", [0, 10_081])
    def test_refuses_a_timeout_out_of_range(self, organization, minutes):
        with pytest.raises(InvalidInput) as refusal:
            self.update(organization, default_ack_timeout_minutes=minutes)
        assert fields_of(refusal) == ["default_ack_timeout_minutes"]

    def test_refuses_the_name_of_another(self, organization):
        OrganizationFactory(name="ACME")
        with pytest.raises(NameConflict):
            self.update(organization)

    def test_may_keep_its_own_name(self, organization):
        self.update(organization)
        self.update(organization, name="acme")
        assert Organization.objects.get().name == "acme"


class TestAddMember:
    def add(self, organization, **changes):
        values = {"email": "ada@example.org", "first_name": "Ada", "now": NOW}
        return services.add_member(organization_id=organization.id, **{**values, **changes})

    def test_makes_a_login_and_a_membership(self, organization):
        member = self.add(organization, role="admin", last_name="Lovelace")
        assert member.user.email == "ada@example.org"
        assert member.user_id.startswith("user_")
        assert (member.name, member.role, member.created_at) == ("Ada Lovelace", "admin", NOW)

    def test_without_a_password_the_login_cannot_sign_in(self, organization):
        assert not self.add(organization).user.has_usable_password()

    def test_keeps_a_password_given(self, organization):
        member = self.add(organization, password="a long enough secret")
        assert member.user.check_password("a long enough secret")

    @pytest.mark.parametrize("email", ["ADA@example.org", " ada@EXAMPLE.org "])
    def test_a_known_email_adds_a_membership_to_the_same_login(self, organization, email):
        user = UserFactory(email="ada@example.org")
        member = self.add(organization, email=email)
        before = User.objects.values().get(pk=user.pk)
        assert member.user_id == user.pk
        assert User.objects.values().get() == before
        assert before["email"] == "ada@example.org"

    def test_refuses_a_password_for_a_known_login(self, organization):
        user = UserFactory(email="ada@example.org")
        with pytest.raises(InvalidInput) as refusal:
            self.add(organization, password="a long enough secret")
        assert fields_of(refusal) == ["password"]
        assert User.objects.get(pk=user.pk).password == user.password
        assert not Membership.objects.exists()

    def test_refuses_somebody_who_is_a_member_already(self, organization):
        self.add(organization)
        with pytest.raises(InvalidInput) as refusal:
            self.add(organization, email="Ada@Example.org", role="admin")
        assert fields_of(refusal) == ["email"]
        assert Membership.objects.get().role == "member"

    def test_somebody_who_left_comes_back_as_the_same_member(self, organization):
        gone = MembershipFactory(organization=organization, user__email="ada@example.org", ended=True, is_active=False)
        back = self.add(organization, role="admin")
        assert back.id == gone.id
        stored = Membership.objects.get()
        assert (stored.ended_at, stored.is_active, stored.role, stored.name) == (None, True, "admin", "Ada")

    @pytest.mark.parametrize(
        ("field", "value"),
        [
            ("email", "nobody"),
            ("email", ""),
            ("first_name", "a\u202eb"),
            ("last_name", "x" * 151),
            ("last_name", "\u200b"),
            ("role", "owner"),
        ],
    )
    def test_refuses_unusable_values_and_leaves_no_login_behind(self, organization, field, value):
        with pytest.raises(InvalidInput) as refusal:
            self.add(organization, **{field: value})
        assert fields_of(refusal) == [field]
        assert not User.objects.exists()

    def test_refuses_an_unknown_organization(self):
        with pytest.raises(NotFound):
            services.add_member(organization_id="org_unknown", email="ada@example.org", now=NOW)
        assert not User.objects.exists()


class TestUpdateMember:
    def update(self, member, **changes):
        values = {"first_name": "A", "last_name": "B", "role": member.role, "is_active": True}
        return services.update_member(
            organization_id=member.organization_id, membership_id=member.id, **{**values, **changes}
        )

    def test_changes_what_the_organization_knows(self, member):
        MembershipFactory(organization=member.organization, admin=True)
        self.update(member, role="admin", is_active=False)
        member.refresh_from_db()
        assert (member.name, member.role, member.is_active) == ("A B", "admin", False)

    def test_refuses_to_change_ones_own_role(self):
        admin = MembershipFactory(admin=True)
        MembershipFactory(organization=admin.organization, admin=True)
        with pytest.raises(CannotChangeOwnRole):
            self.update(admin, role="member", by_user_id=admin.user_id)

    def test_one_may_change_ones_own_name(self):
        admin = MembershipFactory(admin=True)
        assert self.update(admin, first_name="Ada", by_user_id=admin.user_id).first_name == "Ada"

    def test_refuses_to_demote_the_last_admin(self):
        admin = MembershipFactory(admin=True)
        MembershipFactory(organization=admin.organization, admin=True, ended=True)
        MembershipFactory(admin=True)
        with pytest.raises(LastAdmin):
            self.update(admin, role="member")

    def test_does_not_know_somebody_who_left(self):
        with pytest.raises(NotFound):
            self.update(MembershipFactory(ended=True))

    def test_does_not_know_a_member_of_another_organization(self, member, organization):
        with pytest.raises(NotFound):
            services.update_member(
                organization_id=OrganizationFactory().id,
                membership_id=member.id,
                first_name="",
                last_name="",
                role="member",
                is_active=True,
            )


class TestEndMembership:
    def end(self, member, **options):
        return services.end_membership(
            organization_id=member.organization_id, membership_id=member.id, **{"now": NOW, **options}
        )

    def test_ends_and_keeps_the_row(self, member):
        self.end(member)
        assert Membership.objects.get().ended_at == NOW

    def test_ended_twice_keeps_the_first_time(self, member):
        self.end(member)
        assert self.end(member, now=LATER).ended_at == NOW

    def test_refuses_to_end_ones_own(self):
        admin = MembershipFactory(admin=True)
        MembershipFactory(organization=admin.organization, admin=True)
        with pytest.raises(CannotChangeOwnRole):
            self.end(admin, by_user_id=admin.user_id)

    def test_refuses_to_end_the_last_admin(self):
        with pytest.raises(LastAdmin):
            self.end(MembershipFactory(admin=True))

    def test_an_ended_member_is_neither_current_nor_reachable(self, member):
        self.end(member)
        assert not Membership.objects.current().exists()
        assert not Membership.objects.reachable().exists()


class TestApiKeys:
    def create(self, organization, **options):
        return services.create_api_key(organization_id=organization.id, **{"name": "CI", "now": NOW, **options})

    def test_stores_the_digest_and_never_the_text(self, organization):
        key, text = self.create(organization)
        stored = ApiKey.objects.values().get(id=key.id)
        assert bytes(stored["digest"]) == keys.digest(text)
        assert stored["prefix"] == text[:15]
        assert (stored["scope"], stored["created_at"], stored["last_used_at"]) == ("write", NOW, None)
        assert not any(text[15:] in str(value) for value in stored.values())
        assert key.id.startswith("key_")

    @pytest.mark.parametrize(
        ("field", "value"),
        [("name", " "), ("scope", "admin"), ("expires_at", NOW), ("expires_at", NOW - timedelta(days=1))],
    )
    def test_refuses_unusable_values(self, organization, field, value):
        with pytest.raises(InvalidInput) as refusal:
            self.create(organization, **{field: value})
        assert fields_of(refusal) == [field]
        assert not ApiKey.objects.exists()

    def test_refuses_an_unknown_organization(self):
        with pytest.raises(NotFound):
            services.create_api_key(organization_id="org_unknown", name="CI", now=NOW)

    def test_a_revoked_key_keeps_the_first_time(self, api_key):
        for now in (NOW, LATER):
            services.revoke_api_key(organization_id=api_key.organization_id, key_id=api_key.id, now=now)
        api_key.refresh_from_db()
        assert api_key.revoked_at == NOW

    def test_a_key_of_another_organization_is_unknown(self, api_key):
        with pytest.raises(NotFound):
            services.revoke_api_key(organization_id=OrganizationFactory().id, key_id=api_key.id, now=NOW)

    @pytest.mark.parametrize(
        ("last", "noted"),
        [(None, NOW), (NOW - timedelta(seconds=61), NOW), (NOW - timedelta(seconds=59), NOW - timedelta(seconds=59))],
    )
    def test_use_is_noted_at_most_once_a_minute(self, organization, last, noted):
        key = ApiKeyFactory(organization=organization, last_used_at=last)
        services.mark_key_used(key_id=key.id, now=NOW)
        assert ApiKey.objects.get().last_used_at == noted

    def test_noting_a_use_takes_one_statement(self, api_key):
        with CaptureQueriesContext(connection) as statements:
            services.mark_key_used(key_id=api_key.id, now=LATER)
        assert [row["sql"].split()[0] for row in statements] == ["SAVEPOINT", "UPDATE", "RELEASE"]


@pytest.mark.django_db(transaction=True)
def test_noting_a_use_never_waits_for_a_locked_key(organization):
    key = ApiKeyFactory(organization=organization, last_used_at=None)
    with psycopg.connect(**connection.get_connection_params() | {"cursor_factory": psycopg.Cursor}) as other:
        other.execute("SELECT 1 FROM accounts_apikey WHERE id = %s FOR UPDATE", [key.id])
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SET LOCAL lock_timeout = '2s'")
            services.mark_key_used(key_id=key.id, now=NOW)
    assert ApiKey.objects.get().last_used_at is None
