"""How a car is written: the item `vehicle#<vehicle_id>` / `state`, at most 2 KB.

Plain attributes are those that a condition, an index or a filter needs: `version`, `state_epoch`, `consent_epoch`,
`vehicle_id`, `reminder_key` (`<store>#<day>#<shard>`, only while there is a reminder day; its day is the one on which
planning looks at the car), `nonce`; and `cause`, the identity of the event that last brought news, in 16 bytes. The
rest is packed, `evidence` with 8 bytes a reading (`domain.evidence`), the others as deflated JSON, `body` by the words
it is full of:

- `consent`: `[persons, owners, grants, withdrawals, heard]`; `persons` is a list of ids and the facts name its places:
  owner `[since, person]`, grant `[from, until, person, purpose, classes]`, withdrawal `[at, person, purpose, classes]`;
  `heard` is a list of places, left out where it is empty.
- `body`: an object with `m` model, `s` store, `l` linked at, `i` in service on, `r` remind, `o` reminder day,
  `d` services, `f` forecast, `a` reminded, `c` cluster flag, `n` denied, `k` replacements, `b` bookings `[day,
  key]`, `t` own technician, `u` what others were told (`forecast_items`, as is `f`), only where it is not what the
  car holds. Instants are microseconds, days `2026-02-28`.
  Behind the deflated object stand the observations as `domain.observations` packs them: chance does not deflate.
"""

import base64
from collections.abc import Mapping
from datetime import date
from typing import Any

from ownerloop.adapters.dynamodb.forecast_items import forecast_list, forecast_of, told_list, told_of
from ownerloop.adapters.dynamodb.items import (
    day_or_none,
    instant,
    instant_or_none,
    iso,
    micros,
    packed,
    packed_with,
    read,
    unpacked,
    unpacked_with_rest,
)
from ownerloop.domain import observations
from ownerloop.domain.car_bookings import CarBooking
from ownerloop.domain.changing import maker_of
from ownerloop.domain.consent import ConsentHead, Grant, Ownership, Withdrawal
from ownerloop.domain.evidence import pack, unpack
from ownerloop.domain.ids import shard
from ownerloop.domain.vehicle import (
    ClusterFlag,
    Denied,
    Reading,
    Reminded,
    Replacement,
    ServiceDone,
    Vehicle,
)

STATE = "state"
_vehicle, _service = maker_of(Vehicle), maker_of(ServiceDone)
_head, _owner, _grant = maker_of(ConsentHead), maker_of(Ownership), maker_of(Grant)
# What bodies are full of, deflated against it: a fifth of their bytes. Items hold it for ever, so it never changes;
# other words would need a place of their own beside these.
_WORDS = (
    b'"b":[[""]],"t":"staff-"],"k":["condition:tyre_pressure__kpa:soon","condition:pad_wear__percent:advise",'
    b'"condition:dtc:P0","own_remaining","prior:model_store","quantiles:fleet","no_history:oil","dropped:1",,'
    b'"traction_battery_check","low_voltage_battery","engine_check","brake_check","brake_pads","tyres",'
    b'"transmission_fluid","cabin_filter","coolant","spark_plugs","brake_fluid","inspection","oil","start#10000000",,'
    b'"condition#202","distance"],["both","time","condition","soon"]],"forecast-2","plans-1",{"m":"electric-compact",'
    b'"petrol-suv","petrol-sedan","s":"","l":17,"i":"202","o":"2026-","d":[["oil","202","f":["2026-0'
)


def vehicle_values(vehicle: Vehicle) -> dict[str, Any]:
    """Return the plain values of the car's item, key and packed parts included."""
    return {**state_values(vehicle), "consent": packed(_consent_list(vehicle.consent))}


def state_values(vehicle: Vehicle) -> dict[str, Any]:
    """Return the plain values of the car's item without its consent, which only enrolment writes."""
    return {
        "pk": vehicle_pk(vehicle.vehicle_id),
        "sk": STATE,
        "vehicle_id": vehicle.vehicle_id,
        "version": vehicle.version,
        "state_epoch": vehicle.state_epoch,
        "consent_epoch": vehicle.consent_epoch,
        "evidence": pack(vehicle.evidence),
        "body": packed_with(_WORDS, _body(vehicle)) + observations.pack(vehicle.observations),
        "reminder_key": _reminder_key(vehicle),
        "cause": bytes.fromhex(vehicle.cause),
    }


def vehicle_of(item: Mapping[str, Mapping[str, Any]]) -> Vehicle:
    """Return the car behind an item or a stream image."""
    return vehicle_from(read(item))


def vehicle_from(values: Mapping[str, Any]) -> Vehicle:
    """Return the car of an item's plain values."""
    body, observed = unpacked_with_rest(values["body"], words=_WORDS)
    flag = body.get("c")
    forecast = forecast_of(body["f"]) if "f" in body else None
    return _vehicle(
        vehicle_id=values["vehicle_id"],
        version=values["version"],
        state_epoch=values["state_epoch"],
        consent_epoch=values["consent_epoch"],
        consent=_consent_of(unpacked(values["consent"])),
        model=body.get("m"),
        store_id=body.get("s"),
        linked_at=instant_or_none(body.get("l")),
        in_service_on=day_or_none(body.get("i")),
        remind=body.get("r", 1) == 1,
        evidence=unpack(values["evidence"]),
        observations=observations.unpack(observed) if observed else (),
        services=tuple([_service(item, date.fromisoformat(on), metres) for item, on, metres in body.get("d", ())]),
        forecast=forecast,
        reminded=tuple(Reminded(*parts) for parts in body.get("a", ())),
        cluster_flag=ClusterFlag(instant(flag[0]), _readings_of(flag[1])) if flag else None,
        remind_on=day_or_none(body.get("o")),
        denied=tuple(Denied(instant(since), *_readings_of(newest)) for since, newest in body.get("n", ())),
        replacements=tuple(Replacement(*_readings_of(pair)) for pair in body.get("k", ())),
        booked=tuple(CarBooking(date.fromisoformat(on), booking_key) for on, booking_key in body.get("b", ())),
        own_technician=body.get("t"),
        cause=values.get("cause", b"").hex(),
        told=told_of(forecast.items if forecast else (), *body["u"]) if "u" in body else None,
        look_on=_day_of(values.get("reminder_key")),
    )


def vehicle_pk(vehicle_id: str) -> str:
    """Return the partition key of a car."""
    return f"vehicle#{vehicle_id}"


def reminder_key(store_id: str, day: date, place: int) -> str:
    """Return the index key of a store's reminder day and shard."""
    return f"{store_id}#{day.isoformat()}#{place}"


def _reminder_key(vehicle: Vehicle) -> str | None:
    if vehicle.found_on is None or vehicle.store_id is None:
        return None
    return reminder_key(vehicle.store_id, vehicle.found_on, shard(vehicle.vehicle_id))


def _day_of(key: str | None) -> date | None:
    return None if key is None else date.fromisoformat(key.rsplit("#", 2)[1])


def _body(vehicle: Vehicle) -> dict[str, Any]:
    flag = vehicle.cluster_flag
    parts: dict[str, Any] = {
        "m": vehicle.model,
        "s": vehicle.store_id,
        "l": micros(vehicle.linked_at),
        "i": iso(vehicle.in_service_on),
        "r": None if vehicle.remind else 0,
        "o": iso(vehicle.remind_on),
        "d": [[done.item, done.on.isoformat(), done.odometer_m] for done in vehicle.services] or None,
        "f": forecast_list(vehicle.forecast) if vehicle.forecast else None,
        "a": [[asked.item, asked.due_cycle, asked.stage] for asked in vehicle.reminded] or None,
        "c": [micros(flag.since), _text_of(*flag.readings)] if flag else None,
        "n": [[micros(one.since), _text_of(one.newest)] for one in vehicle.denied] or None,
        "k": [_text_of(one.began, one.ended) for one in vehicle.replacements] or None,
        "b": [[one.on.isoformat(), one.booking_key] for one in vehicle.booked] or None,
        "t": vehicle.own_technician,
        "u": told_list(vehicle.told, vehicle.forecast.items if vehicle.forecast else ()) if vehicle.told else None,
    }
    return {name: part for name, part in parts.items() if part is not None}


def _text_of(*readings: Reading) -> str:
    return base64.b64encode(pack(readings)).decode()


def _readings_of(text: str) -> tuple[Reading, ...]:
    return tuple(unpack(base64.b64decode(text)))


def _consent_list(head: ConsentHead) -> list[Any]:
    facts: tuple[Ownership | Grant | Withdrawal, ...] = (*head.owners, *head.grants, *head.withdrawals)
    persons = list(dict.fromkeys(fact.person_id for fact in facts))
    place = {person_id: index for index, person_id in enumerate(persons)}
    return [
        persons,
        [[micros(o.since), place[o.person_id]] for o in head.owners],
        [
            [micros(g.granted_at), micros(g.expires_at), place[g.person_id], str(g.purpose), _sorted(g.classes)]
            for g in head.grants
        ],
        [[micros(w.withdrawn_at), place[w.person_id], str(w.purpose), _sorted(w.classes)] for w in head.withdrawals],
        *([[place[person_id] for person_id in head.heard]] if head.heard else []),
    ]


def _consent_of(parts: list[Any]) -> ConsentHead:
    persons, owners, grants, withdrawals, *heard = parts
    return _head(
        owners=tuple([_owner(instant(since), persons[who]) for since, who in owners]),
        grants=tuple(
            [
                _grant(instant(since), instant(until), persons[who], purpose, frozenset(classes.split()))
                for since, until, who, purpose, classes in grants
            ]
        ),
        withdrawals=tuple(
            Withdrawal(instant(at), persons[who], purpose, frozenset(classes.split()))
            for at, who, purpose, classes in withdrawals
        ),
        heard=tuple(persons[who] for who in heard[0]) if heard else (),
    )


def _sorted(classes: frozenset[str]) -> str:
    return " ".join(sorted(classes))
