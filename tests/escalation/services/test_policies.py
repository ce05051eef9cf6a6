from __future__ import annotations

from uuid import uuid4

import pytest

from escalation.domain.target import UsersTarget
from escalation.errors import InvalidTarget, PolicyInUse
from escalation.models import Layer, LayerUser, Policy
from escalation.services import create_policy, delete_policy, replace_policy, update_policy
from incidents.models import Escalation, Incident
from scaling.api.preconditions import etag_of
from scaling.errors import InvalidInput, NameConflict, NotFound, PreconditionFailed
from tests.escalation.plans import LATER, NOW, draft, layers_of, naming, positions_of, targeting
from tests.factories.accounts import MembershipFactory, OrganizationFactory
from tests.factories.escalation import LayerFactory, PolicyFactory, ScheduleFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def policy(organization):
    return PolicyFactory(organization=organization, name="Billing", created_at=NOW)


@pytest.fixture
def schedule(organization):
    return ScheduleFactory(organization=organization)


def _create(organization, **fields):
    return create_policy(organization_id=organization.id, actor_id="key_ci", now=NOW, **{"name": "Billing", **fields})


def _update(policy, **changes):
    return update_policy(organization_id=policy.organization_id, policy_id=policy.id, now=LATER, **changes)


def _replace(policy, **fields):
    defaults = {"name": policy.name, "description": policy.description, "layers": None}
    return replace_policy(
        organization_id=policy.organization_id, policy_id=policy.id, now=LATER, **{**defaults, **fields}
    )


def _delete(policy, **options):
    delete_policy(organization_id=policy.organization_id, policy_id=policy.id, **options)


def _run(policy, **fields):
    incident = Incident.objects.create(
        organization_id=policy.organization_id,
        title="Invoices stuck",
        severity="high",
        created_by="key_ci",
        created_at=NOW,
        updated_at=NOW,
    )
    return Escalation.objects.create(
        organization_id=policy.organization_id, incident=incident, policy_id=policy.id, plan={}, **fields
    )


def test_a_policy_is_created_without_layers(organization):
    policy = _create(organization, name="  Billing on fire ", description="")

    policy.refresh_from_db()
    assert (policy.name, policy.description, policy.created_by) == ("Billing on fire", None, "key_ci")
    assert (policy.version, policy.created_at, policy.updated_at) == (1, NOW, NOW)
    assert (policy.repeat_count, policy.repage_after_ack_minutes) == (0, None)
    assert layers_of(policy) == []


def test_a_policy_is_created_with_layers(organization, schedule):
    ada, bob = MembershipFactory.create_batch(2, organization=organization)

    policy = _create(
        organization,
        repeat_count=2,
        repage_after_ack_minutes=30,
        layers=[draft(naming(bob, ada), minutes=1), draft(targeting(schedule), minutes=10_080)],
    )

    first, second = layers_of(policy)
    assert (first.position, first.timeout_seconds, first.user_ids) == (1, 60, [bob.user_id, ada.user_id])
    assert (second.position, second.timeout_seconds, second.schedule_id) == (2, 604_800, schedule.id)
    assert list(policy.layers.all()) == [first, second]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", " \u200b"),
        ("name", "x" * 256),
        ("description", "x" * 10_001),
        ("repeat_count", 101),
        ("repeat_count", -1),
        ("repage_after_ack_minutes", 0),
        ("repage_after_ack_minutes", 10_081),
    ],
)
def test_an_unusable_value_is_refused_by_name(organization, field, value):
    with pytest.raises(InvalidInput, match=field):
        _create(organization, **{field: value})

    assert not Policy.objects.exists()


@pytest.mark.parametrize("minutes", [0, 10_081])
def test_a_wait_out_of_bounds_is_refused(organization, schedule, minutes):
    with pytest.raises(InvalidInput, match="timeout"):
        _create(organization, layers=[draft(targeting(schedule), minutes=minutes)])


def test_more_than_fifty_layers_are_refused(organization, schedule):
    with pytest.raises(InvalidInput, match="at most 50"):
        _create(organization, layers=[draft(targeting(schedule))] * 51)

    assert len(layers_of(_create(organization, layers=[draft(targeting(schedule))] * 50))) == 50


def test_a_bad_target_is_told_with_its_layer_and_nothing_is_stored(organization, schedule):
    with pytest.raises(InvalidTarget, match="Layer 2"):
        _create(organization, layers=[draft(targeting(schedule)), draft(targeting(ScheduleFactory()))])

    assert not Policy.objects.exists()


@pytest.mark.parametrize("name", ["billing", "  BILLING ", "\uff22illing"])
def test_a_name_is_taken_in_every_spelling(organization, policy, name):
    with pytest.raises(NameConflict):
        _create(organization, name=name)


def test_another_organization_may_use_the_name(policy):
    assert _create(OrganizationFactory(), name=policy.name).name == policy.name


def test_only_what_is_given_changes(policy):
    _update(policy, description="Invoices stuck")

    policy.refresh_from_db()
    assert (policy.name, policy.description) == ("Billing", "Invoices stuck")
    assert (policy.version, policy.created_at, policy.updated_at) == (2, NOW, LATER)


def test_a_new_name_is_compared_by_its_new_key(organization, policy):
    _update(policy, name="Payments")

    assert _create(organization, name="Billing").name == "Billing"
    with pytest.raises(NameConflict):
        _create(organization, name="payments")


@pytest.mark.parametrize("changes", [{}, {"name": " Billing "}, {"description": ""}, {"repeat_count": 0}])
def test_a_change_that_changes_nothing_leaves_no_trace(policy, changes, django_assert_num_queries):
    with django_assert_num_queries(3):  # the savepoint and the locked row
        _update(policy, **changes)

    policy.refresh_from_db()
    assert (policy.version, policy.updated_at) == (1, NOW)


def test_a_policy_may_keep_its_name_in_another_case(policy):
    assert _update(policy, name="BILLING").name == "BILLING"


def test_a_rename_to_another_policys_name_is_refused(organization, policy):
    PolicyFactory(organization=organization, name="Payments")

    with pytest.raises(NameConflict):
        _update(policy, name="PAYMENTS", description="changed")

    policy.refresh_from_db()
    assert (policy.name, policy.description, policy.version) == ("Billing", None, 1)


@pytest.mark.parametrize("change", [_update, _replace, _delete])
def test_a_stale_version_is_refused(policy, change):
    stale = etag_of(policy)
    _update(policy, name="Payments")

    with pytest.raises(PreconditionFailed):
        change(policy, if_match=stale)

    policy.refresh_from_db()
    assert (policy.name, policy.version) == ("Payments", 2)


def test_the_current_version_passes(policy):
    assert _update(policy, name="Payments", if_match=etag_of(policy)).version == 2


@pytest.mark.parametrize("change", [_update, _replace, _delete])
def test_a_policy_is_found_in_its_organization_only(policy, change):
    policy.organization_id = OrganizationFactory().id
    with pytest.raises(NotFound):
        change(policy)

    policy.refresh_from_db()
    policy.id = uuid4()
    with pytest.raises(NotFound):
        change(policy)


def test_replacing_without_layers_keeps_them(policy):
    layer = LayerFactory(policy=policy)

    replaced = _replace(policy, name="Payments", description=None)

    assert (replaced.name, replaced.version, list(replaced.layers.all())) == ("Payments", 2, [layer])


def test_a_layer_with_the_same_target_in_its_place_stays_the_same_row(organization, policy, schedule):
    ada = MembershipFactory(organization=organization)
    kept = LayerFactory(policy=policy, schedule=schedule, created_at=NOW)
    LayerFactory(policy=policy)
    LayerFactory(policy=policy)

    replaced = _replace(policy, layers=[draft(targeting(schedule), minutes=7), draft(naming(ada))])

    first, second = layers_of(policy)
    assert (first.id, first.timeout_seconds, first.created_at, first.updated_at) == (kept.id, 420, NOW, LATER)
    assert (second.user_ids, second.created_at) == ([ada.user_id], LATER)
    assert list(replaced.layers.all()) == [first, second]
    assert replaced.version == 2


def test_replacing_by_the_same_changes_nothing(organization, policy):
    ada = MembershipFactory(organization=organization)
    layer = LayerFactory(policy=policy, people=[ada], updated_at=NOW)

    _replace(policy, layers=[draft(naming(ada), minutes=5)])

    policy.refresh_from_db()
    layer.refresh_from_db()
    assert (policy.version, policy.updated_at, layer.updated_at) == (1, NOW, NOW)


def test_replacing_by_none_empties_the_policy(policy):
    LayerFactory(policy=policy)

    assert _replace(policy, layers=[]).version == 2
    assert layers_of(policy) == []


def test_a_replacement_that_fails_changes_nothing(organization, policy, schedule):
    layer = LayerFactory(policy=policy)

    with pytest.raises(InvalidTarget):
        _replace(
            policy, name="Payments", layers=[draft(targeting(schedule)), draft(UsersTarget(user_ids=("user_nobody",)))]
        )

    policy.refresh_from_db()
    assert (policy.name, policy.version, layers_of(policy)) == ("Billing", 1, [layer])


@pytest.mark.parametrize("size", [1, 20])
def test_replacing_costs_the_same_for_any_number_of_layers(
    organization, policy, schedule, size, django_assert_num_queries
):
    people = MembershipFactory.create_batch(3, organization=organization)
    for _ in range(size):
        LayerFactory(policy=policy, people=people)
        LayerFactory(policy=policy, schedule=schedule)
    drafts = [draft(targeting(schedule)), draft(targeting(schedule), minutes=9)] * size

    with django_assert_num_queries(17):
        _replace(policy, layers=drafts)

    assert positions_of(policy) == list(range(1, 2 * size + 1))


def test_deleting_a_policy_deletes_its_layers(organization, policy):
    other = LayerFactory()
    LayerFactory(policy=policy, people=MembershipFactory.create_batch(2, organization=organization))

    _delete(policy)

    assert list(Layer.objects.all()) == [other]
    assert not Policy.objects.filter(id=policy.id).exists()
    assert not LayerUser.objects.exists()


def test_a_policy_that_an_incident_uses_is_not_deleted(policy):
    layer = LayerFactory(policy=policy)
    _run(policy, active_policy=policy, due_at=NOW, wake_at=NOW)

    with pytest.raises(PolicyInUse):
        _delete(policy)

    assert layers_of(policy) == [layer]


def test_a_policy_is_deleted_once_its_incidents_are_resolved(policy):
    escalation = _run(policy, state=Escalation.State.CANCELLED)

    _delete(policy)

    escalation.refresh_from_db()
    assert escalation.policy_id == policy.id


def test_a_deleted_policy_is_gone(policy):
    _delete(policy)

    with pytest.raises(NotFound):
        _delete(policy)


def test_a_wait_of_seconds_is_kept(organization, schedule):
    policy = _create(organization, layers=[draft(targeting(schedule), minutes=1.5)])

    assert [layer.timeout_seconds for layer in layers_of(policy)] == [90]
