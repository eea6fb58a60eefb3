"""Reads vehicle telemetry as the intake does: one decode into the structs of the contract, and few looks beside it."""

from datetime import UTC, datetime
from functools import lru_cache
from itertools import compress, product
from typing import Any, get_args

import msgspec
from msgspec import UNSET, Struct

from ownerloop.contracts import vocabulary as words
from ownerloop.contracts.hot_structs import Odometer, Signals, Telemetry, VinText
from ownerloop.contracts.identity import decoded, instant_of
from ownerloop.contracts.vocabulary import malformed
from ownerloop.domain.changing import maker_of
from ownerloop.domain.consent import DataClass
from ownerloop.domain.errors import MalformedEventError
from ownerloop.domain.ids import event_key
from ownerloop.domain.observations import class_of
from ownerloop.domain.presence import Position
from ownerloop.domain.report import MEASURED, VehicleReport
from ownerloop.domain.vin import is_vin

_FIRST_YEAR, _LAST_YEAR, _METRES_MAX = words.FIRST_YEAR, words.LAST_YEAR, words.UINT32_MAX
_KM_SAFE = _METRES_MAX // 1000  # fewer kilometres are always metres of 32 bits
_report = maker_of(VehicleReport)
_decode = msgspec.json.Decoder(Telemetry).decode
_ORDER = (DataClass.ODOMETER, DataClass.SERVICE, DataClass.BATTERY, DataClass.DIAGNOSTICS)
_CLASSES = {has: frozenset(compress(_ORDER, has)) for has in product((False, True), repeat=len(_ORDER))}


def read(body: bytes) -> VehicleReport:
    """Return the report in an event, or raise MalformedEventError for the first field that breaks its rule."""
    return to_domain(parse(body))


def parse(body: bytes) -> Telemetry:
    """Return the event as it was said, every rule checked, or raise as `read` does."""
    try:
        event = _decode(body)
    except ValueError as error:
        raise _explain(body) from error
    except RecursionError as error:
        raise malformed("body", rule="is nested too deep") from error
    odometer, received = event.data.signals.odometer, event.receivedat
    if (
        _FIRST_YEAR <= event.time.year <= _LAST_YEAR
        and (received is None or _FIRST_YEAR <= received.year <= _LAST_YEAR)
        and (odometer is UNSET or _is_distance(odometer))
        and _is_spelt(event.subject)
    ):
        return event
    raise _explain(body)


def to_domain(event: Telemetry) -> VehicleReport:
    """Return the event in the words of the domain."""
    signals = event.data.signals
    odometer, distance, span = signals.odometer, signals.distance_to_service, signals.time_to_service
    charge, voltage, codes = signals.state_of_charge, signals.low_voltage, signals.fault_codes
    has_service = distance is not UNSET or span is not UNSET
    has_battery = charge is not UNSET or voltage is not UNSET
    classes = _CLASSES[odometer is not UNSET, has_service, has_battery, codes is not UNSET]
    measured, position = _condition(signals) if _speaks_of_condition(signals) else ((), None)
    if measured or position:
        classes = classes.union((class_of(name) for name, _ in measured), (DataClass.LOCATION,) if position else ())
    return _report(
        event_key(event.source, event.id),
        event.source,
        event.subject.upper(),
        event.time.astimezone(UTC),
        None if event.receivedat is None else event.receivedat.astimezone(UTC),
        event.data.date_only,
        classes,
        None if odometer is UNSET else _metres(odometer),
        None if distance is UNSET else round(distance.value * 1000),
        None if span is UNSET else span.value,
        None if charge is UNSET else float(charge.value),
        None if voltage is UNSET else round(voltage.value * 1000),
        None if codes is UNSET else codes.value,
        measured,
        position,
    )


def _speaks_of_condition(said: Signals) -> bool:
    # Most events hold an odometer and little else: one chain of attributes is quicker than any loop over names.
    return not (
        said.tyre_pressure_fl_kpa is UNSET
        and said.tyre_pressure_fr_kpa is UNSET
        and said.tyre_pressure_rl_kpa is UNSET
        and said.tyre_pressure_rr_kpa is UNSET
        and said.pad_wear_fl_percent is UNSET
        and said.pad_wear_fr_percent is UNSET
        and said.pad_wear_rl_percent is UNSET
        and said.pad_wear_rr_percent is UNSET
        and said.state_of_health_percent is UNSET
        and said.oil_life_s is UNSET
        and said.latitude is UNSET
        and said.longitude is UNSET
    )


def _condition(signals: Signals) -> tuple[tuple[tuple[str, int], ...], Position | None]:
    """Return what is measured in whole units by the names of observations, and the position where both halves came."""
    said = ((name, getattr(signals, name)) for name in MEASURED)
    measured = tuple((name, round(one.value)) for name, one in said if one is not UNSET)
    latitude, longitude = signals.latitude, signals.longitude
    if latitude is UNSET or longitude is UNSET:
        return measured, None
    return measured, Position(longitude=float(longitude.value), latitude=float(latitude.value))


def _metres(odometer: Odometer) -> int:
    value = odometer.value
    if odometer.unit == "m":
        return int(value)
    return words.metres_of(value, "km") or 0


def _is_distance(odometer: Odometer) -> bool:
    """Return whether `metres_of` knows the metres; nearly all are whole metres or kilometres far below the bound."""
    value = odometer.value
    if odometer.unit == "m" and type(value) is int:
        return value <= _METRES_MAX
    if odometer.unit == "km" and value < _KM_SAFE:
        return True
    return words.metres_of(value, odometer.unit) is not None


@lru_cache(maxsize=32_768)  # a car reports often
def _is_spelt(vin: str) -> bool:
    return is_vin(vin)


def _explain(body: bytes) -> MalformedEventError:
    """Return the refusal for the first broken field in the order of the contract, whatever the order in the text."""
    event = decoded(body)
    if not isinstance(event, dict):
        return malformed("body")
    return _first_broken(event, Telemetry, "") or malformed("body")


def _first_broken(value: object, kind: type[Struct], path: str) -> MalformedEventError | None:
    if not isinstance(value, dict):
        return malformed(path)
    for described in msgspec.structs.fields(kind):
        name = f"{path}.{described.encode_name}" if path else described.encode_name
        if described.encode_name not in value:
            if described.required:
                return malformed(name, is_missing=True)
            continue
        inner = _struct_in(described.type)
        given = value[described.encode_name]
        broken = _first_broken(given, inner, name) if inner else _broken_value(given, described.type, name)
        if broken:
            return broken
    if kind is Odometer and words.metres_of(value["value"], value["unit"]) is None:
        return malformed(f"{path}.value")
    return None


def _broken_value(given: object, kind: Any, name: str) -> MalformedEventError | None:
    try:
        said = msgspec.convert(given, kind)
    except msgspec.ValidationError:
        return malformed(name)
    if isinstance(said, datetime) and instant_of(given) is None:
        return malformed(name)
    if kind is VinText and not _is_spelt(str(said)):
        return malformed(name)
    return None


def _struct_in(kind: Any) -> type[Struct] | None:
    candidates = (kind, *get_args(kind))
    return next((one for one in candidates if isinstance(one, type) and issubclass(one, Struct)), None)
