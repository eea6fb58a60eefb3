"""The events of a story as the product's functions get them."""

from datetime import datetime, timedelta
from functools import lru_cache

import msgspec

from infra.simulation.stage import STARTS_AT
from infra.simulation.tables import Tables
from infra.simulation.told import Key, Told
from ownerloop.contracts import vocabulary as words
from ownerloop.domain.arrival import Arrival
from ownerloop.domain.consent import DataClass
from ownerloop.domain.contact import Contact, ContactClass, ContactState, Step
from ownerloop.domain.enrolment import (
    ConsentGranted,
    ConsentWithdrawn,
    EnrolmentEvent,
    OwnerRegistered,
    VehicleHandedOver,
    VehicleLinked,
)
from ownerloop.domain.facts import FactKind
from ownerloop.domain.identity_events import MergeAsked, SplitAsked
from ownerloop.domain.ids import digest, event_key
from ownerloop.domain.interactions import (
    ComplaintClosed,
    ComplaintOpened,
    Interaction,
    InteractionArrival,
    PointsRedeemed,
    Purchase,
    RedemptionReturned,
    Refund,
    Touch,
    Unsubscribed,
)

SOURCE = "urn:example:simulation"
STORE = "sh-pudong"
KNOWN_SINCE = STARTS_AT - timedelta(days=100)
ENROLMENT = frozenset({"registered", "linked", "granted", "withdrawn", "merged", "split", "handed_over"})


def instant(ms: int) -> datetime:
    """Return the instant so many milliseconds after the run's start."""
    return STARTS_AT + timedelta(0, 0, ms * 1_000)


@lru_cache(maxsize=8_192)  # each event is delivered some times
def key_of(name: str) -> str:
    """Return the identity that the product gives to the event of this name."""
    return event_key(SOURCE, name)


def telemetry(told: Told) -> bytes:
    """Return the reading as its queue carries it."""
    event = {
        "specversion": "1.0",
        "id": told.name,
        "source": SOURCE,
        "type": words.TELEMETRY,
        "subject": told.said["car"],
        "time": instant(told.said["read_ms"]).isoformat().replace("+00:00", "Z"),
        "data": {"signals": {words.ODOMETER: {"value": told.said["metres"], "unit": "m"}}},
    }
    return msgspec.json.encode(event)


def enrolment(told: Told, key: Key, *, sent_ms: int, tables: Tables) -> Arrival:
    """Return the enrolment event as its function reads it."""
    return Arrival(
        event_key=key_of(told.name),
        event_type=f"ownerloop.simulated.{told.kind}.v1",
        occurred_at=instant(told.at_ms),
        received_at=instant(sent_ms),
        payload_hash=told.name,
        event=_enrolment(told, key, tables),
    )


def _enrolment(told: Told, key: Key, tables: Tables) -> EnrolmentEvent:
    said, classes = told.said, frozenset({DataClass.ODOMETER})
    match told.kind:
        case "registered":
            return OwnerRegistered(
                owner_key=key.name,
                at=KNOWN_SINCE,
                store_id=STORE,
                zone=key.zone,
                language="zh",
                daily_max=key.daily_max,
                wecom_external_userid=key.address,
                staff_userid=key.staff,
            )
        case "linked":
            return VehicleLinked(said["car"], key.name, KNOWN_SINCE, KNOWN_SINCE, "petrol", STORE, None, remind=False)
        case "granted":
            until = STARTS_AT + timedelta(days=300)
            return ConsentGranted(said["car"], key.name, said["purpose"], classes, KNOWN_SINCE, until, "form", "1")
        case "withdrawn":
            return ConsentWithdrawn(said["car"], key.name, said["purpose"], frozenset(), instant(told.at_ms))
        case "handed_over":
            return VehicleHandedOver(said["car"], said["to"], instant(told.at_ms), STORE)
        case "merged":
            return MergeAsked(tables.person_of(key.name), tables.person_of(said["other"]), "asked")
        case _:
            return SplitAsked(tables.person_of(key.name), tables.person_of(said["other"]), "asked")


def interaction(told: Told, key: Key, *, sent_ms: int) -> InteractionArrival:
    """Return the interaction as its function reads it."""
    return InteractionArrival(
        event_key=key_of(told.name),
        event_type=f"ownerloop.interaction.{told.kind}.v1",
        subject=key.name,
        is_wecom_address=False,
        occurred_at=instant(told.at_ms - told.said.get("ago_ms", 0)),
        received_at=instant(sent_ms),
        payload_hash=told.name,
        interaction=_interaction(told),
        source=SOURCE,
    )


def _interaction(told: Told) -> Interaction:
    said = told.said
    match told.kind:
        case "purchase":
            return Purchase(said["order"], said["fen"], said["category"])
        case "refund":
            return Refund(said["order"], said["refund"], said["fen"])
        case "redeemed":
            return PointsRedeemed(said["redemption"], said["item"], 1, said["points"])
        case "returned":
            return RedemptionReturned(said["redemption"])
        case "complaint_opened" | "complaint_closed":
            about = ComplaintOpened if told.kind == "complaint_opened" else ComplaintClosed
            return about(said["case"], "waiting_time")
        case _:
            return Unsubscribed("wecom", said["topic"]) if "topic" in said else Touch(FactKind.CHECK_IN)


def contact(told: Told, key: Key, *, tables: Tables) -> Contact:
    """Return the contact that a planner asks for."""
    said, at = told.said, instant(told.at_ms)
    return Contact(
        contact_id=contact_name(told),
        person_id=tables.person_of(key.name),
        vehicle_id=tables.car_of(said["car"]),
        store_id=STORE,
        staff_userid=key.staff,
        contact_class=ContactClass(said["cls"]),
        topic=said["topic"],
        item="",
        due_cycle="",
        stage=1,
        priority=said["priority"],
        requested_at=at,
        valid_until=instant(told.at_ms + said["valid_ms"]),
        policy_version="simulated",
        trigger=told.name,
        text=said["text"],
        state=ContactState.REQUESTED,
        trail=(Step(ContactState.REQUESTED, "requested", at),),
        next_look_at=at + timedelta(minutes=5),
    )


def contact_name(told: Told) -> str:
    """Return the id of the contact that the event asks for."""
    return "c_" + digest("simulation", told.name)[:24]
