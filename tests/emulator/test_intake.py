"""The intake on a real engine: batches that meet in one car lose no reading, and every message finds its way."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import boto3
import pytest

from ownerloop.adapters.bus import EventBridge
from ownerloop.adapters.dynamodb.cases import DynamoCases
from ownerloop.adapters.dynamodb.lead_times import DynamoLeadTimes
from ownerloop.adapters.dynamodb.presence import DynamoPresenceBook
from ownerloop.adapters.dynamodb.priors import DynamoPriorsBook
from ownerloop.adapters.dynamodb.quarantine import DynamoQuarantine
from ownerloop.adapters.dynamodb.vault import DynamoVault
from ownerloop.adapters.dynamodb.vehicles import DynamoVehicles
from ownerloop.adapters.history import QueuedHistory, unpack_rows
from ownerloop.adapters.intake_rules import intake_rules
from ownerloop.adapters.memory import CountedSurrogates
from ownerloop.adapters.requeue import QueuedAgain
from ownerloop.contracts.announcements import lead_time_updated
from ownerloop.contracts.intake import TelemetryV1
from ownerloop.contracts.resync import resync_requested
from ownerloop.domain import evidence
from ownerloop.domain.vehicle import Reading
from ownerloop.usecases.ingest_vehicle_data import ingest
from ownerloop.usecases.intake_world import IngestReport, IntakeWorld
from tests.builders import START, a_consent, a_vehicle
from tests.messages import VIN, a_telemetry, metres
from tests.tables import Tables
from tests.usecases.intake_streets import raws

pytestmark = pytest.mark.emulator
BATCHES = 24


@pytest.fixture
def world(tables: Tables) -> IntakeWorld:
    bus, queues = f"decisions-{tables.vault}", (f"history-{tables.vault}", f"again-{tables.vault}")
    urls = [boto3.client("sqs").create_queue(QueueName=name)["QueueUrl"] for name in queues]
    boto3.client("events").create_event_bus(Name=bus)
    return IntakeWorld(
        vault=DynamoVault(tables.vault, tables.vault_secret, CountedSurrogates()),
        vehicles=DynamoVehicles(tables.vehicles),
        priors=DynamoPriorsBook(tables.vehicles),
        leads=DynamoLeadTimes(tables.workshop),
        presence=DynamoPresenceBook(tables.vehicles),
        history=QueuedHistory(urls[0]),
        quarantine=DynamoQuarantine(tables.quarantine),
        bus=EventBridge(bus),
        requeue=QueuedAgain(urls[1]),
        contract=TelemetryV1(),
        announcement=lead_time_updated,
        cases=DynamoCases(tables.cases),
        resync=resync_requested,
    )


def test_batches_that_meet_in_one_car_lose_no_reading(world: IntakeWorld) -> None:
    vault = world.vault
    vehicle_id = vault.enrol_vehicles([VIN])[VIN]
    assert world.vehicles.save([a_vehicle(vehicle_id=vehicle_id, version=1, consent=a_consent())]) == set()

    def a_reading_of(number: int) -> Reading:
        return Reading(START - timedelta(hours=6 * (number % 24)), 10_000_000 - number * 1_000)

    def one_batch(number: int) -> IngestReport:
        reading = a_reading_of(number)
        event = a_telemetry(event_id=str(number), at=reading.read_at, signals=metres(reading.odometer_m))
        report = IngestReport()
        waiting = raws([event], message_id=f"message-{number}")
        for _ in range(10):
            report = ingest(waiting, world=world, rules=intake_rules(START.date()), now=START)
            if not report.faulted:
                return report
            waiting = report.faulted
        return report

    with ThreadPoolExecutor(BATCHES) as pool:
        reports = list(pool.map(one_batch, range(BATCHES)))

    assert [report.accepted for report in reports] == [1] * BATCHES
    assert [report.faults for report in reports] == [[]] * BATCHES
    car = world.vehicles.load([vehicle_id])[vehicle_id]
    assert car.evidence == evidence.merge((), map(a_reading_of, range(BATCHES)))
    assert car.version == 1 + sum(report.cars_written for report in reports)
    assert car.forecast is not None


def test_refusals_and_requeued_events_find_their_way(world: IntakeWorld, tables: Tables) -> None:
    report = ingest(raws([b"no json"]), world=world, rules=intake_rules(START.date()), now=START)
    world.requeue.send([b'{"a":1}'], received_at=START)

    assert report.refused == {"not_json": 1}
    queue = boto3.client("sqs")
    url = queue.get_queue_url(QueueName=f"history-{tables.vault}")["QueueUrl"]
    datasets: set[str] = set()
    while messages := queue.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages"):
        datasets |= {unpack_rows(message["Body"])[0] for message in messages}
    assert "refusals" in datasets
