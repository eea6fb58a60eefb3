"""What befalls each function in the matrix, most of it by the samples in `events/`; a new function needs one here."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from ownerloop.adapters.dynamodb.cases import DynamoCases
from ownerloop.adapters.dynamodb.lead_evidence import DynamoLeadEvidence
from ownerloop.adapters.dynamodb.points import DynamoLedger
from ownerloop.adapters.dynamodb.vault import DynamoVault
from ownerloop.adapters.dynamodb.vehicles import DynamoVehicles
from ownerloop.adapters.history import pack_rows
from ownerloop.adapters.memory import CountedSurrogates
from ownerloop.domain.ids import SHARD_COUNT, shard
from ownerloop.domain.points import Account
from tests.builders import START, a_consent, a_grant, a_vehicle, readings
from tests.complaint_builders import EVE, HOUR, a_complaint
from tests.crash.matrix import Scenario
from tests.crash.world import By, World
from tests.functions import test_partner_api as partners
from tests.functions.stack import sqs_event
from tests.functions.test_receive_webhooks import VEHICLE_NAME
from tests.functions.test_settle_tiers import a_regular
from tests.functions.test_write_lake import a_refusal
from tests.lead_builders import a_sending, an_answer
from tests.messages import VIN
from tests.partners.builders import a_request, a_token, an_authorization
from tests.partners.sealing import a_body, a_message, seal, sign
from tests.points_builders import a_lot, postings_of
from tests.webhooks.builders import a_state, delivered

EVENTS = Path(__file__).parents[2] / "events"
NIGHT = datetime(2026, 3, 1, 18, 30, tzinfo=UTC)
EVENING = datetime(2026, 3, 2, 10, 45, tzinfo=UTC)
FIRST_OF_JUNE = datetime(2026, 6, 1, 18, 30, tzinfo=UTC)
NEXT_DAY = datetime(2026, 3, 3, 2, 0, 30, tzinfo=UTC)
DAY = timedelta(days=1)
# A complaint that comes again when its end was heard is neither answered nor called back.
CLOSED_MEANWHILE = ('"reply_id"', '"callback_due_at"')
OWN_QUEUES = {  # where a function puts what it wants to see again
    "enrol_owners": "EnrolmentQueue",
    "ingest_vehicle_data": "VehicleDataQueue",
    "process_interactions": "InteractionQueue",
}
Prepare = Callable[[World], None]


def sample(name: str) -> Any:
    """Return a trigger of `events/`."""
    return json.loads((EVENTS / f"{name}.json").read_text(encoding="utf-8"))


def delivering(folder: str, event: Any, *, by: By, times: int = 1) -> Callable[[World], None]:
    """Return the play in which an event is delivered so many times."""

    def play(world: World) -> None:
        for _ in range(times):
            world.deliver(folder, event, by=by)
        if folder in OWN_QUEUES:
            world.drain(OWN_QUEUES[folder], folder)

    return play


def of_queue(name: str, prepare: Prepare, event: Any = None) -> Scenario:
    """Return the scenario of a batch off a queue: the sample of the name unless one is given."""
    folder = name.partition(".")[0]
    batch = sample(name) if event is None else event
    return Scenario(name, (folder,), prepare, delivering(folder, batch, by=By.QUEUE))


def of_schedule(name: str, prepare: Prepare, *, times: int = 1) -> Scenario:
    """Return the scenario of a schedule's turns."""
    folder = name.partition(".")[0]
    return Scenario(name, (folder,), prepare, delivering(folder, sample(name), by=By.START, times=times))


def of_caller(name: str, prepare: Prepare, event: Any) -> Scenario:
    """Return the scenario of a request whose caller asks again until it is answered."""
    folder = name.partition(".")[0]
    return Scenario(name, (folder,), prepare, delivering(folder, event, by=By.CALLER))


def at(instant: datetime, *, first: Prepare | None = None) -> Prepare:
    """Return what sets the clock, after something else was put there."""

    def prepare(world: World) -> None:
        world.at = instant
        if first:
            first(world)

    return prepare


def enrolled(world: World) -> None:
    """Enrol the owner and the car of the samples."""
    world.deliver("enrol_owners", sample("enrol_owners.array"), by=By.QUEUE)


def a_regular_owner(world: World) -> None:
    """Enrol an owner who bought something twice."""
    a_regular(world.stack)


def parked(world: World) -> None:
    """Put cars with two months of readings there."""
    drive = readings(days=range(0, 60, 5), km_per_day=40)
    always = a_consent(grants=[a_grant(expires_at=datetime(2199, 1, 1, tzinfo=UTC))])
    cars = [a_vehicle(vehicle_id=f"v_{place}", evidence=drive, consent=always) for place in range(3)]
    assert DynamoVehicles(world.stack.names["VehiclesTable"]).save(cars) == set()
    world.at = START + 60 * DAY


def complained(world: World) -> None:
    """Open a complaint whose clocks run."""
    DynamoCases(world.stack.names["CasesTable"]).open([a_complaint()])


def answered(world: World) -> None:
    """Put messages and the bookings that answered them there."""
    evidence = DynamoLeadEvidence(world.stack.names["WorkshopTable"])
    today = date(2026, 3, 2)
    due = dict.fromkeys(("due_p10", "due_p50", "due_p90"), today - 19 * DAY)
    evidence.sent([a_sending(n, sent_on=today - 40 * DAY, **due) for n in range(20)])
    evidence.answered([an_answer(n, booked_on=today - 38 * DAY, visit_on=today - 30 * DAY) for n in range(20)])


def given(world: World) -> None:
    """Give two owners of one shard points that lapse on 1 June."""
    for posting in postings_of(Account("p_1"), a_lot(points=100, expires_on=date(2026, 6, 1))):
        assert DynamoLedger(world.stack.names["PointsTable"]).post(posting)


def shared(world: World) -> None:
    """Put a partner there, and an owner who shares a car with it."""
    partners.fill(world.stack)


def named(world: World) -> None:
    """Link the car of a webhook by its name."""
    vault = DynamoVault(world.stack.names["VaultTable"], world.stack.names["VaultSecret"], CountedSurrogates())
    vault.name_vehicle(vault.enrol_vehicles([VIN])[VIN], source="smartcar", name=VEHICLE_NAME, named_at=NIGHT)


def watched_to_the_end(world: World) -> None:
    """Let the clocks of a complaint run out, with a second turn after each."""
    for hours in (1, 24, *range(48, 241, 48), 242):
        world.at = EVE + hours * HOUR
        for _ in range(2):
            world.deliver("watch_complaints", sample("watch_complaints.schedule"), by=By.START)


def settled_by_shards(world: World) -> None:
    """Settle two shards and publish, as the state machine would."""
    work = {"store_id": "sh-pudong", "as_of": "2026-03-02"}
    for place in range(SHARD_COUNT):
        world.deliver("settle_tier_shard", {"step": "settle", **work, "place": place}, by=By.CALLER)
    world.deliver("settle_tier_shard", sample("settle_tier_shard.publish"), by=By.CALLER)


def _job(job: str, **what: Any) -> dict[str, Any]:
    return sqs_event(json.dumps({"job": job, "at": NIGHT.isoformat(), **what}))


_SEALED = seal(a_message())
_CALLBACK = a_request("POST", "/wecom/callback", partner_id=None, query=sign(_SEALED), body=a_body(_SEALED))
_TOLD = a_request("POST", "/v1/events", body={"events": [partners.a_purchase()]})
_REFUSALS = sqs_event(*pack_rows("refusals", [a_refusal("aa"), a_refusal("bb")]))
_NIGHTS = ("settle_tiers", "settle_benefits", "settle_lead_times", "expire_points")

SCENARIOS = (
    of_queue("enrol_owners.array", at(EVENING)),
    of_queue("enrol_owners.packed", at(EVENING)),
    of_queue("enrol_owners.broken", at(EVENING)),
    *(
        of_queue(f"ingest_vehicle_data.{case}", at(EVENING, first=enrolled))
        for case in ("array", "broken", "condition", "packed", "single")
    ),
    *(
        replace(of_queue(f"process_interactions.{case}", at(NEXT_DAY, first=enrolled)), may_lack=CLOSED_MEANWHILE)
        for case in ("array", "broken", "kinds", "packed")
    ),
    *(
        Scenario(f"write_lake.{case}", ("write_lake",), at(NEXT_DAY), delivering("write_lake", event, by=By.STREAM))
        for case in ("benefits_stream", "contacts_stream", "points_stream", "vehicles_stream")
        if (event := sample(f"write_lake.{case}"))
    ),
    of_queue("write_lake.history", at(NEXT_DAY), _REFUSALS),
    *(of_schedule(f"{folder}.schedule", at(NIGHT)) for folder in _NIGHTS),
    of_queue("settle_tiers.sqs", at(NIGHT, first=a_regular_owner), _job("settle_tiers", store_id="sh-pudong")),
    of_queue("settle_benefits.sqs", at(NIGHT, first=a_regular_owner), _job("settle_benefits", store_id="sh-pudong")),
    of_queue("settle_lead_times.sqs", at(NIGHT, first=answered), _job("settle_lead_times", store_id="sh-pudong")),
    of_queue("expire_points.sqs", at(FIRST_OF_JUNE, first=given), _job("expire_points", shard=shard("p_1"))),
    of_schedule("settle_priors.schedule", parked),
    Scenario("watch_complaints.schedule", ("watch_complaints",), at(EVE, first=complained), watched_to_the_end),
    Scenario("settle_tier_shard.steps", ("settle_tier_shard",), at(NIGHT, first=a_regular_owner), settled_by_shards),
    of_caller("authorize_partner.token", at(START, first=shared), an_authorization(a_token())),
    of_caller("partner_api.events", at(START, first=shared), _TOLD),
    of_caller("partner_api.owner", at(START, first=shared), a_request(path=partners.OWNER)),
    of_caller("partner_api.maintenance", at(START, first=shared), a_request(path=partners.MAINTENANCE)),
    of_caller("receive_wecom.friend_deleted", at(EVENING), _CALLBACK),
    of_caller("receive_webhooks.state", at(EVENING, first=named), sample("receive_webhooks.state")),
    of_caller("receive_webhooks.named", at(EVENING, first=named), delivered(a_state(sent_at=EVENING, vin=None))),
)
