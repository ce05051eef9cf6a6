"""Imports, and what else happens to an organization meanwhile."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from threading import Event

import pytest
from django.db import connection

from accounts.models import Membership
from escalation.models import Override, Policy, Schedule
from incidents.services import acknowledge_incident, resolve_incident
from scaling.errors import PreconditionFailed
from tests.concurrency.test_accounts import refusal_of
from tests.concurrency.threads import together
from tests.escalation.transfer.importing.imports import NOW, arriving, run
from tests.escalation.transfer.importing.upheaval import BEFORE, OPTIONS, overthrow, prepare
from tests.factories.accounts import OrganizationFactory
from tests.factories.escalation import PolicyFactory
from tests.incidents.running import reload, send, trigger, wake
from tests.processes import PATIENCE_SECONDS, eventually

pytestmark = pytest.mark.django_db(transaction=True)

POLICIES = "/v1/escalation/policies"
SCHEDULES = "/v1/oncall/schedules"

FIRST_LOCK = 'SELECT "accounts_organization".* FOR NO KEY UPDATE'
FIRST_POLICY = 'INSERT INTO "escalation_policy"'
REMOVAL = 'SELECT "escalation_policy".* FOR UPDATE'
LAST = 'DELETE FROM "escalation_workinghours"'
ROUNDS = 12
MANY = "formatVersion: 1\npolicies:\n" + "".join(f"  - {{key: p{each}, name: P{each}}}\n" for each in range(30))


@pytest.fixture
def organization(organization):
    """Return an organization as it is before the import of ``upheaval``."""
    prepare(organization)
    return organization


@pytest.fixture
def other_organization():
    """Return one of which nobody here knows."""
    return OrganizationFactory()


class Held:
    """A call in a thread of its own, which waits before the first statement that begins as told, until it may go on."""

    def __init__(self, call, statement):
        self._call, self._statement = call, re.compile(statement)
        self._has_come, self._may_go_on = Event(), Event()

    def __call__(self):
        try:
            with connection.execute_wrapper(self._hold):
                return self._call()
        finally:
            connection.close()

    def _hold(self, execute, sql, *rest):
        if self._statement.match(sql) and not self._has_come.is_set():
            self._has_come.set()
            assert self._may_go_on.wait(PATIENCE_SECONDS)
        return execute(sql, *rest)

    def wait(self):
        assert self._has_come.wait(PATIENCE_SECONDS)

    def go_on(self):
        self._may_go_on.set()


@contextmanager
def held(call, statement):
    """Have ``call`` wait before a statement while the block runs; yields the future of its result, and how it goes on."""
    there = Held(call, statement)
    with ThreadPoolExecutor(1) as threads:
        future = threads.submit(there)
        try:
            there.wait()
            yield future, there.go_on
        finally:
            there.go_on()


def meanwhile(call, go_on):
    """Start ``call``; once it waits for a lock let the import go on, and return the result of the call."""

    def closing():
        try:
            return call()
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as threads:
        future = threads.submit(closing)
        eventually(lambda: _somebody_waits() or future.done())
        assert not future.done(), future.result()
        go_on()
        return future.result(PATIENCE_SECONDS)


def _somebody_waits():
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
        )
        return cursor.fetchone()[0]


@pytest.fixture
def impatient():
    """Have this thread fail where it would wait for a lock."""
    with connection.cursor() as cursor:
        cursor.execute("SET lock_timeout = '1s'")
    yield
    with connection.cursor() as cursor:
        cursor.execute("RESET lock_timeout")


def told(answer):
    return answer.status_code, answer.json().get("code")


def path_of(name):
    return f"{POLICIES}/{Policy.objects.get(name=name).pk}"


class TestTwoImports:
    def test_of_the_same_files_at_once_one_finds_nothing_to_do(self, organization):
        answers = together(*[partial(run, organization, arriving(MANY))] * 3)
        assert sorted(answer.plan.is_empty for answer in answers) == [False, True, True]
        assert Policy.objects.filter(name__startswith="P").count() == 30

    def test_the_second_waits_and_is_planned_anew(self, organization):
        with held(partial(overthrow, organization), LAST) as (first, go_on):
            second = meanwhile(partial(run, organization, arriving(MANY)), go_on)
        assert first.result().kept is not None
        assert second.plan.state.fingerprint != first.result().plan.state.fingerprint
        assert {"New", "P0", "P29"} <= set(Policy.objects.values_list("name", flat=True))

    def test_of_two_organizations_go_on_side_by_side(self, organization, other_organization, impatient):
        with held(partial(overthrow, organization), LAST):
            assert run(other_organization, arriving(MANY)).kept == {}


class TestAnEditMeanwhile:
    def test_waits_and_is_made_on_top(self, organization, api):
        edit = partial(api.patch, path_of("Checkout"), {"description": "By hand"})
        with held(partial(overthrow, organization), LAST) as (_, go_on):
            assert told(meanwhile(edit, go_on)) == (200, None)
        policy = Policy.objects.get(name="Checkout")
        assert (policy.description, policy.repeat_count, policy.version) == ("By hand", 1, 3)

    def test_of_what_has_changed_is_refused_if_it_asks(self, organization, api):
        path = path_of("Checkout")
        edit = partial(api.patch, path, {"description": "By hand"}, headers={"If-Match": api.get(path)["ETag"]})
        with held(partial(overthrow, organization), LAST) as (_, go_on):
            assert meanwhile(edit, go_on).status_code == 412
        assert Policy.objects.get(name="Checkout").description is None

    def test_of_what_goes_finds_nothing(self, organization, api):
        edit = partial(api.patch, path_of("Gone"), {"description": "By hand"})
        with held(partial(overthrow, organization), LAST) as (_, go_on):
            assert told(meanwhile(edit, go_on)) == (404, "not_found")

    def test_between_the_plan_and_the_lock_is_planned_for(self, organization, api):
        schedule, bob = Schedule.objects.get(name="Primary"), Membership.objects.get(first_name="Bob")
        override = {"userId": bob.user_id, "startsAt": "2027-05-01T00:00:00Z", "endsAt": "2027-05-02T00:00:00Z"}
        with held(partial(run, organization, arriving(MANY)), FIRST_LOCK) as (imported, _):
            assert api.post(f"{SCHEDULES}/{schedule.pk}/overrides", override).status_code == 201
            assert api.patch(path_of("Busy"), {"name": "P0"}).status_code == 200
        assert imported.result().kept == {}
        assert Override.objects.filter(starts_at__year=2027, starts_at__month=5).exists()
        assert Policy.objects.get(name="P0").version == 3

    def test_time_and_again_has_the_import_give_up(self, organization):
        def edit(execute, sql, *rest):
            if re.match(FIRST_LOCK, sql):
                together(lambda: PolicyFactory(organization=organization))
            return execute(sql, *rest)

        with pytest.raises(PreconditionFailed, match="Others keep changing"), connection.execute_wrapper(edit):
            run(organization, arriving(MANY))
        assert not Policy.objects.filter(name="P0").exists()


class TestTheSameNameMeanwhile:
    def test_created_before_the_import_comes_to_it(self, organization, api):
        with held(refusal_of(partial(run, organization, arriving(MANY))), FIRST_POLICY) as (imported, _):
            assert told(api.post(POLICIES, {"name": "p7"})) == (201, None)
        assert imported.result() is PreconditionFailed
        assert not Policy.objects.filter(name="P0").exists()

    def test_is_told_in_plain_words(self, organization, api):
        def create(execute, sql, *rest):
            if re.match(FIRST_POLICY, sql):
                together(lambda: api.post(POLICIES, {"name": "p7"}))
            return execute(sql, *rest)

        words = "Somebody else has just changed the same things: nothing was imported, try again"
        with pytest.raises(PreconditionFailed, match=words), connection.execute_wrapper(create):
            run(organization, arriving(MANY))

    def test_created_after_it_is_taken(self, organization, api):
        create = partial(api.post, POLICIES, {"name": "NEW"})
        with held(partial(overthrow, organization), LAST) as (_, go_on):
            assert told(meanwhile(create, go_on)) == (409, "name_conflict")


class TestIncidentsMeanwhile:
    """No page waits for an import: what it changes may be triggered, paged and answered all the while."""

    @pytest.mark.parametrize("name", ["Checkout", "Busy", "Moving"])
    def test_are_triggered_paged_and_escalate(self, organization, impatient, name):
        ana = Membership.objects.get(first_name="Ana")
        policy = Policy.objects.get(name=name)
        running = trigger(organization, policy, now=NOW)
        with held(partial(overthrow, organization), LAST) as (imported, _):
            escalation = trigger(organization, policy, owner=ana, now=NOW)
            wake(NOW)
            assert send(NOW)
            assert acknowledge(running, ana)
            assert resolve_incident(
                organization_id=organization.pk, incident_id=running.pk, actor_id="key_test", now=NOW
            )
            later = escalation.due_at
            wake(later)
            assert reload(escalation).firing > escalation.firing
        assert imported.result().kept is not None


class TestManyAtOnce:
    def test_none_waits_for_another_for_ever(self, organization, api):
        """Whatever of it comes first: each edit is made or refused, each import done or refused (no deadlocks)."""
        paths = [path_of(name) for name in ("Checkout", "Moving", "Busy")]
        schedules = [f"{SCHEDULES}/{each.pk}" for each in Schedule.objects.exclude(name="Gone")]
        people = [each.user_id for each in Membership.objects.filter(ended_at=None).select_related("user")]
        back = partial(run, organization, arriving(BEFORE), **OPTIONS)
        imports = [refusal_of(partial(overthrow, organization)), refusal_of(back)]
        for number in range(ROUNDS):
            calls = [
                partial(api.patch, choice(paths, number), {"description": f"Edit {number}"}),
                partial(api.patch, choice(schedules, number), {"name": f"Edit {number}"}),
                partial(api.delete, choice(paths, number + 1)),
                partial(api.patch, f"/v1/team/members/{choice(people, number)}", {"role": "member"}),
                partial(trigger_by, api, choice(paths, number)),
            ]
            *refused, first, second, third, fourth, fifth = together(*imports, *calls)
            assert set(refused) <= {None, PreconditionFailed}
            answers = [first, second, third, fourth, fifth]
            assert all(answer.status_code < 500 for answer in answers), [*map(told, answers)]


def choice(items, number):
    return items[number % len(items)]


def trigger_by(api, path):
    return api.post("/v1/incidents", {"title": "Down", "severity": "low", "escalationPolicyId": path.split("/")[-1]})


def acknowledge(escalation, person):
    return acknowledge_incident(
        organization_id=escalation.organization_id,
        incident_id=escalation.pk,
        actor_id="key_test",
        user_id=person.user_id,
        now=NOW,
    )
