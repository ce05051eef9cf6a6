"""The front page of the admin: what it shows to whom, and the banner that stands on every page."""

from __future__ import annotations

from datetime import timedelta

import pytest

from escalation.marks import OLD_AFTER
from escalation.models import CoverageMark, Policy
from incidents.counting import count_next
from incidents.heartbeat import beat
from incidents.models import WorkerHeartbeat
from incidents.services import acknowledge_incident, resolve_incident
from scaling import clock
from scaling.admin.dashboard import MOST_INCIDENTS, MOST_SCHEDULES
from scaling.ids import new_uuid
from tests.admin_pages import statements
from tests.factories.accounts import ApiKeyFactory, MembershipFactory
from tests.factories.escalation import PolicyFactory, RotationFactory, ScheduleFactory
from tests.incidents.running import REFUSED, TEMPORARY, make_policy, run, trigger

STANDS_STILL = 'id="stands-still"'
NO_DEAD_MAN = 'id="no-dead-man"'


@pytest.fixture
def now(db):
    return clock.now()


def shown(client, path="/admin/"):
    response = client.get(path)
    assert response.status_code == 200
    return response


def text(client, path="/admin/"):
    return shown(client, path).content.decode()


def told(client):
    return shown(client).context["dashboard"]


def tick(at):
    beat(new_uuid(), at, at)


class TestBanner:
    @pytest.mark.parametrize("path", ["/admin/", "/admin/accounts/membership/", "/admin/organization/"])
    def test_every_page_says_so_when_no_worker_ticks(self, as_bob, now, path):
        assert STANDS_STILL in text(as_bob, path)
        tick(now - timedelta(seconds=60))
        assert STANDS_STILL in text(as_bob, path)
        tick(now)
        assert STANDS_STILL not in text(as_bob, path)

    def test_whoever_is_not_signed_in_is_not_told(self, client, db):
        assert STANDS_STILL not in client.get("/admin/login/").content.decode()

    def test_the_front_page_asks_for_a_dead_mans_switch(self, as_alice, as_bob, as_olivia, settings):
        settings.DEAD_MAN_URL = ""
        assert NO_DEAD_MAN in text(as_alice)
        assert NO_DEAD_MAN in text(as_olivia)
        assert NO_DEAD_MAN not in text(as_bob)
        assert NO_DEAD_MAN not in text(as_alice, "/admin/accounts/membership/")
        settings.DEAD_MAN_URL = "https://watch.example.org/ping/s3cr3t"
        assert NO_DEAD_MAN not in text(as_alice)


class TestIncidents:
    def test_the_worst_come_first_and_then_the_oldest(self, as_bob, acme, bob, now):
        policy = make_policy(acme, [bob])
        for title, severity, ago in (("B", "high", 1), ("C", "low", 9), ("A", "high", 2)):
            trigger(acme, policy, title=title, severity=severity, now=now - timedelta(minutes=ago))
        found = told(as_bob).open
        assert [one.incident.title for one in found.urgent] == ["A", "B", "C"]
        assert [(value, number) for value, _, number in found.numbers if number] == [("high", 2), ("low", 1)]
        assert (found.urgent[0].stands, found.urgent[0].holder) == ("Waiting for an answer, layer 1", "")

    def test_it_says_who_has_one_and_leaves_out_what_is_resolved(self, as_bob, acme, bob, now):
        first, second, gone = (trigger(acme, make_policy(acme, [bob]), now=now) for _ in range(3))
        ids = {"organization_id": acme.pk, "now": now}
        acknowledge_incident(**ids, incident_id=first.pk, actor_id=bob.user_id, user_id=bob.user_id)
        acknowledge_incident(**ids, incident_id=second.pk, actor_id="key_test")
        resolve_incident(**ids, incident_id=gone.pk, actor_id=bob.user_id)
        found = told(as_bob).open.urgent
        assert {(one.holder, one.stands) for one in found} == {
            (bob.name, "Acknowledged"),
            ("a program", "Acknowledged"),
        }

    def test_of_many_the_most_urgent_are_shown_and_all_are_counted(self, as_bob, acme, bob, now):
        for _ in range(MOST_INCIDENTS + 2):
            trigger(acme, make_policy(acme, [bob]), now=now)
        found = told(as_bob).open
        assert (len(found.urgent), found.total) == (MOST_INCIDENTS, MOST_INCIDENTS + 2)


class TestOnCall:
    def test_it_says_who_serves_until_when(self, as_bob, acme, bob):
        RotationFactory(schedule=ScheduleFactory(organization=acme, name="Billing"), organization=acme, people=[bob])
        ScheduleFactory(organization=acme, name="Nobody here")
        billing, empty = told(as_bob).watched
        assert (billing.people, billing.is_attended, "Europe/Berlin" in billing.until) == (bob.name, True, True)
        assert (empty.people, empty.is_attended) == ("", False)

    def test_somebody_who_cannot_be_paged_is_marked(self, as_alice, acme, bob):
        RotationFactory(schedule=ScheduleFactory(organization=acme), organization=acme, people=[bob])
        bob.is_active = False
        bob.save()
        (one,) = told(as_alice).watched
        assert (one.people, one.is_attended) == (f"{bob.name} (cannot be paged)", False)

    def test_of_many_schedules_the_first_are_shown(self, as_bob, acme):
        ScheduleFactory.create_batch(MOST_SCHEDULES + 1, organization=acme)
        found = told(as_bob)
        assert (len(found.watched), found.has_more_schedules) == (MOST_SCHEDULES, True)


class TestEngine:
    def test_it_says_how_late_it_is_and_how_many_workers_there_are(self, as_bob, acme, bob, now):
        row = trigger(acme, make_policy(acme, [bob]), now=now - timedelta(minutes=1))
        tick(now)
        engine = shown(as_bob).context["engine"]
        assert row.wake_at > now
        assert (engine.is_late, engine.at_work, engine.late[:2]) == (True, 1, "60")

    def test_only_operators_see_each_worker(self, as_alice, as_olivia, now):
        tick(now)
        tick(now - timedelta(minutes=5))
        (latest, silent) = shown(as_olivia).context["engine"].workers
        assert (latest[2], silent[1], silent[2]) == (True, "5 min", False)
        assert shown(as_alice).context["engine"].workers == ()
        host = WorkerHeartbeat.objects.values_list("host", flat=True)[0]
        assert f"{host}:" in text(as_olivia)
        assert f"{host}:" not in text(as_alice)


class TestGaps:
    def mark(self, owner, at, **fields):
        hour = timedelta(hours=1)
        about = {"policy": owner} if isinstance(owner, Policy) else {"schedule": owner}
        gap = {"gap_count": 1, "gap_starts_at": at + hour, "gap_ends_at": at + 2 * hour, **fields}
        CoverageMark.objects.create(
            organization=owner.organization,
            inputs="x",
            due_at=at,
            checked_at=at,
            checked_until=at + timedelta(days=14),
            **about,
            **gap,
        )

    def test_the_next_come_first_and_what_is_over_is_left_out(self, as_bob, acme, now):
        policy, schedule = PolicyFactory(organization=acme, name="Billing"), ScheduleFactory(organization=acme)
        self.mark(policy, now, gap_count=3, gap_position=2)
        self.mark(schedule, now - timedelta(hours=1, minutes=30))
        self.mark(PolicyFactory(organization=acme), now - timedelta(hours=5))
        found = told(as_bob).gaps
        first = [(gap.name, gap.position, gap.more) for gap in found.next]
        assert first == [(schedule.name, None, 0), (policy.name, 2, 2)]
        page = text(as_bob)
        assert "policy, layer 2" in page
        assert "and 2 more" in page

    def test_what_is_not_known_is_never_called_fine(self, as_bob, acme, now):
        fine = {"gap_count": 0, "gap_starts_at": None, "gap_ends_at": None}
        self.mark(PolicyFactory(organization=acme), now, **fine)
        assert "None that nobody has declared" in text(as_bob)
        self.mark(PolicyFactory(organization=acme), now - 2 * OLD_AFTER, **fine)
        self.mark(PolicyFactory(organization=acme), now, failure="It cannot be read.", **fine)
        PolicyFactory(organization=acme)
        assert "Not known of 3" in text(as_bob)
        assert "None that nobody has declared" not in text(as_bob)


class TestFailing:
    @pytest.fixture
    def failing(self, acme, alice, bob, now):
        acme.fallback_email = "ops@acme.example"
        acme.save()
        at = now - timedelta(minutes=5)
        trigger(acme, make_policy(acme, [alice]), now=at)
        trigger(acme, make_policy(acme, [bob]), now=at)
        words = REFUSED.__class__(REFUSED.failure, "550 <bob@acme.example> no such user")
        run(at, failures={"alice@acme.example": TEMPORARY, "bob@acme.example": words})

    def test_it_tells_what_is_tried_again_and_what_was_refused(self, as_alice, failing):
        (one,) = told(as_alice).failing
        assert (one.channel, one.retrying, one.dead) == ("email", 1, 1)

    def test_members_do_not_read_what_servers_said(self, as_alice, as_bob, failing):
        assert "no such user" in text(as_alice) or "try again later" in text(as_alice)
        page = text(as_bob)
        assert "Messages that fail" in page
        assert "no such user" not in page
        assert "try again later" not in page

    def test_what_was_refused_long_ago_is_not_told(self, as_alice, acme, bob, now):
        at = now - timedelta(minutes=65)
        row = trigger(acme, make_policy(acme, [bob]), now=at)
        run(at, failures={"bob@acme.example": REFUSED})
        resolve_incident(organization_id=acme.pk, incident_id=row.pk, actor_id=bob.user_id, now=at)
        assert told(as_alice).failing == ()


class TestFigures:
    def test_charts_and_tables_say_the_same(self, as_bob, acme, bob, now):
        row = trigger(acme, make_policy(acme, [bob]), now=now)
        resolve_incident(organization_id=acme.pk, incident_id=row.pk, actor_id=bob.user_id, now=now)
        while count_next(now):
            pass
        pages, acknowledged, resolved = told(as_bob).charts
        assert pages.rows[0][1] == "1"
        assert pages.data.endswith('0, 1], "backgroundColor": "#2563eb", "maxBarThickness": 18}]}')
        assert (acknowledged.is_empty, resolved.is_empty) == (True, False)
        assert resolved.rows[0][1:] == ("0 s", "0 s", "1")
        assert "Nothing to count yet." in text(as_bob)


class TestBeginning:
    def test_an_empty_organization_is_told_what_to_do(self, as_alice, as_bob, acme):
        page = text(as_alice)
        assert "Create a policy" in page
        assert "Create an API key" in page
        assert "Create an API key" not in text(as_bob)
        PolicyFactory(organization=acme)
        ApiKeyFactory(organization=acme)
        assert "To begin" not in text(as_alice)

    def test_an_empty_installation_is_told_to_make_an_organization(self, as_olivia):
        page = text(as_olivia)
        assert "Make an organization" in page
        assert "/admin/accounts/organization/add/" in page


def test_nothing_of_another_organization_is_shown(as_bob, rival, charlie, now):
    row = trigger(rival, make_policy(rival, [charlie]), title="Theirs", now=now)
    run(now, failures={"charlie@rival.example": TEMPORARY})
    ScheduleFactory(organization=rival, name="Their schedule")
    while count_next(now):
        pass
    found = told(as_bob)
    assert row.pk
    assert (found.open.total, found.watched, found.failing, found.statistics.has_any) == (0, (), (), False)


def test_it_costs_the_same_for_few_rows_and_for_many(as_alice, acme, alice, bob, now):
    costs = []
    for more in (1, 12):
        policy = make_policy(acme, [bob], [alice])
        for _ in range(more):
            row = trigger(acme, policy, now=now - timedelta(minutes=1))
            schedule = ScheduleFactory(organization=acme)
            RotationFactory(
                schedule=schedule, organization=acme, people=MembershipFactory.create_batch(2, organization=acme)
            )
            tick(now)
        run(now - timedelta(minutes=1), failures={"bob@acme.example": TEMPORARY})
        acknowledge_incident(organization_id=acme.pk, incident_id=row.pk, actor_id=bob.user_id, now=now)
        costs.append(statements(as_alice, "/admin/"))
    assert costs[0] == costs[1]
    assert costs[0] <= 23
