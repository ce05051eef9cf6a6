"""The admin pages of organizations, people, keys and logins: they call services and show what those say."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.utils import timezone

from accounts import keys
from accounts.admin.tenancy import STALE
from accounts.auth import find_actor
from accounts.models import ApiKey, ContactMethod, Membership, Organization, User
from scaling.models import AuditEvent
from tests.admin_pages import complaints, statements
from tests.factories.accounts import (
    ApiKeyFactory,
    ContactMethodFactory,
    MembershipFactory,
    OrganizationFactory,
)

ORGANIZATIONS = "/admin/accounts/organization/"
PEOPLE = "/admin/accounts/membership/"
KEYS = "/admin/accounts/apikey/"
LOGINS = "/admin/accounts/user/"
END = {"action": "end", "confirmed": "yes"}


def methods(*rows):
    """Return the form fields of the contact methods below a person: ``(id, whether to remove it)``."""
    sent = {"contact_methods-TOTAL_FORMS": len(rows), "contact_methods-INITIAL_FORMS": len(rows)}
    for number, (pk, remove) in enumerate(rows):
        sent |= {f"contact_methods-{number}-id": pk, **({f"contact_methods-{number}-remove": "on"} if remove else {})}
    return sent


class TestApiKeys:
    def create(self, client, **changes):
        sent = {"name": "CI", "scope": "trigger", "expires_at_0": "", "expires_at_1": ""}
        return client.post(f"{KEYS}add/", {**sent, **changes})

    def test_a_new_key_is_shown_once_and_works(self, as_alice, acme):
        response = self.create(as_alice)
        (text,) = re.findall(keys.SCAN_PATTERN, response.content.decode())
        actor = find_actor(text)
        assert (actor.organization_id, actor.scope) == (acme.id, "trigger")
        assert response["Cache-Control"] == "max-age=0, no-cache, no-store, must-revalidate, private"

    def test_the_text_of_a_key_is_kept_nowhere(self, as_alice):
        (text,) = re.findall(keys.SCAN_PATTERN, self.create(as_alice).content.decode())
        key = ApiKey.objects.get()
        for path in (KEYS, f"{KEYS}{key.id}/change/", f"{KEYS}{key.id}/history/", "/admin/"):
            assert text[15:] not in as_alice.get(path).content.decode()
        assert text[15:] not in str(list(AuditEvent.objects.values()))
        assert text[15:] not in str(dict(as_alice.session)) + str(as_alice.cookies)

    @pytest.mark.parametrize(
        ("changes", "field"),
        [
            ({"name": "\u200b"}, "name"),
            ({"scope": "admin"}, "scope"),
            ({"expires_at_0": "2020-01-01", "expires_at_1": "00:00"}, "expires_at"),
        ],
    )
    def test_what_cannot_be_is_told_beside_the_field(self, as_alice, changes, field):
        assert list(complaints(self.create(as_alice, **changes))) == [field]
        assert not ApiKey.objects.exists()
        assert not AuditEvent.objects.filter(actor_kind="person").exists()

    def test_an_existing_key_can_be_read_but_not_changed_or_deleted(self, as_alice, acme):
        key = ApiKeyFactory(organization=acme, name="Deploy")
        page = as_alice.get(f"{KEYS}{key.id}/change/")
        assert b"Deploy" in page.content
        assert b'name="_save"' not in page.content
        assert as_alice.post(f"{KEYS}{key.id}/change/", {"name": "Other"}).status_code == 403
        assert as_alice.post(f"{KEYS}{key.id}/delete/", {"post": "yes"}).status_code == 403

    def test_revoked_keys_fail_at_once(self, as_alice, acme):
        first, second, third = ApiKeyFactory.create_batch(3, organization=acme)
        chosen = {"action": "revoke", "_selected_action": [first.id, second.id]}
        asked = as_alice.post(KEYS, chosen)
        assert first.name in asked.content.decode()
        assert find_actor(first.text) is not None
        chosen |= {"confirmed": "yes"}
        answer = as_alice.post(KEYS, chosen, follow=True)
        assert first.name in answer.content.decode()
        assert [find_actor(key.text) is None for key in (first, second, third)] == [True, True, False]

    def test_it_lasts_as_long_as_is_chosen(self, as_alice):
        self.create(as_alice, lasts="90")
        key = ApiKey.objects.get()
        assert key.expires_at - key.created_at == timedelta(days=90)

    def test_two_ends_are_one_too_many(self, as_alice):
        answer = self.create(as_alice, lasts="90", expires_at_0="2099-01-01", expires_at_1="00:00")
        assert list(complaints(answer)) == ["expires_at"]

    def test_one_key_is_revoked_on_its_page_once_confirmed(self, as_alice, as_bob, acme):
        key = ApiKeyFactory(organization=acme)
        path = f"{KEYS}{key.id}/revoke/"
        assert path in as_alice.get(f"{KEYS}{key.id}/change/").content.decode()
        for answer in (as_alice.get(path), as_alice.post(path)):
            assert key.name in answer.content.decode()
            assert find_actor(key.text) is not None
        assert as_bob.post(path, {"confirmed": "yes"}).status_code == 403
        assert find_actor(key.text) is not None
        assert as_alice.post(path, {"confirmed": "yes"}).status_code == 302
        assert find_actor(key.text) is None
        assert path not in as_alice.get(f"{KEYS}{key.id}/change/").content.decode()

    def test_the_list_says_in_words_who_made_a_key_and_whether_it_works(self, as_alice, acme, alice):
        hour = timedelta(hours=1)
        at = timezone.now()
        ApiKeyFactory(organization=acme, created_by=alice.user_id, last_used_at=at - 3 * hour)
        ApiKeyFactory(organization=acme, revoked_at=at - hour)
        ApiKeyFactory(organization=acme, expires_at=at - hour)
        page = as_alice.get(KEYS).content.decode().replace("\xa0", " ")
        for words in (
            alice.name,
            "3 hours ago",
            "revoked 1 hour ago",
            "expired 1 hour ago",
            "the command line",
        ):
            assert words in page


class TestPeople:
    def add(self, client, **changes):
        sent = {"email": "eve@acme.example", "first_name": "Eve", "last_name": "", "role": "member"}
        return client.post(f"{PEOPLE}add/", {**sent, **changes})

    def change(self, client, member, rows=None, **changes):
        sent = {"first_name": "Bobby", "last_name": "", "role": "member", "is_active": "on"}
        return client.post(f"{PEOPLE}{member.pk}/change/", {**sent, **(rows or methods()), **changes})

    def test_an_admin_adds_a_person(self, as_alice, acme):
        assert self.add(as_alice).status_code == 302
        eve = Membership.objects.get(user__email="eve@acme.example")
        assert (eve.organization, eve.name, eve.role) == (acme, "Eve", "member")
        joined = AuditEvent.objects.get(kind="accounts.membership", object_id=str(eve.pk))
        assert (joined.action, joined.actor_kind) == ("created", "person")

    def test_somebody_known_keeps_their_login(self, as_alice, charlie, acme):
        self.add(as_alice, email="CHARLIE@rival.example")
        joined = Membership.objects.get(organization=acme, user=charlie.user)
        assert joined.first_name == "Eve"
        assert User.objects.get(pk=charlie.user_id).email == "charlie@rival.example"

    def test_a_refused_person_is_told_beside_the_field_and_nothing_typed_is_lost(self, as_alice, bob):
        answer = self.add(as_alice, email="BOB@acme.example", last_name="Typed")
        assert list(complaints(answer)) == ["email"]
        assert b'value="Typed"' in answer.content
        assert not AuditEvent.objects.filter(actor_kind="person").exists()

    def test_an_admin_changes_a_person(self, as_alice, bob):
        assert self.change(as_alice, bob, role="admin").status_code == 302
        bob.refresh_from_db()
        assert (bob.name, bob.role, bob.is_active) == ("Bobby", "admin", True)

    def test_the_email_of_a_login_is_not_the_organizations_to_change(self, as_alice, bob):
        self.change(as_alice, bob, email="other@acme.example")
        assert User.objects.get(pk=bob.user_id).email == "bob@acme.example"

    def test_an_admin_does_not_demote_themselves(self, as_alice, alice):
        answer = self.change(as_alice, alice, role="member")
        assert "another admin has to change your role" in str(complaints(answer))
        assert Membership.objects.get(pk=alice.pk).role == "admin"

    def test_an_admin_removes_a_contact_method_and_no_other(self, as_alice, bob):
        kept, gone = ContactMethodFactory.create_batch(2, membership=bob)
        self.change(as_alice, bob, methods((kept.pk, False), (gone.pk, True)))
        assert list(ContactMethod.objects.filter(removed_at=None)) == [kept]

    def test_an_admin_neither_adds_nor_verifies_one(self, as_alice, bob):
        mine = ContactMethodFactory(membership=bob, verified_at=None)
        forged = {
            "contact_methods-0-address": "forged@home.example",
            "contact_methods-0-verified_at": "2026-01-01",
            "contact_methods-1-address": "new@home.example",
            "contact_methods-TOTAL_FORMS": 2,
        }
        self.change(as_alice, bob, {**methods((mine.pk, False)), **forged})
        assert list(ContactMethod.objects.values_list("address", "verified_at")) == [(mine.address, None)]

    def test_the_address_of_a_webhook_is_shown_to_nobody(self, as_alice, bob):
        method = ContactMethodFactory(membership=bob, webhook=True)
        page = as_alice.get(f"{PEOPLE}{bob.pk}/change/").content.decode()
        assert method.shown in page
        assert method.secret not in page
        assert "t0p" not in page

    @pytest.mark.parametrize("remove", [True, False])
    def test_a_method_of_somebody_else_is_as_unknown_as_none(self, as_alice, alice, bob, charlie, remove):
        others = [ContactMethodFactory(membership=member).pk for member in (alice, charlie)]
        told = []
        for pk in (*others, bob.pk, "nonsense"):
            answer = self.change(as_alice, bob, methods((pk, remove)))
            (shown,) = answer.context["inline_admin_formsets"]
            told.append(list(shown.formset.non_form_errors()))
        assert told == [[STALE]] * 4
        assert set(ContactMethod.objects.values_list("pk", "removed_at")) == {(pk, None) for pk in others}
        assert Membership.objects.get(pk=bob.pk).first_name == "Bob"

    def test_an_admin_ends_memberships(self, as_alice, bob):
        answer = as_alice.post(PEOPLE, {**END, "_selected_action": [str(bob.pk)]}, follow=True)
        assert b"Left: Bob" in answer.content
        assert Membership.objects.get(pk=bob.pk).ended_at is not None

    def test_of_memberships_that_cannot_all_end_none_does(self, as_alice, alice, acme):
        first = MembershipFactory(organization=acme, created_at=alice.created_at - timedelta(days=1))
        both = {**END, "_selected_action": [str(first.pk), str(alice.pk)]}
        answer = as_alice.post(PEOPLE, both, follow=True)
        assert b"another admin has to" in answer.content
        assert not Membership.objects.exclude(ended_at=None).exists()

    def test_whoever_left_can_be_read_only(self, as_alice, acme):
        gone = MembershipFactory(organization=acme, ended=True)
        assert b'name="_save"' not in as_alice.get(f"{PEOPLE}{gone.pk}/change/").content
        assert self.change(as_alice, gone).status_code == 403

    def test_nobody_is_deleted(self, as_alice, bob):
        assert as_alice.post(f"{PEOPLE}{bob.pk}/delete/", {"post": "yes"}).status_code == 403
        as_alice.post(PEOPLE, {"action": "delete_selected", "_selected_action": [str(bob.pk)], "post": "yes"})
        assert Membership.objects.filter(pk=bob.pk).exists()


class TestOrganizations:
    def change(self, client, organization, **changes):
        sent = {"name": organization.name, "fallback_email": "", "default_ack_timeout_minutes": "7", "is_active": "on"}
        return client.post(f"{ORGANIZATIONS}{organization.pk}/change/", {**sent, **changes})

    def test_an_admin_sets_their_own_and_sees_no_other(self, as_alice, acme, rival):
        assert self.change(as_alice, acme, fallback_email="ops@acme.example").status_code == 302
        acme.refresh_from_db()
        assert (acme.fallback_email, acme.default_ack_timeout_minutes) == ("ops@acme.example", 7)
        assert self.change(as_alice, rival).status_code == 404
        assert b"Rival" not in as_alice.get(ORGANIZATIONS).content

    def test_an_admin_cannot_make_it_inactive(self, as_alice, acme):
        sent = {"name": "Acme", "fallback_email": "", "default_ack_timeout_minutes": "5"}
        as_alice.post(f"{ORGANIZATIONS}{acme.pk}/change/", sent)
        acme.refresh_from_db()
        assert acme.is_active

    def test_a_taken_name_is_told_beside_the_field(self, as_alice, acme, rival):
        assert complaints(self.change(as_alice, acme, name="RIVAL")) == {
            "name": ["An organization named RIVAL exists already."]
        }

    def test_an_admin_adds_and_deletes_none(self, as_alice, acme):
        assert as_alice.get(f"{ORGANIZATIONS}add/").status_code == 403
        assert as_alice.post(f"{ORGANIZATIONS}{acme.pk}/delete/", {"post": "yes"}).status_code == 403

    def test_an_operator_adds_one_and_shuts_it(self, as_olivia):
        sent = {"name": "Newcomer", "fallback_email": "", "default_ack_timeout_minutes": "9", "is_active": "on"}
        assert as_olivia.post(f"{ORGANIZATIONS}add/", sent).status_code == 302
        made = Organization.objects.get()
        assert (made.name, made.default_ack_timeout_minutes, made.is_active) == ("Newcomer", 9, True)
        del sent["is_active"]
        as_olivia.post(f"{ORGANIZATIONS}{made.pk}/change/", sent)
        made.refresh_from_db()
        assert not made.is_active
        assert b"Newcomer" in as_olivia.get(ORGANIZATIONS).content


class TestLogins:
    def test_only_operators_see_logins(self, as_alice, as_bob, alice):
        for client in (as_alice, as_bob):
            for path in (LOGINS, f"{LOGINS}add/"):
                assert client.get(path).status_code == 403
            for page in ("password", "change"):
                assert client.get(f"{LOGINS}{alice.user_id}/{page}/").status_code == 404

    def test_an_operator_adds_one_and_sets_its_password(self, as_olivia):
        as_olivia.post(f"{LOGINS}add/", {"email": "new@example.org", "is_active": "on"})
        user = User.objects.get(email="new@example.org")
        assert not user.has_usable_password()
        page = as_olivia.get(f"{LOGINS}{user.pk}/change/").content.decode()
        assert f"{LOGINS}{user.pk}/password/" in page
        secret = "a long enough secret"
        sent = {"password1": secret, "password2": secret, "usable_password": "true"}
        assert as_olivia.post(f"{LOGINS}{user.pk}/password/", sent).status_code == 302
        user.refresh_from_db()
        assert user.check_password(secret)

    def test_an_operator_changes_one(self, as_olivia, bob):
        sent = {"email": "robert@acme.example", "is_superuser": "on"}
        assert as_olivia.post(f"{LOGINS}{bob.user_id}/change/", sent).status_code == 302
        stored = User.objects.get(pk=bob.user_id)
        assert (stored.email, stored.is_active, stored.is_superuser) == ("robert@acme.example", False, True)

    @pytest.mark.parametrize("path", ["add/", "{pk}/change/"])
    def test_a_taken_email_is_told_beside_the_field(self, as_olivia, alice, bob, path):
        url = LOGINS + path.format(pk=bob.user_id)
        sent = {"email": "ALICE@acme.example", "is_active": "on"}
        assert complaints(as_olivia.post(url, sent)) == {"email": ["ALICE@acme.example has a login already."]}

    def test_nobody_deletes_one(self, as_olivia, bob):
        assert as_olivia.post(f"{LOGINS}{bob.user_id}/delete/", {"post": "yes"}).status_code == 403


class TestCost:
    """Every list and page costs the same number of statements for few rows and for many."""

    @pytest.mark.parametrize("path", [ORGANIZATIONS, PEOPLE, KEYS, LOGINS, "/admin/organization/"])
    def test_of_a_list(self, as_olivia, acme, path):
        costs = []
        for more in (1, 15):
            MembershipFactory.create_batch(more, organization=acme)
            ApiKeyFactory.create_batch(more, organization=acme)
            OrganizationFactory.create_batch(more)
            costs.append(statements(as_olivia, path))
        assert costs[0] == costs[1]
        assert costs[0] <= 10

    def test_of_a_person_with_many_addresses(self, as_alice, bob):
        costs = []
        for more in (1, 15):
            ContactMethodFactory.create_batch(more, membership=bob)
            costs.append(statements(as_alice, f"{PEOPLE}{bob.pk}/change/"))
        assert costs[0] == costs[1]

    def test_of_an_autocomplete(self, as_alice, acme):
        path = "/admin/autocomplete/?app_label=escalation&model_name=layeruser&field_name=membership&term="
        costs = []
        for more in (1, 15):
            MembershipFactory.create_batch(more, organization=acme)
            costs.append(statements(as_alice, path))
        assert costs[0] == costs[1]
