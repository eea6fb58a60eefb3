"""Records of a stack as `explain` reads them."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

from infra.explain.record import Item, Record
from ownerloop.adapters.dynamodb.contact_items import contact_values
from ownerloop.adapters.dynamodb.items import written
from ownerloop.adapters.dynamodb.owners import owner_values
from ownerloop.adapters.dynamodb.vehicle_items import vehicle_values
from ownerloop.domain.contact import Contact, ContactState
from ownerloop.domain.facts import Fact, FactKind
from ownerloop.domain.owner import Owner
from ownerloop.domain.vehicle import Vehicle
from tests.builders import a_forecast, an_item_forecast
from tests.contact_builders import ANN, HOUR, NOW, a_car, a_contact, an_owner

_ALIAS = "o_" + "1" * 24


def a_record(
    *,
    owner: Owner | None = None,
    cars: Sequence[Vehicle] | None = None,
    contacts: Sequence[Contact] = (),
    more: Mapping[str, Sequence[dict[str, Any]]] | None = None,
) -> Record:
    items: dict[str, list[Item]] = {
        "owners": [written(owner_values(owner or an_owner(version=1)))],
        "aliases": [written({"pk": f"alias#{_ALIAS}", "sk": "alias", "person_id": ANN})],
        "owner_keys": [written({"pk": f"alias#{_ALIAS}", "sk": "plain", "owner_key": "dealer-7"})],
        "vehicles": [written(vehicle_values(car)) for car in ([a_car(1, version=1)] if cars is None else cars)],
        "contacts": [written(contact_values(contact)) for contact in contacts],
    }
    items |= {name: [written(values) for values in rows] for name, rows in (more or {}).items()}
    return Record(at=NOW, items=items)


def a_fact(*, kind: FactKind, amount_fen: int | None = None) -> Fact:
    names: dict[str, Any] = {"event_key": "e1", "person_id": ANN, "reference": "sale-1"}
    return Fact(kind=kind, occurred_at=NOW, received_at=NOW, on=NOW.date(), amount_fen=amount_fen, **names)


def a_sent_contact() -> Contact:
    contact = a_contact(1)
    steps = (
        (ContactState.RESERVED, "reserved"),
        (ContactState.SENDING, "sending"),
        (ContactState.TASK_CREATED, "task_created"),
        (ContactState.STAFF_CONFIRMED, "staff_confirmed"),
        (ContactState.ACCEPTED, "accepted"),
    )
    for hours, (state, reason) in enumerate(steps):
        contact = contact.moved(state, reason=reason, at=NOW + hours * HOUR)
    return contact


def a_reporting_car() -> Vehicle:
    tyres = an_item_forecast(item="tyres", basis="condition", severity="now", due_p50=NOW.date())
    oil = an_item_forecast(due_p50=NOW.date() + timedelta(days=9), remaining_m=300_000, basis="both")
    reasons = ("own_remaining", "condition:tyre_pressure_fl_kpa:now", "stale:dtc:P0420", "prior:fleet")
    forecast = replace(a_forecast(items=[tyres, oil], as_of=NOW.date(), reading_age_days=4), reasons=reasons)
    return replace(a_car(1, version=1), forecast=forecast)
