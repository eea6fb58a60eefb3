"""The figures of a run: each event once, each contact once more by its state, and no promise quietly broken."""

from typing import cast

from infra.demo.days import DAY, Act, steps_of
from infra.demo.summary import contacts_by_state, refusals_of
from infra.local.deploy import schedules
from infra.local.lake_view import LakeView
from ownerloop.domain.contact import ContactState
from tests.contact_builders import NOW, a_contact


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


def test_the_driver_starts_only_what_the_template_schedules() -> None:
    named = {"sweep", "plan_contacts", "settle_wecom", "settle_priors", "settle_tiers"}

    assert named <= set(schedules())
    assert {step.act.value for step in DAY} - {"enrol", "morning", "night", "visit"} == named


def test_the_steps_of_a_day_follow_each_other_and_settling_only_finishes() -> None:
    times = [step.at for step in DAY]

    assert times == sorted(set(times))
    assert {step.act for step in steps_of(40, days=30)} == {Act.SWEEP, Act.SETTLE_WECOM}
    assert {step.act for step in DAY} - {step.act for step in steps_of(0, days=30)} == {
        Act.SETTLE_PRIORS,
        Act.SETTLE_TIERS,
        Act.VISIT,
    }
    assert [day for day in range(40) if Act.VISIT in {step.act for step in steps_of(day, days=30)}] == [29]
