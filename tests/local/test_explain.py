"""Explaining an owner: what was allowed, what was forecast, what was sent and why not, in both languages."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from infra.explain.record import NobodyError, read_record, write_record
from infra.explain.telling import explain, why_no_contact
from infra.explain.words import FACTS, REASONS, STATES, TIERS
from ownerloop.adapters.dynamodb.cases import case_values
from ownerloop.adapters.dynamodb.facts import fact_values
from ownerloop.adapters.dynamodb.identity import edge_values, line_values
from ownerloop.adapters.dynamodb.lead_times import lead_values
from ownerloop.adapters.dynamodb.tiers import tier_values
from ownerloop.adapters.dynamodb.workshop import standing_values
from ownerloop.domain.car_bookings import CarBooking
from ownerloop.domain.cases import Case, CaseKind
from ownerloop.domain.complaints import Telling, opened
from ownerloop.domain.contact import ContactState
from ownerloop.domain.facts import FactKind, occasion_of
from ownerloop.domain.identifying import Edge, IdentifierKind
from ownerloop.domain.identity import LogKind, LogLine
from ownerloop.domain.owner import Unsubscribe
from ownerloop.domain.standing import Standing
from ownerloop.domain.tier_record import TierRecord, with_occasion
from ownerloop.domain.tier_words import explain_tier
from ownerloop.domain.tiers import Tier
from ownerloop.domain.wecom import WecomRefusal
from ownerloop.domain.workshop import BookingState
from tests.builders import a_forecast, an_item_forecast
from tests.contact_builders import ANN, BEN, HOUR, NOW, a_car, a_contact, a_head, an_owner
from tests.lead_builders import a_lead_time
from tests.local.told_records import a_fact, a_record, a_reporting_car, a_sent_contact
from tests.tier_builders import a_tier_policy


def test_every_step_of_a_contact_is_told_in_its_order_on_the_owners_clock() -> None:
    record = a_record(contacts=[a_sent_contact()])

    told = explain(record, "dealer-7", language="en")

    steps = [line for line in told.lines if line.startswith("    2026-03-02 1")]
    assert "confirmed by the staff member" in steps[-2]
    assert "14:00" in steps[-1]
    assert "WeCom sent it" in steps[-1]
    assert told.data["contacts"][0]["state"] == "accepted"


@pytest.mark.parametrize("language", ["zh", "en"])
def test_an_owner_is_found_by_key_person_car_and_contact(language: str) -> None:
    contact = a_sent_contact()
    record = a_record(contacts=[contact])

    for name in ("dealer-7", ANN, contact.contact_id, a_car(1).vehicle_id):
        assert explain(record, name, language=language).data["person_id"] == ANN  # type: ignore[arg-type]

    with pytest.raises(NobodyError):
        explain(record, "nobody", language="en")


def test_a_silence_has_its_reason() -> None:
    fine, mute = an_owner(version=1), an_owner(version=1, daily_max=0)
    away = replace(fine, channels=())
    refused = replace(fine, unsubscribes=(Unsubscribe(at=NOW, channel="wecom", topic="maintenance"),))
    car, unasked = a_car(1, version=1), a_car(1, version=1, consent=a_head(purposes=()))

    told = [why_no_contact(a_record(), owner, car) for owner in (fine, mute, away, refused)]

    assert told == ["not_due", "daily_max_zero", "no_channel", "unsubscribed"]
    assert why_no_contact(a_record(), fine, unasked) == "no_consent"
    assert why_no_contact(a_record(), fine, replace(car, remind=False)) == "not_reminded"
    assert why_no_contact(a_record(), fine, replace(car, remind_on=NOW.date())) == "day_has_come"
    assert why_no_contact(a_record(), fine, replace(car, remind_on=NOW.date() + timedelta(days=1))) == "not_due"


def test_a_car_that_no_contact_is_about_is_told_of_beside_one_that_was_spoken_of_once() -> None:
    cars = [a_car(1, version=1), a_car(2, version=1)]
    contact = replace(a_sent_contact(), vehicle_id=cars[0].vehicle_id)
    record = a_record(cars=cars, contacts=[contact])

    of_owner, of_contact = (
        "\n".join(explain(record, name, language="en").lines) for name in ("dealer-7", contact.contact_id)
    )
    assert f"Car {cars[1].vehicle_id}: no contact" in of_owner
    assert f"Car {cars[0].vehicle_id}: no contact" not in of_owner
    assert "no contact" not in of_contact


@pytest.mark.parametrize(("language", "name"), [("zh", "积分换礼券"), ("en", "A voucher for gifts by points")])
def test_a_contact_about_a_benefit_calls_it_by_its_name(language: str, name: str) -> None:
    record = a_record(contacts=[replace(a_sent_contact(), item="points_for_gift", due_cycle="", stage=0)])

    told = explain(record, "dealer-7", language=language)  # type: ignore[arg-type]  # one of the two
    assert any(name in line for line in told.lines)


def test_a_record_is_read_back_as_it_was_written(tmp_path: Path) -> None:
    record = a_record(contacts=[a_sent_contact()])

    write_record(record, tmp_path / "run.json")
    again = read_record(tmp_path / "run.json")

    assert again.at == record.at
    assert again.contacts == record.contacts
    assert again.vehicles == record.vehicles
    assert (tmp_path / "run.json").stat().st_mode & 0o077 == 0


def test_every_state_and_every_refusal_of_the_provider_has_its_words() -> None:
    assert set(STATES) == set(ContactState)
    assert {refusal.value for refusal in WecomRefusal} - {"refused"} <= set(REASONS)


@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_tier_is_told_with_its_reasons_and_what_lies_behind_it(language: str) -> None:
    fact = a_fact(kind=FactKind.PURCHASE, amount_fen=123_45)
    order = occasion_of(fact)
    assert order is not None
    policy = a_tier_policy()
    tier = with_occasion(TierRecord(ANN), order, policy=policy, as_of=NOW.date(), at=NOW, cause=fact.event_key)
    case = opened(Case("k_1", ANN, version=1), Telling(NOW, told_at=NOW, now=NOW), topic="billing")
    record = a_record(more={"tiers": [tier_values(tier)], "facts": [fact_values(fact)], "cases": [case_values(case)]})

    told = explain(record, "dealer-7", language=language)  # type: ignore[arg-type]  # one of the two

    said = "\n".join(told.lines)
    assert all(line in said for line in explain_tier(tier.state or pytest.fail("no state"), language))
    assert "123.45 CNY" in said
    assert ("费用" if language == "zh" else "billing") in said
    assert told.data["tier"]["tier"] == "new"
    assert told.data["open_cases"] == ["k_1"]
    assert [one["kind"] for one in told.data["interactions"]] == ["purchase"]


def test_an_owner_who_never_ordered_anything_is_told_as_a_prospect() -> None:
    told = explain(a_record(), "dealer-7", language="en")

    assert any("Tier: prospect" in line for line in told.lines)
    assert told.data["tier"]["reasons"] == ["no_order_yet"]


def test_every_kind_of_fact_and_every_tier_has_its_words() -> None:
    assert set(FACTS) == set(FactKind)
    assert set(TIERS) == set(Tier)


def test_nothing_is_told_about_a_moment_that_is_not_over() -> None:
    record = a_record(contacts=[a_contact(1, requested_at=NOW - timedelta(hours=1))])

    assert any("requested" in line for line in explain(record, "dealer-7", language="en").lines)


def test_what_a_car_reports_and_the_visit_that_does_it_are_told_with_the_age_of_the_reading() -> None:
    chinese, english = (explain(a_record(cars=[a_reporting_car()]), "dealer-7", language=to) for to in ("zh", "en"))

    told = "\n".join(english.lines)
    assert "tyres: due 2026-03-02 (2026-03-02 to 2026-03-02), by its condition, to be seen now" in told
    assert "the car reports tyre_pressure_fl_kpa: to be seen now" in told
    assert "the car's own remaining distance or days is used" in told
    assert "dtc:P0420 was last reported too long ago to count" in told
    assert "one visit (2026-03-02): tyres, oil service" in told
    assert "read 4 days before" in told or "no reading is used" in told
    assert "轮胎：2026-03-02 到期" in "\n".join(chinese.lines)
    (car,) = english.data["vehicles"]
    assert car["forecast"]["visits"] == [{"items": ["tyres", "oil"], "due_p50": "2026-03-02"}]
    assert car["forecast"]["reading_age_days"] == 4
    assert [item["severity"] for item in car["forecast"]["items"]] == ["now", None]


def test_a_contact_that_belongs_to_no_due_cycle_names_none() -> None:
    record = a_record(contacts=[a_contact(1, due_cycle="")])

    told = "\n".join(explain(record, "dealer-7", language="en").lines)

    assert "Contact " in told
    assert "cycle" not in told


def test_a_contact_is_told_with_everything_its_visit_was_for() -> None:
    record = a_record(contacts=[replace(a_sent_contact(), bundled=("brake_fluid",))])

    told = explain(record, "dealer-7", language="en")

    assert any("oil service, brake fluid, stage" in line for line in told.lines)
    assert told.data["contacts"][0]["bundled"] == ["brake_fluid"]


@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_booked_visit_says_why_nobody_is_reminded_and_where_it_came_from(language: str) -> None:
    contact = a_sent_contact()
    later = NOW + timedelta(days=3)
    standing = Standing(
        *("b_" + "1" * 24, ANN, BookingState.BOOKED, "made", NOW),
        version=1,
        vehicle_id=a_car(1).vehicle_id,
        on=later.date(),
        for_at=later,
        technician_id="tech-1",
        contact_id=contact.contact_id,
    )
    car = a_car(1, version=1, booked=(CarBooking(later.date(), standing.booking_key),))
    record = a_record(cars=[car], contacts=[contact], more={"bookings": [standing_values(standing)]})

    told = explain(record, "dealer-7", language=language)  # type: ignore[arg-type]  # one of the two

    line = next(line for line in told.lines if ("到店预约" if language == "zh" else "booking for") in line)
    assert "tech-1" in line
    assert contact.contact_id in line
    assert told.data["vehicles"][0]["why_no_contact"] == "booked"
    assert told.data["vehicles"][0]["bookings"][0]["state"] == "booked"


def test_a_doubt_names_the_command_that_answers_it_and_then_its_answer() -> None:
    car = a_car(1, version=1)
    doubt = Case("k_1", "", version=1, kind=CaseKind.CLUSTER_REPLACED, opened_at=NOW, vehicle_id=car.vehicle_id)
    answered = replace(doubt, answer="yes", closed_at=NOW + HOUR)

    lines = [
        "\n".join(explain(a_record(cars=[car], more={"cases": [case_values(case)]}), "dealer-7", language="en").lines)
        for case in (doubt, answered)
    ]

    assert "ownerloop case close k_1 --answer yes|no" in lines[0]
    assert "answered yes" in lines[1]


@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_car_that_waits_for_its_priced_day_says_what_the_day_is_worth(language: str) -> None:
    due = NOW.date() + timedelta(days=60)
    item = an_item_forecast(due_p10=due, due_p50=due, due_p90=due)
    car = a_car(1, version=1, store_id="sh-pudong", forecast=a_forecast(items=(item,), as_of=NOW.date()))
    lead = a_lead_time(store_id="sh-pudong", as_of=NOW.date(), first_on=NOW.date())
    record = a_record(cars=[car], more={"lead_times": [lead_values(lead)]})

    told = explain(record, "dealer-7", language=language)  # type: ignore[arg-type]  # one of the two

    assert told.data["vehicles"][0]["next_choice"]["on"] is not None
    assert any(("价值最高" if language == "zh" else "no day is worth more than") in line for line in told.lines) or (
        told.data["vehicles"][0]["next_choice"]["arm"] == "random"
    )


@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_merge_is_told_with_its_evidence_and_a_mistaken_one_with_how_it_ended(language: str) -> None:
    one = replace(an_owner(version=2), members=(BEN,))
    lines = [
        LogLine("m_1", LogKind.MERGED, NOW, ANN, (ANN, BEN), "shared and proved by both", ("i_7",)),
        LogLine("m_2", LogKind.MERGED, NOW, ANN, (ANN, "p_3"), "shared and proved by both", ("i_8",)),
        LogLine("m_3", LogKind.SPLIT, NOW + HOUR, ANN, ("p_3", ANN, BEN), "two of one household"),
        LogLine("m_4", LogKind.REFUSED, NOW + HOUR, ANN, (ANN, "p_4"), "conflicting_phones"),
    ]
    edges = [Edge(f"i_{n}", IdentifierKind.PHONE, ANN, is_verified=True, since=NOW, event_key="e") for n in (7, 8)]
    more = {
        "identity_log": [line_values(person, line) for line in lines for person in line.persons],
        "evidence": [edge_values(edge) for edge in edges],
    }
    record = a_record(owner=one, more=more)

    told = explain(record, ANN, language=language)  # type: ignore[arg-type]

    said = [line for line in told.lines if BEN in line or "p_3" in line or "p_4" in line]
    assert len(said) == 4
    assert "i_7" in said[0]
    assert ("同一个人" if language == "zh" else "One person with") in said[0]
    assert ("曾与" if language == "zh" else "Taken for one person") in said[1]
    assert "two of one household" in said[2]
    assert REASONS["conflicting_phones"][0 if language == "zh" else 1] in said[3]
    assert told.data["identity"]["members"] == [BEN]


def test_a_contact_tells_what_it_began_with_and_the_providers_own_number() -> None:
    contact = replace(a_sent_contact(), correlation_id="e" * 32, provider_message_id="msg-1")

    told = explain(a_record(contacts=[contact]), "dealer-7", language="en")

    assert f"    began with {'e' * 32}" in told.lines
    assert told.data["contacts"][0]["correlation_id"] == "e" * 32
    assert told.data["contacts"][0]["provider_message_id"] == "msg-1"
