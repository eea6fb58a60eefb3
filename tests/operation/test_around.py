"""Explaining one owner of a deployed stack: only that owner's items are read, and the same is told."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import boto3
import pytest

from infra.explain.around import record_around
from infra.explain.record import Item, NobodyError, Record
from infra.explain.telling import explain
from infra.operation.overview import overview_of
from infra.operation.site import Site
from ownerloop.adapters.dynamodb.cases import case_values
from ownerloop.adapters.dynamodb.contact_items import contact_values
from ownerloop.adapters.dynamodb.gates import gate_values
from ownerloop.adapters.dynamodb.items import written
from ownerloop.adapters.dynamodb.owners import owner_values
from ownerloop.adapters.dynamodb.vehicle_items import vehicle_values
from ownerloop.adapters.dynamodb.workshop import standing_values
from ownerloop.domain.car_bookings import CarBooking
from ownerloop.domain.cases import Case, CaseKind, doubt_key
from ownerloop.domain.complaints import Telling, opened
from ownerloop.domain.contact import Contact, ContactClass, ContactState
from ownerloop.domain.gate import Entry, Gate
from ownerloop.domain.ids import contact_id
from ownerloop.domain.standing import Standing
from ownerloop.domain.vehicle import Reminded
from ownerloop.domain.workshop import BookingState
from tests.contact_builders import ANN, BEN, CYCLE, DAY, HOUR, NOW, TODAY, a_car, a_contact, a_head, an_owner
from tests.functions.stack import Stack

CAR = a_car(1, reminded=(Reminded("oil", CYCLE, 1),), booked=(CarBooking((NOW + DAY).date(), "b_" + "1" * 24),))
BOOKED = Standing(
    *("b_" + "1" * 24, ANN, BookingState.BOOKED, "made", NOW),
    version=1,
    vehicle_id=CAR.vehicle_id,
    on=(NOW + DAY).date(),
    for_at=NOW + DAY,
)
COMPLAINT = opened(Case("k_1", ANN, version=1), Telling(NOW, told_at=NOW, now=NOW), topic="billing")
DOUBT = Case(doubt_key(CAR), "", version=1, kind=CaseKind.CLUSTER_REPLACED, opened_at=NOW, vehicle_id=CAR.vehicle_id)
OWNER = an_owner(vehicle_ids=(CAR.vehicle_id,), open_cases=("k_1",))


def an_ended(contact: Contact) -> Contact:
    return contact.moved(ContactState.SUPPRESSED, reason="quiet_hours", at=NOW + HOUR)


OPEN = a_contact(1)
IN_GATE = an_ended(a_contact(2))
OF_THIS_VISIT = an_ended(a_contact(3, contact_id=contact_id(CAR.vehicle_id, "oil", CYCLE, 1)))
GATE = Gate(ANN, version=1, entries=(Entry(TODAY, IN_GATE.contact_id, NOW, ContactClass.SERVICE, "wecom"),))
STRANGERS = (an_owner(BEN), a_car(2, consent=a_head(BEN)), a_contact(5, person_id=BEN))
ALIAS = "o_" + "7" * 24


def the_items() -> Iterator[tuple[str, str, Item]]:
    """Yield table, kind in a record and item of everything that concerns Ann."""
    told: list[tuple[str, str, dict[str, Any]]] = [
        ("OwnersTable", "owners", owner_values(OWNER)),
        ("VehiclesTable", "vehicles", vehicle_values(CAR)),
        ("CasesTable", "cases", case_values(COMPLAINT)),
        ("CasesTable", "cases", case_values(DOUBT)),
        ("WorkshopTable", "bookings", standing_values(BOOKED)),
        ("OwnersTable", "aliases", {"pk": f"alias#{ALIAS}", "sk": "alias", "person_id": ANN}),
        ("VaultTable", "owner_keys", {"pk": f"alias#{ALIAS}", "sk": "plain", "owner_key": "dealer-7"}),
    ]
    told += [("ContactsTable", "contacts", contact_values(one)) for one in (OPEN, IN_GATE, OF_THIS_VISIT)]
    return ((table, kind, written(values)) for table, kind, values in told)


@pytest.fixture(scope="module")
def ann(held_stack: Stack) -> Iterator[Record]:
    """Put Ann among strangers into the tables, and give what is known of Ann alone."""
    dynamodb, items, put = boto3.client("dynamodb"), {"tiers": [], "facts": []}, []
    for table, kind, item in the_items():
        items.setdefault(kind, []).append(item)
        put.append((table, item))
    stranger, car, contact = STRANGERS
    put.append(("ContactsTable", written(gate_values(GATE))))
    put.append(("OwnersTable", written(owner_values(stranger))))
    put.append(("VehiclesTable", written(vehicle_values(car))))
    put.append(("ContactsTable", written(contact_values(contact))))
    for table, item in put:
        dynamodb.put_item(TableName=held_stack.names[table], Item=item)
    yield Record(at=NOW, items=items)
    for table, item in put:
        dynamodb.delete_item(TableName=held_stack.names[table], Key={"pk": item["pk"], "sk": item["sk"]})


@pytest.fixture
def now_site(site: Site) -> Site:
    return replace(site, now=NOW)


@pytest.mark.parametrize("language", ["zh", "en"])
def test_an_owner_is_explained_from_their_own_items_as_from_the_whole_stack(
    ann: Record, now_site: Site, language: Any
) -> None:
    told = explain(record_around(now_site, "dealer-7"), "dealer-7", language=language)

    assert told == explain(ann, "dealer-7", language=language)
    assert len(told.data["contacts"]) == 3


@pytest.mark.parametrize("name", [ANN, CAR.vehicle_id, OPEN.contact_id, OF_THIS_VISIT.contact_id])
def test_whoever_is_named_by_a_surrogate_stays_one(ann: Record, now_site: Site, name: str) -> None:
    told = explain(record_around(now_site, name), name, language="en").data

    assert told["person_id"] == told["owner_key"] == ANN
    assert len(told["contacts"]) == (1 if name.startswith("c_") else 3)


def test_nobody_is_explained_by_a_name_that_leads_nowhere(now_site: Site) -> None:
    for name in ("dealer-8", "p_" + "9" * 24, "c_" + "9" * 24):
        with pytest.raises(NobodyError):
            record_around(now_site, name)


def test_an_overview_counts_what_waits_and_names_the_alarms_that_ring(site: Site) -> None:
    watch = boto3.client("cloudwatch")
    for name, state in (("GivenUp", "ALARM"), ("CapGuardAlarm", "ALARM"), ("QuarantineGrowthAlarm", "OK")):
        watch.put_metric_alarm(
            AlarmName=f"here-{name}",
            Namespace="OwnerLoop",
            MetricName="ContactsMoved",
            ComparisonOperator="GreaterThanThreshold",
            EvaluationPeriods=1,
            Period=60,
            Statistic="Sum",
            Threshold=0,
        )
        watch.set_alarm_state(AlarmName=f"here-{name}", StateValue=state, StateReason="test")
    boto3.client("sqs").send_message(QueueUrl=site.ids["InteractionQueue"], MessageBody="{}")
    ours = {name: f"here-{name}" for name in ("CapGuardAlarm", "QuarantineGrowthAlarm")}

    stands = overview_of(replace(site, ids={**site.ids, **ours}))

    assert stands.ringing == ("CapGuardAlarm",)
    assert stands.queues["InteractionQueue"] == 1
    assert stands.queues["VehicleDataQueue"] == 0
    assert set(stands.items) == {name for name in site.ids if name.endswith("Table")}
