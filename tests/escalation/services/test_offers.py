from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from escalation.errors import OverrideConflict
from escalation.models import Override, Schedule, ShiftOffer
from escalation.oncall import load_on_call
from escalation.services import add_override, offer_shift, take_offer, withdraw_offer
from scaling.errors import InvalidInput, NotFound
from tests.factories.accounts import EPOCH, MembershipFactory, OrganizationFactory
from tests.factories.escalation import RotationFactory, ScheduleFactory

pytestmark = pytest.mark.django_db

HANDOFF = EPOCH.replace(hour=9, minute=0, second=0, microsecond=0) + timedelta(days=70)


def day(number: float) -> datetime:
    """Return the instant so many days after a handoff from Bob to Ada."""
    return HANDOFF + timedelta(days=number)


TUESDAY, WEDNESDAY, NOW, LATER = day(1), day(2), day(0.5), day(0.6)


@pytest.fixture
def team(organization):
    """Ada, Bob and Cyd; Ada and Bob take weekly turns, Ada's begins on day 0."""
    people = [MembershipFactory(organization=organization, first_name=name) for name in ("Ada", "Bob", "Cyd")]
    schedule = ScheduleFactory(organization=organization, timezone="UTC")
    rotation = RotationFactory(schedule=schedule, people=people[:2], effective_from=HANDOFF - timedelta(days=14))
    return schedule, rotation, *people


def offer(team, to=None, starts=TUESDAY, ends=WEDNESDAY, who=None, now=NOW, **changed):
    schedule, rotation, ada, *_ = team
    fields = {"schedule_id": schedule.pk, "rotation_id": rotation.pk, **changed}
    return offer_shift(
        organization_id=schedule.organization_id,
        user_id=(who or ada).user_id,
        offered_to=to and to.user_id,
        starts_at=starts,
        ends_at=ends,
        now=now,
        **fields,
    )


def take(made, who, now=LATER):
    return take_offer(organization_id=who.organization_id, offer_id=made.pk, user_id=who.user_id, now=now)


def serving(team, at):
    schedule = team[0]
    found = load_on_call(schedule.organization_id, at, [schedule.pk])[schedule.pk]
    return [shift.user for shift in found.shifts]


def kept(model):
    return list(model.objects.order_by("pk").values())


# Offering


def test_an_offer_changes_nothing_about_who_is_on_call(team):
    made = offer(team)
    assert (made.state, made.offered_to) == ("open", None)
    assert serving(team, day(1)) == [team[2].user_id]


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"starts": day(0.4)}, "still to come"),
        ({"starts": day(0.5)}, "still to come"),
        ({"starts": day(2), "ends": day(2)}, "still to come"),
        ({"starts": day(3), "ends": day(2)}, "still to come"),
        ({"starts": day(6), "ends": day(8)}, "not on call there"),
        ({"starts": day(8), "ends": day(9)}, "not on call there"),
        ({"rotation_id": None}, "not on call there"),
    ],
)
def test_what_is_not_all_of_ones_own_time_to_come_is_not_offered(team, fields, said):
    with pytest.raises(InvalidInput, match=said):
        offer(team, **fields)
    assert not ShiftOffer.objects.exists()


def test_somebody_who_is_not_on_call_offers_nothing(team):
    with pytest.raises(InvalidInput, match="not on call there"):
        offer(team, who=team[4])


@pytest.mark.parametrize("who", ["self", "stranger", "inactive"])
def test_it_is_offered_to_somebody_else_who_can_be_paged(team, who):
    others = {
        "self": team[2],
        "stranger": MembershipFactory(organization=OrganizationFactory()),
        "inactive": MembershipFactory(organization=team[0].organization, is_active=False),
    }
    with pytest.raises(InvalidInput):
        offer(team, to=others[who])


def test_a_schedule_of_another_organization_is_not_found(team):
    with pytest.raises(NotFound):
        offer(team, schedule_id=ScheduleFactory().pk)


def test_what_is_offered_already_is_not_offered_again(team):
    offer(team)
    with pytest.raises(InvalidInput, match="already"):
        offer(team, starts=day(1.5), ends=day(3))
    assert offer(team, starts=day(2), ends=day(3)).state == "open"


# Taking


def test_whoever_takes_it_serves_in_that_time_and_no_longer(team):
    taken = take(offer(team), team[4])
    assert (taken.state, taken.taken_by, taken.settled_at) == ("taken", team[4].user_id, day(0.6))
    assert [serving(team, at)[0] for at in (day(0.9), day(1), day(1.9), day(2))] == [
        team[2].user_id,
        team[4].user_id,
        team[4].user_id,
        team[2].user_id,
    ]


def test_taking_writes_a_new_version_of_the_schedule(team):
    made = offer(team)
    before = Schedule.objects.get().version
    take(made, team[4])
    assert Schedule.objects.get().version == before + 1


def test_what_is_offered_to_one_is_not_found_by_another(team):
    made = offer(team, to=team[3])
    with pytest.raises(NotFound):
        take(made, team[4])
    assert take(made, team[3]).state == "taken"


@pytest.mark.parametrize("who", ["offerer", "stranger", "same login elsewhere"])
def test_nobody_takes_what_is_not_offered_to_them(team, who):
    made = offer(team)
    elsewhere = OrganizationFactory()
    people = {
        "offerer": team[2],
        "stranger": MembershipFactory(organization=elsewhere),
        "same login elsewhere": MembershipFactory(organization=elsewhere, user=team[4].user),
    }
    with pytest.raises(NotFound):
        take(made, people[who])
    assert not Override.objects.exists()


def test_a_stranger_does_not_take_it_by_naming_the_organization(team):
    made = offer(team)
    stranger = MembershipFactory(organization=OrganizationFactory())
    with pytest.raises(InvalidInput):
        take_offer(organization_id=made.organization_id, offer_id=made.pk, user_id=stranger.user_id, now=day(0.6))
    assert (Override.objects.count(), ShiftOffer.objects.get().state) == (0, "open")


def test_it_is_taken_once(team):
    made = offer(team)
    take(made, team[4])
    with pytest.raises(InvalidInput, match="not offered any more"):
        take(made, team[3])
    assert Override.objects.count() == 1


def test_it_ends_when_its_time_begins(team):
    made = offer(team)
    assert ShiftOffer.objects.open_at(day(0.9)).exists()
    assert not ShiftOffer.objects.open_at(day(1)).exists()
    with pytest.raises(InvalidInput, match="not offered any more"):
        take(made, team[4], now=day(1))


def test_what_has_changed_hands_meanwhile_is_not_taken(team):
    made = offer(team)
    schedule = team[0]
    add_override(
        organization_id=schedule.organization_id,
        schedule_id=schedule.pk,
        actor_id="key_test",
        user_id=team[3].user_id,
        starts_at=day(1.5),
        ends_at=day(3),
        now=day(0.55),
    )
    before = kept(Override)
    with pytest.raises(InvalidInput, match="schedule has changed"):
        take(made, team[4])
    assert kept(Override) == before


def test_a_shift_taken_can_be_given_on_whole_or_in_part(team):
    take(offer(team, ends=day(3)), team[4])
    again = offer(team, who=team[4], starts=day(1.5), ends=day(2), now=day(0.7))
    take(again, team[3], now=day(0.8))
    names = {member.user_id: member.first_name for member in team[2:]}
    days = (0.9, 1, 1.4, 1.5, 1.9, 2, 2.9, 3)
    assert [names[serving(team, day(at))[0]] for at in days] == ["Ada", "Cyd", "Cyd", "Bob", "Bob", "Cyd", "Cyd", "Ada"]


def test_an_override_that_is_hidden_there_is_told_as_a_conflict(team):
    """One that names no rotation lies below one that names it, and comes to light nowhere until that is gone."""
    schedule, rotation, ada, bob, cyd = team
    common = {"organization_id": schedule.organization_id, "schedule_id": schedule.pk, "actor_id": "key_test"}
    add_override(**common, user_id=cyd.user_id, rotation_id=rotation.pk, starts_at=day(1), ends_at=day(2), now=day(0))
    made = offer(team, who=cyd)
    Override.objects.create(
        organization=schedule.organization,
        schedule=schedule,
        membership=ada,
        starts_at=day(1.2),
        ends_at=day(1.4),
        created_by="key_test",
        created_at=day(0),
        updated_at=day(0),
    )
    before = kept(Override)
    with pytest.raises(OverrideConflict):
        take(made, bob)
    assert kept(Override) == before


# Withdrawing


def test_a_withdrawn_offer_is_not_taken(team):
    made = offer(team)
    withdraw_offer(organization_id=made.organization_id, offer_id=made.pk, user_id=team[2].user_id, now=day(0.6))
    with pytest.raises(InvalidInput, match="not offered any more"):
        take(made, team[4])
    assert offer(team).state == "open"


def test_only_its_person_withdraws_an_offer_and_not_once_it_is_taken(team):
    made = offer(team)
    common = {"organization_id": made.organization_id, "offer_id": made.pk, "now": day(0.7)}
    with pytest.raises(NotFound):
        withdraw_offer(user_id=team[4].user_id, **common)
    take(made, team[4])
    with pytest.raises(InvalidInput, match="taken this shift"):
        withdraw_offer(user_id=team[2].user_id, **common)
    assert ShiftOffer.objects.get().state == "taken"
