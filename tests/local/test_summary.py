"""The figures of a run: each event once, each contact once more by its state, and no promise quietly broken."""

from typing import cast

from infra.demo.days import DAY, Act, steps_of
from infra.demo.driver import SCHEDULES
from infra.demo.summary import contacts_by_state, refusals_of, tiers_of
from infra.explain.record import Item, Record
from infra.local.deploy import schedules
from infra.local.lake_view import LakeView
from ownerloop.adapters.dynamodb.items import written
from ownerloop.adapters.dynamodb.owners import owner_values
from ownerloop.adapters.dynamodb.tiers import tier_values
from ownerloop.domain.contact import ContactState
from ownerloop.domain.tier_record import TierRecord, with_occasion
from tests.contact_builders import NOW, a_contact, an_owner
from tests.tier_builders import a_tier_policy, an_order, on_day


class SomeLake:
    """What came back of four events."""

    accepted = {"e1": "readings", "e2": "enrolments"}  # noqa: RUF012  # never changed
    refused = {  # noqa: RUF012  # never changed
        "e2": [("2026-03-05T00:00:00", "no_consent")],
        "e3": [("2026-03-04T00:00:00", "too_old"), ("2026-03-03T00:00:00", "no_consent")],
    }


def test_an_event_counts_once_by_the_first_thing_that_was_said_of_it() -> None:
    refused = refusals_of({"e1", "e2", "e3"}, cast("LakeView", SomeLake()))

    assert refused == {"no_consent": 1}


def test_every_contact_counts_once_more_by_its_present_state() -> None:
    held = a_contact(1).moved(ContactState.HELD, reason="quiet_hours", at=NOW)
    gone = a_contact(2).moved(ContactState.SUPPRESSED, reason="unsubscribed", at=NOW)

    counted = contacts_by_state([held, gone, a_contact(3)])

    assert counted["requested"] == 3
    assert counted["suppressed"] == 1
    assert counted["open"] == 2
    assert counted["requested"] == sum(counted[name] for name in counted if name != "requested")


def test_every_owner_is_in_one_tier_and_who_never_ordered_anything_is_a_prospect() -> None:
    owners = [an_owner(person_id=f"p_{number}", version=1) for number in range(3)]
    orders = (an_order(day=0), an_order(day=200))
    record = with_occasion(
        with_occasion(TierRecord("p_1"), orders[0], policy=a_tier_policy(), as_of=on_day(201), at=NOW, cause="e1"),
        orders[1],
        policy=a_tier_policy(),
        as_of=on_day(201),
        at=NOW,
        cause="e2",
    )
    items: dict[str, list[Item]] = {
        "owners": [written(owner_values(o)) for o in owners],
        "tiers": [written(tier_values(record))],
    }

    counted = tiers_of(Record(at=NOW, items=items))

    assert counted == {"prospect": 2, "new": 0, "potential": 1, "core": 0, "at_risk": 0}


def test_the_driver_starts_only_what_the_template_schedules() -> None:
    started = {schedule for names in SCHEDULES.values() for schedule in names}
    steps = {step.act for day in range(8) for step in steps_of(day, days=8)}

    assert started <= set(schedules())
    assert {"sweep", "plan_contacts", "settle_wecom", "settle_priors", "settle_tiers", "settle_lead_times"} <= started
    assert steps - set(SCHEDULES) == {Act.ENROL, Act.MORNING, Act.NIGHT, Act.OPERATE, Act.VISIT}


def test_the_steps_of_a_day_follow_each_other_and_settling_only_finishes() -> None:
    times = [step.at for step in DAY]

    assert times == sorted(set(times))
    assert {step.act for step in steps_of(40, days=30)} == {Act.SWEEP, Act.SETTLE_WECOM}
    assert {step.act for step in DAY} - {step.act for step in steps_of(0, days=30)} == {
        Act.SETTLE,
        Act.VISIT,
    }
    assert [day for day in range(40) if Act.VISIT in {step.act for step in steps_of(day, days=30)}] == [29]
