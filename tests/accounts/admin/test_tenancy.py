"""Nothing of another organization is shown, offered or accepted in the admin."""

from __future__ import annotations

import pytest
from django.contrib import admin
from django.test import RequestFactory
from django.urls import reverse

from accounts.admin.tenancy import (
    EVERYTHING,
    VIEW,
    TenantAdmin,
    TenantRelatedFilter,
    TenantTabularInline,
)
from accounts.models import ApiKey, ContactMethod, Membership, Organization, User
from escalation.models import Layer, Policy, Schedule
from tests.factories.accounts import ApiKeyFactory, ContactMethodFactory, MembershipFactory
from tests.factories.escalation import ScheduleFactory

UNKNOWN = "0198c1de-0000-7000-8000-000000000000"


def page(model, name, *args):
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_{name}", args=args)


def request_of(member):
    request = RequestFactory().get("/admin/")
    request.user, request.session = member.user, {}
    return request


class TestRows:
    @pytest.mark.parametrize("model", [Membership, ApiKey])
    def test_a_list_shows_the_rows_of_ones_own_organization(self, model, as_alice, bob, charlie):
        for member, name in [(bob, "Ours"), (charlie, "Theirs")]:
            ApiKeyFactory(organization=member.organization, name=name)
        shown = as_alice.get(page(model, "changelist")).content.decode()
        assert ("Bob" in shown) is (model is Membership)
        assert ("Ours" in shown) is (model is ApiKey)
        assert "Charlie" not in shown
        assert "Theirs" not in shown

    @pytest.mark.parametrize("name", ["change", "delete", "history"])
    def test_a_row_of_another_organization_is_as_unknown_as_none(self, name, as_alice, charlie):
        key = ApiKeyFactory(organization=charlie.organization)
        for model, theirs, unknown in [(Membership, charlie.pk, UNKNOWN), (ApiKey, key.pk, "key_unknown")]:
            answers = [as_alice.get(page(model, name, pk)) for pk in (theirs, unknown)]
            assert [answer.status_code for answer in answers] == [404, 404]

    def test_a_post_to_a_row_of_another_organization_changes_nothing(self, as_alice, charlie):
        before = Membership.objects.values().get(pk=charlie.pk)
        sent = {"first_name": "Mallory", "last_name": "", "role": "member"}
        assert as_alice.post(page(Membership, "change", charlie.pk), sent).status_code == 404
        assert Membership.objects.values().get(pk=charlie.pk) == before

    def test_an_action_on_a_row_of_another_organization_changes_nothing(self, as_alice, charlie):
        key = ApiKeyFactory(organization=charlie.organization)
        for model, action, pk in [(Membership, "end", charlie.pk), (ApiKey, "revoke", key.pk)]:
            as_alice.post(page(model, "changelist"), {"action": action, "_selected_action": [str(pk)]})
        assert not Membership.objects.exclude(ended_at=None).exists()
        assert not ApiKey.objects.exclude(revoked_at=None).exists()

    @pytest.mark.parametrize("pk", ["nonsense", "key_a%00b", "%F0%9F%92%A5"])
    def test_a_malformed_id_is_no_error_of_ours(self, as_alice, pk):
        url = page(ApiKey, "changelist")
        assert as_alice.get(f"{url}{pk}/change/").status_code in (400, 404)


class TestRoles:
    def test_a_member_may_look_at_people_and_at_nothing_else(self, as_bob, alice):
        assert as_bob.get(page(Membership, "changelist")).status_code == 200
        shown = as_bob.get(page(Membership, "change", alice.pk))
        assert shown.status_code == 200
        assert b'name="_save"' not in shown.content
        for model in (ApiKey, User, Organization):
            assert as_bob.get(page(model, "changelist")).status_code == 403

    def test_a_member_does_not_see_where_else_people_are_paged(self, as_bob, as_alice, alice):
        ContactMethodFactory(membership=alice, address="alice@home.example")
        url = page(Membership, "change", alice.pk)
        assert b"alice@home.example" not in as_bob.get(url).content
        assert b"alice@home.example" in as_alice.get(url).content

    def test_a_member_changes_nothing(self, as_bob, alice):
        sent = {"email": "m@acme.example", "first_name": "Mallory", "last_name": "", "role": "admin"}
        assert as_bob.post(page(Membership, "add"), sent).status_code == 403
        assert as_bob.post(page(Membership, "change", alice.pk), sent).status_code == 403
        as_bob.post(page(Membership, "changelist"), {"action": "end", "_selected_action": [str(alice.pk)]})
        assert set(Membership.objects.values_list("first_name", "ended_at")) == {("Alice", None), ("Bob", None)}

    @pytest.mark.parametrize(
        ("member_may", "allowed"),
        [(frozenset(), []), (VIEW, ["view"]), (EVERYTHING, ["view", "add", "change", "delete"])],
    )
    def test_a_page_says_what_members_may(self, member_may, allowed, alice, bob, acme):
        policies = type("PolicyPages", (TenantAdmin,), {"member_may": member_may})(Policy, admin.site)
        lines = type("LayerLines", (TenantTabularInline,), {"model": Layer, "member_may": member_may})(
            Policy, admin.site
        )
        for of_page in (policies, lines):
            may = {name: getattr(of_page, f"has_{name}_permission") for name in ("view", "add", "change", "delete")}
            assert [name for name, ask in may.items() if ask(request_of(bob))] == allowed
            assert all(ask(request_of(alice)) for ask in may.values())

    def test_nobody_may_do_anything_to_a_row_of_another_organization(self, alice, rival):
        pages = TenantAdmin(Schedule, admin.site)
        theirs = ScheduleFactory(organization=rival, name="Primary")
        assert not pages.has_view_permission(request_of(alice), theirs)
        assert not pages.has_change_permission(request_of(alice), theirs)
        assert not pages.has_delete_permission(request_of(alice), theirs)


class TestChoices:
    def test_an_autocomplete_offers_people_of_ones_own_organization(self, as_alice, alice, bob, charlie):
        gone = MembershipFactory(organization=bob.organization, first_name="Gone", ended=True)
        asked = {"app_label": "escalation", "model_name": "layeruser", "field_name": "membership", "term": ""}
        offered = as_alice.get(reverse("admin:autocomplete"), asked).json()["results"]
        assert {row["id"] for row in offered} == {str(alice.pk), str(bob.pk)}
        assert as_alice.get(reverse("admin:autocomplete"), asked | {"term": "Charlie"}).json()["results"] == []
        assert as_alice.get(reverse("admin:autocomplete"), asked | {"term": gone.first_name}).json()["results"] == []

    @pytest.mark.parametrize("model_name", ["membership", "logentry"])
    def test_an_autocomplete_of_logins_is_refused(self, as_alice, model_name):
        app_label = "admin" if model_name == "logentry" else "accounts"
        asked = {"app_label": app_label, "model_name": model_name, "field_name": "user", "term": "@"}
        assert as_alice.get(reverse("admin:autocomplete"), asked).status_code == 403

    def test_a_foreign_key_offers_and_accepts_rows_of_ones_own_organization(self, alice, acme, rival):
        ours, theirs = (
            ScheduleFactory(organization=acme, name="Primary"),
            ScheduleFactory(organization=rival, name="Primary"),
        )
        field = TenantAdmin(Layer, admin.site).formfield_for_foreignkey(
            Layer._meta.get_field("schedule"), request_of(alice)
        )
        assert list(field.queryset) == [ours]
        with pytest.raises(Exception, match="not one of the available choices"):
            field.clean(str(theirs.pk))

    def test_a_page_that_narrows_the_choices_need_not_think_of_the_organization(self, alice, acme, rival):
        ours, _ = (
            ScheduleFactory(organization=acme, name="Primary"),
            ScheduleFactory(organization=rival, name="Primary"),
        )
        field = TenantAdmin(Layer, admin.site).formfield_for_foreignkey(
            Layer._meta.get_field("schedule"), request_of(alice), queryset=Schedule.objects.filter(name="Primary")
        )
        assert list(field.queryset) == [ours]

    def test_a_foreign_key_to_logins_offers_none(self, alice):
        field = TenantAdmin(Membership, admin.site).formfield_for_foreignkey(
            Membership._meta.get_field("user"), request_of(alice)
        )
        assert not field.queryset.exists()

    def test_a_filter_by_a_related_row_offers_rows_of_ones_own_organization(self, alice, acme, rival):
        ScheduleFactory(organization=acme, name="Ours"), ScheduleFactory(organization=rival, name="Theirs")
        pages = type("LayerPages", (TenantAdmin,), {"list_filter": ("schedule",)})(Layer, admin.site)
        request = request_of(alice)
        ((name, filter_class),) = pages.get_list_filter(request)
        assert filter_class is TenantRelatedFilter
        made = filter_class(Layer._meta.get_field(name), request, {}, Layer, pages, name)
        assert [label for _, label in made.lookup_choices] == ["Ours"]

    def test_a_new_row_belongs_to_the_organization_the_session_acts_in(self, alice, acme):
        form = TenantAdmin(Schedule, admin.site).get_form(request_of(alice))
        assert "organization" not in form.base_fields
        assert form().instance.organization_id == acme.pk

    def test_a_new_row_of_an_inline_belongs_to_the_organization_of_the_row_above(self, alice):
        lines = type("Methods", (TenantTabularInline,), {"model": ContactMethod, "fields": ("shown",)})
        formset = lines(Membership, admin.site).get_formset(request_of(alice), alice)
        prefix = "contact_methods"
        sent = {f"{prefix}-TOTAL_FORMS": 1, f"{prefix}-INITIAL_FORMS": 0, f"{prefix}-0-shown": "a@home.example"}
        lines_sent = formset(sent, instance=alice)
        assert lines_sent.is_valid()
        (made,) = lines_sent.save(commit=False)
        assert made.organization_id == alice.organization_id


class TestLookups:
    @pytest.mark.parametrize(
        "query",
        [
            "user__password__startswith=a",
            "user__email__startswith=a",
            "first_name__startswith=A",
            "organization__name__startswith=A",
            "organization__api_keys__prefix__startswith=scl",
            "role__startswith=a",
            "user__is_superuser__exact=1",
        ],
    )
    def test_people_cannot_be_filtered_by_what_is_not_offered(self, as_alice, query):
        assert as_alice.get(f"{page(Membership, 'changelist')}?{query}").status_code == 400

    @pytest.mark.parametrize("query", ["password__startswith=a", "email_key__startswith=a", "memberships__role=admin"])
    def test_nor_can_logins(self, as_olivia, query):
        assert as_olivia.get(f"{page(User, 'changelist')}?{query}").status_code == 400

    @pytest.mark.parametrize("query", ["digest__gt=a", "organization__id__exact=x", "prefix__startswith=scl"])
    def test_nor_can_keys(self, as_alice, query):
        assert as_alice.get(f"{page(ApiKey, 'changelist')}?{query}").status_code == 400

    @pytest.mark.parametrize(
        "query",
        ["role__exact=admin", "is_active__exact=1", "ended_at__isempty=1", "created_at__year=2026", "q=ali", "o=1"],
    )
    def test_what_is_offered_works(self, as_alice, query):
        assert as_alice.get(f"{page(Membership, 'changelist')}?{query}").status_code == 200

    def test_a_nul_is_a_bad_request(self, as_alice):
        for query in ("?role__exact=%00", "?q=%00"):
            assert as_alice.get(page(Membership, "changelist") + query).status_code == 400
        asked = "?app_label=escalation&model_name=layeruser&field_name=membership&term=%00"
        assert as_alice.get(reverse("admin:autocomplete") + asked).status_code == 400
