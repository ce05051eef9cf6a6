"""The admin page of policies: a policy and its layers are one form, saved by one call."""

from __future__ import annotations

import pytest
from django.urls import reverse
from pytest_django.asserts import assertContains

from accounts.admin.tenancy import STALE
from escalation import services
from escalation.admin.policy import PolicyForm
from escalation.domain.target import Condition
from escalation.models import Layer, Policy, WorkingHours
from scaling.models import AuditEvent
from tests.admin_pages import complaints, statements
from tests.escalation.admin.forms import POLICIES, change_of, kept, line, policy_form
from tests.escalation.plans import LATER, layers_of
from tests.factories.accounts import MembershipFactory
from tests.factories.escalation import LayerFactory, PolicyFactory, ScheduleFactory, WorkingHoursFactory
from tests.factories.tenants import Rows
from tests.incidents.running import trigger

ADD = f"{POLICIES}add/"
OVERTAKEN = PolicyForm.overtaken_by


def complaints_of_layers(response):
    (layers,) = response.context["inline_admin_formsets"]
    return [{field: list(messages) for field, messages in errors.items()} for errors in layers.formset.errors]


class TestSaving:
    def test_a_member_adds_a_policy_with_layers(self, as_bob, alice, bob, acme, primary):
        lines = (line(schedule=primary, minutes="1.5"), line(people=[bob, alice], minutes="10"))
        assert as_bob.post(ADD, policy_form(*lines, repeat_count="2")).status_code == 302

        policy = Policy.objects.get()
        assert (policy.organization, policy.created_by, policy.version) == (acme, bob.user_id, 1)
        assert (policy.name, policy.description, policy.repeat_count) == ("Billing", None, 2)
        first, second = layers_of(policy)
        assert (first.position, first.schedule_id, first.timeout_seconds) == (1, primary.pk, 90)
        assert (second.position, second.user_ids, second.timeout_seconds) == (2, [bob.user_id, alice.user_id], 600)
        made = AuditEvent.objects.filter(actor_id=bob.user_id, subject_id=str(policy.pk))
        assert [event.kind.partition(".")[2] for event in made].count("layeruser") == 2

    def test_a_policy_can_begin_without_layers(self, as_bob):
        as_bob.post(ADD, policy_form())
        assert layers_of(Policy.objects.get()) == []

    def test_everything_on_the_page_changes_in_one_new_version(self, as_bob, bob, policy, primary):
        first, second, third = (LayerFactory(policy=policy, schedule=primary) for _ in range(3))
        sent = policy_form(
            kept(first, delete=True),
            kept(second, minutes="7"),
            kept(third, schedule="", people=[bob]),
            line(schedule=primary),
            name="Payments",
            repage_after_ack_minutes="30",
        )
        assert as_bob.post(change_of(policy), sent).status_code == 302

        policy.refresh_from_db()
        assert (policy.name, policy.repage_after_ack_minutes, policy.version) == ("Payments", 30, 2)
        assert [(layer.pk, layer.position) for layer in layers_of(policy)[:2]] == [(second.pk, 1), (third.pk, 2)]
        changed, retargeted, new = layers_of(policy)
        assert (changed.timeout_seconds, retargeted.user_ids, new.schedule_id) == (420, [bob.user_id], primary.pk)

    def test_the_history_says_what_was_done(self, as_bob, bob, policy, primary):
        first, second = (LayerFactory(policy=policy, schedule=primary) for _ in range(2))
        as_bob.post(
            change_of(policy), policy_form(kept(first, delete=True), kept(second, minutes="7"), line(schedule=primary))
        )
        shown = as_bob.get(f"/admin/escalation/policy/{policy.pk}/history/")
        told = {(entry.what, entry.action) for entry in shown.context["entries"] if entry.who == bob.name}
        assert told == {("layer 1", "deleted"), ("layer 1", "changed"), ("layer 2", "created")}

    def test_saving_what_is_shown_changes_nothing(self, as_bob, bob, alice, policy, primary):
        LayerFactory(policy=policy, people=[bob, alice], timeout_seconds=100)
        LayerFactory(policy=policy, schedule=primary)
        before = list(Layer.objects.values()), [layer.user_ids for layer in layers_of(policy)]

        shown = as_bob.get(change_of(policy))
        (layers,) = shown.context["inline_admin_formsets"]
        sent = policy_form() | {"layers-TOTAL_FORMS": 2, "layers-INITIAL_FORMS": 2}
        for form in layers.formset.forms:
            sent |= {bound.html_name: value for bound in form if (value := bound.value()) not in (None, [])}
        assert as_bob.post(change_of(policy), sent).status_code == 302

        policy.refresh_from_db()
        assert (list(Layer.objects.values()), [layer.user_ids for layer in layers_of(policy)]) == before
        assert policy.version == 1

    def test_the_hours_in_which_a_layer_counts_stay(self, as_bob, acme, policy, primary, monkeypatch):
        hours = Rows(acme).of(WorkingHours)
        layer = LayerFactory(policy=policy, schedule=primary, working_hours=hours, condition="outside")
        said = []
        revise = services.revise_policy
        monkeypatch.setattr(
            services, "revise_policy", lambda **fields: said.extend(fields["layers"]) or revise(**fields)
        )
        as_bob.post(change_of(policy), policy_form(kept(layer, minutes="7")))
        layer.refresh_from_db()
        assert (layer.timeout_seconds, layer.working_hours, layer.condition) == (420, hours, "outside")
        assert [one.draft.condition for one in said] == [Condition(hours=hours.pk, during=False)]

    @pytest.mark.parametrize(
        ("counts", "said"),
        [("", (None, "")), ("during:{hours}", ("{hours}", "during")), ("outside:{hours}", ("{hours}", "outside"))],
    )
    def test_a_layer_counts_when_the_form_says(self, as_bob, acme, policy, primary, counts, said):
        hours = WorkingHoursFactory(organization=acme)
        before = WorkingHoursFactory(organization=acme)
        layer = LayerFactory(policy=policy, schedule=primary, working_hours=before)
        counts = counts.format(hours=hours.pk)
        as_bob.post(change_of(policy), policy_form(kept(layer, counts=counts), line(schedule=primary, counts=counts)))
        expected = (hours.pk if said[0] else None, said[1])
        assert [(one.working_hours_id, one.condition) for one in layers_of(policy)] == [expected] * 2

    def test_a_form_may_be_as_large_as_a_policy(self, as_bob, acme):
        people = MembershipFactory.create_batch(100, organization=acme)
        assert as_bob.post(ADD, policy_form(*[line(people=people)] * 50)).status_code == 302
        assert len(layers_of(Policy.objects.get())) == 50


class TestBadInput:
    @pytest.mark.parametrize(
        ("bad", "field"),
        [
            (line(position="first", people=["{bob}"]), "position"),
            (line(people=["{bob}"], minutes="0"), "minutes"),
            (line(people=["{bob}"], minutes="10081"), "minutes"),
            (line(people=["{bob}"], minutes=""), "minutes"),
            (line(people=["{bob}"], minutes="soon"), "minutes"),
            (line(position="1"), "schedule"),
            (line(schedule="{primary}", people=["{bob}"]), "people"),
            (line(schedule="nonsense"), "schedule"),
            (line(people=["{bob}", "nonsense"]), "people"),
            (line(people=["{bob}", "{bob}"]), "people"),
            (line(people=["{gone}"]), "people"),
            (line(people=["{bob}"], counts="always"), "counts"),
            (line(people=["{bob}"], counts="during:{primary}"), "counts"),
        ],
    )
    def test_of_a_layer_is_told_beside_its_field_and_changes_nothing(self, as_alice, bob, policy, primary, bad, field):
        gone = MembershipFactory(organization=bob.organization, is_active=False)
        there = {"{bob}": bob.pk, "{primary}": primary.pk, "{gone}": gone.pk}
        sent = bad | {"schedule": there.get(bad["schedule"], bad["schedule"])}
        sent["people"] = [there.get(key, key) for key in bad["people"]]
        layer = LayerFactory(policy=policy, schedule=primary)
        answer = as_alice.post(change_of(policy), policy_form(kept(layer), sent, name="Payments"))

        assert [list(errors) for errors in complaints_of_layers(answer)] == [[], [field]]
        assert complaints(answer) == {}
        assert b'value="Payments"' in answer.content
        policy.refresh_from_db()
        assert (policy.name, policy.version, layers_of(policy)) == ("Billing", 1, [layer])
        assert not AuditEvent.objects.filter(actor_kind="person").exists()

    @pytest.mark.parametrize(
        ("changes", "field"),
        [
            ({"name": "\u200b"}, "name"),
            ({"name": "PAYMENTS"}, "name"),
            ({"description": "x" * 10_001}, "description"),
            ({"repeat_count": "101"}, "repeat_count"),
            ({"repage_after_ack_minutes": "0"}, "repage_after_ack_minutes"),
        ],
    )
    @pytest.mark.parametrize("is_new", [True, False])
    def test_of_the_policy_is_told_beside_its_field_and_keeps_the_lines(
        self, as_bob, policy, primary, changes, field, is_new
    ):
        PolicyFactory(organization=policy.organization, name="Payments")
        path = ADD if is_new else change_of(policy)
        answer = as_bob.post(path, policy_form(line(schedule=primary, minutes="17"), **changes))
        assert list(complaints(answer)) == [field]
        assert b'value="17"' in answer.content
        assert b">Primary</option>" in answer.content
        assert not Layer.objects.exists()

    def test_too_many_layers_are_refused(self, as_bob, policy, primary):
        answer = as_bob.post(change_of(policy), policy_form(*[line(schedule=primary)] * 51))
        assert complaints(answer) == {"__all__": ["layers: A policy has at most 50 layers."]}

    def test_a_person_who_became_inactive_stands_in_the_way_of_no_other_change(self, as_alice, acme, policy):
        gone = MembershipFactory(organization=acme, is_active=False)
        layer = LayerFactory(policy=policy, people=[gone])
        assert as_alice.post(change_of(policy), policy_form(kept(layer), name="Payments")).status_code == 302


class TestStaleForms:
    def test_a_form_somebody_else_has_overtaken_saves_nothing(self, as_bob, policy, primary):
        layer = LayerFactory(policy=policy, schedule=primary)
        services.update_policy(
            organization_id=policy.organization_id, policy_id=policy.pk, now=LATER, description="theirs"
        )
        answer = as_bob.post(change_of(policy), policy_form(kept(layer, delete=True), name="Mine"))

        assert complaints(answer) == {"__all__": [OVERTAKEN]}
        policy.refresh_from_db()
        assert (policy.name, policy.description, policy.version) == ("Billing", "theirs", 2)
        assert layers_of(policy) == [layer]

    @pytest.mark.parametrize("version", ["", "0", "nonsense"])
    def test_a_form_without_its_version_counts_as_overtaken(self, as_bob, policy, version):
        answer = as_bob.post(change_of(policy), policy_form(version=version, name="Mine"))
        assert OVERTAKEN in complaints(answer)["__all__"]

    def test_sending_it_again_does_not_help(self, as_bob, policy):
        services.update_policy(
            organization_id=policy.organization_id, policy_id=policy.pk, now=LATER, description="theirs"
        )
        answer = as_bob.post(change_of(policy), policy_form(name="Mine"))
        assert b'name="shown_version" value="1"' in answer.content

    def test_a_layer_deleted_meanwhile_is_not_made_again(self, as_bob, policy, primary):
        layer = LayerFactory(policy=policy, schedule=primary)
        sent = policy_form(kept(layer))
        layer.delete()
        (layers,) = as_bob.post(change_of(policy), sent).context["inline_admin_formsets"]
        assert list(layers.formset.non_form_errors()) == [STALE]
        assert layers_of(policy) == []

    @pytest.mark.parametrize("lines", [[], ["first", "first"], ["first", "first", "second"]])
    def test_no_layer_is_lost_by_not_being_sent_once(self, as_bob, policy, primary, lines):
        layers = {name: LayerFactory(policy=policy, schedule=primary) for name in ("first", "second")}
        answer = as_bob.post(change_of(policy), policy_form(*[kept(layers[name]) for name in lines]))
        (shown,) = answer.context["inline_admin_formsets"]
        assert list(shown.formset.non_form_errors()) == [STALE]
        assert layers_of(policy) == list(layers.values())

    def test_of_two_who_save_at_once_the_second_is_refused(self, as_bob, policy, monkeypatch):
        """The version is compared once more under the lock, after the form has been found in order."""
        written = []

        def overtaken(**fields):
            if not written:
                written.append(
                    services.update_policy(
                        organization_id=policy.organization_id, policy_id=policy.pk, now=LATER, description="theirs"
                    )
                )
            return revise(**fields)

        revise = services.revise_policy
        monkeypatch.setattr(services, "revise_policy", overtaken)
        answer = as_bob.post(change_of(policy), policy_form(name="Mine"))
        assert complaints(answer) == {"__all__": [OVERTAKEN]}
        policy.refresh_from_db()
        assert policy.name == "Billing"


class TestDeleting:
    def test_a_policy_is_deleted_with_its_layers(self, as_bob, policy):
        LayerFactory(policy=policy)
        shown = as_bob.get(f"{POLICIES}{policy.pk}/delete/")
        assert b"Policy: Billing" in shown.content
        assert as_bob.post(f"{POLICIES}{policy.pk}/delete/", {"post": "yes"}).status_code == 302
        assert not Policy.objects.exists()

    def test_a_policy_in_use_is_not_deleted(self, as_bob, alice, policy):
        LayerFactory(policy=policy, people=[alice])
        trigger(policy.organization, policy)
        answer = as_bob.post(f"{POLICIES}{policy.pk}/delete/", {"post": "yes"}, follow=True)
        assertContains(answer, "Billing is in use, and is not deleted")
        assert Policy.objects.exists()
        assert not AuditEvent.objects.filter(actor_kind="person").exists()

    def test_of_several_of_which_one_is_in_use_none_is_deleted(self, as_bob, alice, policy):
        PolicyFactory(organization=policy.organization)
        LayerFactory(policy=policy, people=[alice])
        trigger(policy.organization, policy)
        chosen = [str(pk) for pk in Policy.objects.values_list("pk", flat=True)]
        sent = {"action": "delete_selected", "_selected_action": chosen, "post": "yes"}
        answer = as_bob.post(POLICIES, sent, follow=True)
        assertContains(answer, "Some of what you chose is in use, so none of it is deleted")
        assert Policy.objects.count() == 2
        assert not AuditEvent.objects.filter(actor_kind="person").exists()


class TestOtherOrganizations:
    def test_a_policy_of_another_organization_is_unknown(self, as_alice, rival):
        theirs = PolicyFactory(organization=rival)
        for name in ("change", "delete", "history"):
            for method in (as_alice.get, as_alice.post):
                assert method(f"{POLICIES}{theirs.pk}/{name}/").status_code == 404
        assert Policy.objects.filter(pk=theirs.pk, version=1).exists()

    def test_their_schedules_and_people_are_as_unknown_as_none(self, as_alice, charlie, policy):
        theirs = ScheduleFactory(organization=charlie.organization)
        answers = [
            complaints_of_layers(
                as_alice.post(change_of(policy), policy_form(line(schedule=schedule), line(people=[person])))
            )
            for schedule, person in ((theirs, charlie), (policy.pk, policy.pk))
        ]
        assert [list(errors) for errors in answers[0]] == [["schedule"], ["people"]]
        assert answers[0] == answers[1]

    def test_their_working_hours_are_neither_offered_nor_taken(self, as_alice, rival, policy, primary):
        theirs = WorkingHoursFactory(organization=rival, name="Their hours")
        answer = as_alice.post(change_of(policy), policy_form(line(schedule=primary, counts=f"during:{theirs.pk}")))
        assert list(*complaints_of_layers(answer)) == ["counts"]
        assert b"Their hours" not in answer.content

    def test_their_layers_are_as_unknown_as_none(self, as_alice, policy, primary, rival):
        theirs = LayerFactory(policy=PolicyFactory(organization=rival))
        before = Layer.objects.values().get(pk=theirs.pk)
        told = []
        for forged in (theirs, policy):
            answer = as_alice.post(change_of(policy), policy_form(line(forged, schedule=primary)))
            (layers,) = answer.context["inline_admin_formsets"]
            told.append((complaints_of_layers(answer), list(layers.formset.non_form_errors())))
        assert told == [([{}], [STALE])] * 2
        assert list(Layer.objects.values()) == [before]

    @pytest.mark.parametrize(("model_name", "field_name"), [("layer", "schedule"), ("layer", "users")])
    def test_an_autocomplete_offers_ones_own(self, as_bob, alice, bob, charlie, primary, model_name, field_name):
        ScheduleFactory(organization=charlie.organization, name="Theirs")
        asked = {"app_label": "escalation", "model_name": model_name, "field_name": field_name, "term": ""}
        offered = {row["id"] for row in as_bob.get(reverse("admin:autocomplete"), asked).json()["results"]}
        assert offered == ({str(primary.pk)} if field_name == "schedule" else {str(alice.pk), str(bob.pk)})

    def test_an_operator_adds_where_they_act(self, as_olivia, acme, primary):
        as_olivia.post(ADD, policy_form(line(schedule=primary)))
        assert Policy.objects.get().organization == acme


class TestList:
    @pytest.mark.parametrize(
        ("query", "found"),
        [
            ("", {"Billing", "Empty"}),
            ("q=bill", {"Billing"}),
            ("q=primary", {"Billing"}),
            ("layers=some", {"Billing"}),
            ("layers=none", {"Empty"}),
            ("updated_at__gte=2020-01-01 00:00:00%2B00:00", {"Billing", "Empty"}),
            ("o=2", {"Billing", "Empty"}),
        ],
    )
    def test_policies_are_found(self, as_bob, acme, rival, policy, primary, query, found):
        PolicyFactory(organization=acme, name="Empty")
        LayerFactory(policy=PolicyFactory(organization=rival, name="Billing, too", description="primary"))
        for _ in range(2):
            LayerFactory(policy=policy, schedule=primary)
        listed = as_bob.get(f"{POLICIES}?{query}").context["cl"].result_list
        assert sorted(row.name for row in listed) == sorted(found)
        assert all(row.layer_count == (2 if row.name == "Billing" else 0) for row in listed)

    def test_the_list_tells_whom_each_policy_pages(self, as_bob, acme, primary):
        people = [MembershipFactory(organization=acme, first_name=name, last_name="") for name in "ABCD"]
        PolicyFactory(organization=acme, name="None")
        few, many = PolicyFactory(organization=acme, name="Few"), PolicyFactory(organization=acme, name="Many")
        for policy in (few, many):
            LayerFactory(policy=policy, schedule=primary)
            LayerFactory(policy=policy, people=people[:3])
        LayerFactory(policy=few, people=people)
        for _ in range(4):
            LayerFactory(policy=many, people=people[:1])
        shown = as_bob.get(POLICIES)
        assertContains(shown, "1 Primary → 2 A, B, C → 3 A, B, C, …<")
        assertContains(shown, "1 Primary → 2 A, B, C → 3 A → 4 A → 2 more<")
        assertContains(shown, "No layers")

    @pytest.mark.parametrize(
        "query", ["organization__name__startswith=A", "layers__users__user__password__startswith=a"]
    )
    def test_policies_cannot_be_filtered_by_what_is_not_offered(self, as_bob, query):
        assert as_bob.get(f"{POLICIES}?{query}").status_code == 400


class TestCost:
    """Every page costs the same number of statements for few rows and for many."""

    def test_of_the_list(self, as_bob, acme):
        costs = []
        for more in (1, 15):
            for policy in PolicyFactory.create_batch(more, organization=acme):
                LayerFactory(policy=policy)
                LayerFactory(policy=policy, people=MembershipFactory.create_batch(more, organization=acme))
            costs.append(statements(as_bob, POLICIES))
        assert costs[0] == costs[1]
        assert costs[0] <= 12

    def test_of_a_policy_and_of_saving_it(self, as_bob, acme, policy, django_assert_max_num_queries):
        costs = []
        for more in (1, 8):
            for people in (MembershipFactory.create_batch(more, organization=acme) for _ in range(more)):
                LayerFactory(policy=policy, people=people)
                hours = WorkingHoursFactory(organization=acme)
                LayerFactory(policy=policy, schedule=ScheduleFactory(organization=acme), working_hours=hours)
            costs.append(statements(as_bob, change_of(policy)))
            sent = policy_form(*map(kept, Layer.objects.all()))
            with django_assert_max_num_queries(25):
                assert as_bob.post(change_of(policy), sent).status_code == 302
        assert costs[0] == costs[1]
        assert costs[0] <= 12 + 10 + 6  # the form, and beside it the ladder and the coverage

    def test_of_deleting(self, as_bob, acme, policy):
        costs = []
        for more in (1, 15):
            for _ in range(more):
                LayerFactory(policy=policy, people=MembershipFactory.create_batch(2, organization=acme))
            costs.append(statements(as_bob, f"{POLICIES}{policy.pk}/delete/"))
        assert costs[0] == costs[1]
