"""What a delivery of vehicle data becomes: telemetry on its queue, once, and a refusal for each record that is none."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from ownerloop.domain.errors import OwnerLoopError, UnknownVehicleError
from ownerloop.domain.ids import digest
from ownerloop.domain.webhook import Claim, Delivery, DeliveryRefusedError
from ownerloop.partner_ports import EventQueue
from ownerloop.ports import Quarantine, Refusal
from ownerloop.webhook_ports import Deliveries, VehicleNames, VehicleRecord


@dataclass(frozen=True, slots=True)
class WebhookWorld:
    """What taking a delivery needs."""

    deliveries: Deliveries
    names: VehicleNames
    queue: EventQueue
    quarantine: Quarantine


@dataclass(frozen=True, slots=True)
class Taken:
    """How many events were queued, and how many records were refused by reason; a repeat changes nothing."""

    queued: int = 0
    refused: Counter[str] = field(default_factory=Counter)
    is_repeat: bool = False


def take_delivery(delivery: Delivery, records: Sequence[VehicleRecord], *, world: WebhookWorld, now: datetime) -> Taken:
    """Queue what the records say and return what became of them, or raise DeliveryRefusedError.

    The delivery is marked done after its events are queued: an attempt that broke in between is taken again, and its
    events have the ids that they had.
    """
    if not delivery.is_timely(now):
        if world.deliveries.is_done(delivery):
            return Taken(is_repeat=True)
        raise DeliveryRefusedError(reason="stale_delivery", field="sent_at", rule="lies within five minutes of now")
    match world.deliveries.claim(delivery, now=now):
        case Claim.DONE:
            return Taken(is_repeat=True)
        case Claim.OTHER:
            raise DeliveryRefusedError(reason="delivery_id_reused", field="id", rule="stands for one content only")
        case Claim.OPEN:
            taken = _queue(delivery, records, world=world, now=now)
            world.deliveries.finish(delivery, now=now)
            return taken


def _queue(delivery: Delivery, records: Sequence[VehicleRecord], *, world: WebhookWorld, now: datetime) -> Taken:
    names = sorted({record.name for record in records if record.vin is None and record.name})
    vins = world.names.vins_named(names, source=delivery.source) if names else {}
    events: list[bytes] = []
    refusals: list[Refusal] = []
    for place, record in enumerate(records):
        try:
            events.append(_event(record, vins))
        except OwnerLoopError as error:
            refusals.append(_refusal(delivery, place, error, now=now))
    if refusals:
        world.quarantine.put(refusals, now=now)
    if events:
        world.queue.send(events, received_at=now)
    return Taken(queued=len(events), refused=Counter(refusal.reason for refusal in refusals))


def _event(record: VehicleRecord, vins: dict[str, str]) -> bytes:
    if record.refusal:
        raise record.refusal
    vin = record.vin or vins.get(record.name or "")
    if vin is None:
        raise UnknownVehicleError("names no car that was linked")
    return record.as_event(vin)


def _refusal(delivery: Delivery, place: int, error: OwnerLoopError, *, now: datetime) -> Refusal:
    return Refusal(
        event_key=digest(delivery.key, str(place))[:32],
        event_type=f"webhook.{delivery.source}",
        reason=error.reason,
        field=f"record {place}",
        rule=str(error),
        payload_hash=delivery.digest,
        received_at=now,
    )
