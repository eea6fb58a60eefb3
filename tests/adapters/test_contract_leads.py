"""The contract of the lead time's ports, on memory, moto and the local cloud."""

from dataclasses import dataclass, replace
from datetime import timedelta

import pytest

from ownerloop.adapters.dynamodb.lead_evidence import DynamoLeadEvidence
from ownerloop.adapters.dynamodb.lead_times import DynamoLeadTimes
from ownerloop.adapters.memory_leads import MemoryLeadEvidence, MemoryLeadTimes
from ownerloop.lead_ports import LeadTimes
from ownerloop.workshop_ports import LeadEvidence
from tests.lead_builders import TODAY, a_curve, a_lead_time, a_sending, an_answer
from tests.tables import Tables

DAY = timedelta(days=1)
STORE = "sh-pudong"


@dataclass(frozen=True, slots=True)
class Leads:
    times: LeadTimes
    evidence: LeadEvidence


@pytest.fixture
def leads(backend: Tables | None) -> Leads:
    return on_dynamodb(backend) if backend else Leads(MemoryLeadTimes(), MemoryLeadEvidence())


def on_dynamodb(tables: Tables) -> Leads:
    return Leads(DynamoLeadTimes(tables.workshop), DynamoLeadEvidence(tables.workshop))


def test_a_published_lead_time_is_read_back_whole_and_an_unknown_store_has_none(leads: Leads) -> None:
    lead = a_lead_time(
        curve=a_curve(sent=tuple(range(14)), booked=(1,) * 14), prices_fen=tuple(range(120)), is_learned=True
    )

    leads.times.publish(lead)

    assert leads.times.of_stores([STORE, "nowhere"]) == {STORE: lead}
    assert leads.times.of_stores([]) == {}


def test_an_older_lead_time_never_replaces_a_newer_one(leads: Leads) -> None:
    newer = a_lead_time(version=3)
    leads.times.publish(newer)

    leads.times.publish(a_lead_time(version=2, prices_fen=(7,)))
    leads.times.publish(a_lead_time(version=3, prices_fen=(7,)))

    assert leads.times.of_stores([STORE]) == {STORE: newer}


def test_evidence_of_a_store_comes_by_day_and_contact_whatever_its_month(leads: Leads) -> None:
    early, late = a_sending(2, sent_on=TODAY - 40 * DAY), a_sending(1)
    leads.evidence.sent([late, early, replace(early, store_id="elsewhere")])
    leads.evidence.answered([an_answer(2, booked_on=TODAY)])

    found = leads.evidence.of_store(STORE, since=TODAY - 60 * DAY, through=TODAY)

    assert found == ([early, late], [an_answer(2, booked_on=TODAY)])
    assert leads.evidence.of_store(STORE, since=TODAY, through=TODAY + 400 * DAY)[0] == [late]


def test_evidence_told_twice_is_kept_once_and_the_first_answer_stays(leads: Leads) -> None:
    for _ in range(2):
        leads.evidence.sent([a_sending()])
        leads.evidence.answered([an_answer()])
    leads.evidence.answered([an_answer(visit_on=TODAY + 30 * DAY)])

    assert leads.evidence.of_store(STORE, since=TODAY, through=TODAY) == ([a_sending()], [an_answer()])


def test_more_evidence_than_one_write_takes_is_kept_whole(leads: Leads) -> None:
    many = [a_sending(number) for number in range(60)]

    leads.evidence.sent(many)

    assert leads.evidence.of_store(STORE, since=TODAY, through=TODAY) == (many, [])


def test_a_container_asks_again_for_a_lead_time_after_some_minutes(tables: Tables) -> None:
    clock = [0.0]
    reader = DynamoLeadTimes(tables.workshop, kept_seconds=300, seconds=lambda: clock[0])
    before = reader.of_stores([STORE])
    DynamoLeadTimes(tables.workshop).publish(a_lead_time())

    assert before == reader.of_stores([STORE]) == {}
    clock[0] = 301.0
    assert reader.of_stores([STORE]) == {STORE: a_lead_time()}
