"""Two operators have a policy open at once: the second is told what the first has changed, and decides."""

from __future__ import annotations

from datetime import timedelta

import pytest

from escalation import services
from escalation.domain.target import LayerRevision
from escalation.models import Layer
from tests.admin_pages import complaints
from tests.escalation.admin.forms import change_of, kept, line, policy_form
from tests.escalation.plans import LATER, draft, layers_of, targeting
from tests.factories.accounts import MembershipFactory
from tests.factories.escalation import LayerFactory, PolicyFactory, ScheduleFactory, WorkingHoursFactory


@pytest.fixture
def layers(policy, primary):
    """Three layers: a schedule, two people, another schedule."""
    people = [
        MembershipFactory(organization=policy.organization, first_name=name, last_name="") for name in ("Ada", "Cem")
    ]
    managers = ScheduleFactory(organization=policy.organization, name="Managers")
    return [
        LayerFactory(policy=policy, schedule=primary),
        LayerFactory(policy=policy, people=people),
        LayerFactory(policy=policy, schedule=managers),
    ]


@pytest.fixture
def opened(as_bob, policy, layers):
    """Return what the form carries that Bob has open."""
    return {"shown": as_bob.get(change_of(policy)).context["shown"]}


def revise(policy, *layers, **changes):
    """Let somebody else make the policy consist of ``layers``, each a stored one or a draft."""
    stored = {layer.pk: layer.draft for layer in layers_of(policy)}
    revisions = [
        LayerRevision(layer_id=one.pk, draft=stored[one.pk])
        if isinstance(one, Layer)
        else LayerRevision(layer_id=None, draft=one)
        for one in layers
    ]
    services.revise_policy(
        organization_id=policy.organization_id, policy_id=policy.pk, now=LATER, layers=revisions, **changes
    )


def told(answer):
    """Return what the page says has been changed."""
    return [(one.subject, one.before, one.after) for one in answer.context["conflict"].differences]


class TestWhatIsTold:
    def test_what_the_policy_says(self, as_bob, policy, layers, opened):
        revise(policy, *layers, name="Payments", description="theirs", repeat_count=2, repage_after_ack_minutes=1)
        answer = as_bob.post(change_of(policy), policy_form(*map(kept, layers), **opened))
        assert told(answer) == [
            ("Name", "Billing", "Payments"),
            ("Description", "nothing", "theirs"),
            ("Repeats", "0", "2"),
            ("Page again after an acknowledgement", "never", "1 minute"),
        ]

    def test_what_a_layer_says(self, as_bob, policy, layers, opened, primary):
        _, second, third = layers
        hours = WorkingHoursFactory(organization=policy.organization, name="Day")
        change = {"organization_id": policy.organization_id, "policy_id": policy.pk, "now": LATER}
        services.update_layer(**change, layer_id=second.pk, timeout=timedelta(minutes=10), target=targeting(primary))
        Layer.objects.filter(pk=third.pk).update(working_hours=hours, condition="outside")
        answer = as_bob.post(change_of(policy), policy_form(*map(kept, layers), **opened))
        assert told(answer) == [
            ("Layer 2: pages", "Ada, Cem", "Primary"),
            ("Layer 2: waits", "5 minutes", "10 minutes"),
            ("Layer 3: counts", "always", "outside Day"),
        ]

    def test_which_layers_came_and_went_and_their_order(self, as_bob, policy, layers, opened):
        first, _, third = layers
        fresh = ScheduleFactory(organization=policy.organization, name="Fresh")
        revise(policy, draft(targeting(fresh)), third, first)
        answer = as_bob.post(change_of(policy), policy_form(*map(kept, layers), **opened))
        assert told(answer) == [
            ("Layer 2", "Ada, Cem", "removed"),
            ("Layer 1", "not there", "Fresh"),
            ("Order of the layers", "Primary → Managers", "Managers → Primary"),
        ]

    def test_a_renamed_schedule_is_no_change_of_the_policy(self, as_bob, policy, layers, opened, primary):
        type(primary).objects.filter(pk=primary.pk).update(name="Renamed")
        revise(policy, *layers, description="theirs")
        answer = as_bob.post(change_of(policy), policy_form(*map(kept, layers), **opened))
        assert told(answer) == [("Description", "nothing", "theirs")]

    @pytest.mark.parametrize("shown", ["", "nonsense", "W10:1abc:forged"])
    def test_a_form_that_cannot_tell_what_it_showed_is_overtaken_all_the_same(self, as_bob, policy, layers, shown):
        revise(policy, *layers, description="theirs")
        answer = as_bob.post(change_of(policy), policy_form(*map(kept, layers), shown=shown, name="Mine"))
        assert b"What they changed cannot be told" in answer.content
        policy.refresh_from_db()
        assert policy.name == "Billing"

    def test_what_was_typed_is_kept_and_what_was_shown_is_carried_on(self, as_bob, policy, layers, opened):
        revise(policy, *layers, description="theirs")
        sent = policy_form(*map(kept, layers), line(schedule=layers[0].schedule, minutes="17"), name="Mine", **opened)
        for _ in range(2):
            answer = as_bob.post(change_of(policy), sent)
            assert b'value="Mine"' in answer.content
            assert b'value="17"' in answer.content
            assert answer.context["shown"] == opened["shown"]
            assert told(answer) == [("Description", "nothing", "theirs")]

    def test_nobody_is_told_of_a_conflict_there_is_none(self, as_bob, policy, layers, opened):
        answer = as_bob.post(change_of(policy), policy_form(*map(kept, layers), **{**opened, "name": ""}))
        assert list(complaints(answer)) == ["name"]
        assert answer.context.get("conflict") is None

    def test_who_saved_it_last_is_named(self, as_bob, as_alice, alice, policy, layers, opened):
        as_alice.post(change_of(policy), policy_form(*map(kept, layers), description="hers"))
        answer = as_bob.post(change_of(policy), policy_form(*map(kept, layers), **opened))
        assert answer.context["conflict"].who == alice.name


class TestSavingOverIt:
    def test_what_is_sent_is_what_the_policy_says_then(self, as_bob, policy, layers, opened):
        """The other has removed the second layer and added a fourth: the second is written again, the fourth goes."""
        first, second, third = layers
        lines = [kept(first), kept(second, minutes="7"), kept(third)]
        revise(policy, first, third, draft(targeting(first.schedule)), description="theirs")
        sent = policy_form(*lines, name="Mine", **opened)
        version = as_bob.post(change_of(policy), sent).context["conflict"].version
        assert as_bob.post(change_of(policy), {**sent, "overwritten": version}).status_code == 302

        policy.refresh_from_db()
        assert (policy.name, policy.description, policy.version) == ("Mine", None, 3)
        one, again, other = layers_of(policy)
        assert (one.pk, other.pk) == (first.pk, third.pk)
        assert (again.pk != second.pk, again.timeout_seconds, len(again.user_ids)) == (True, 420, 2)

    def test_only_the_version_one_was_told_of_is_overwritten(self, as_bob, policy, layers, opened):
        revise(policy, *layers, description="theirs")
        sent = policy_form(*map(kept, layers), name="Mine", **opened)
        version = as_bob.post(change_of(policy), sent).context["conflict"].version
        revise(policy, *layers, description="a third one's")
        answer = as_bob.post(change_of(policy), {**sent, "overwritten": version})
        assert told(answer) == [("Description", "nothing", "a third one's")]
        assert answer.context["conflict"].version == 3
        policy.refresh_from_db()
        assert policy.name == "Billing"

    @pytest.mark.parametrize("overwritten", ["", "1", "0", "-1", "two", "9" * 5_000, "٢"])
    def test_no_other_number_overwrites(self, as_bob, policy, layers, opened, overwritten):
        revise(policy, *layers, description="theirs")
        sent = policy_form(*map(kept, layers), name="Mine", **opened)
        assert as_bob.post(change_of(policy), {**sent, "overwritten": overwritten}).status_code == 200
        policy.refresh_from_db()
        assert policy.name == "Billing"

    def test_a_layer_of_another_policy_is_not_moved_here(self, as_bob, policy, layers):
        other = LayerFactory(policy=PolicyFactory(organization=policy.organization), schedule=layers[0].schedule)
        sent = policy_form(*map(kept, layers), kept(other), overwritten="1")
        assert as_bob.post(change_of(policy), sent).status_code == 302
        assert [one.pk for one in layers_of(other.policy)] == [other.pk]
        assert other.pk not in [one.pk for one in layers_of(policy)]
