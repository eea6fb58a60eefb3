"""A record as a canonical event, by its manifest."""

from collections.abc import Iterator, Mapping
from typing import Any

from ownerloop.adapters.formats.event import CanonicalEvent, RefusedRecordError, Signal
from ownerloop.adapters.formats.manifest import Group, Manifest
from ownerloop.adapters.formats.paths import found, unwrapped
from ownerloop.adapters.formats.services import services_of, soonest
from ownerloop.adapters.formats.values import Moment, Scope, moment_of, needed, signal_of
from ownerloop.contracts import vocabulary as words
from ownerloop.domain.vin import is_vin

_NOT_GIVEN = {"not_sent", "null"}
_UNIT_REASONS = {"ambiguous_unit", "wrong_unit"}


def scopes_of(manifest: Manifest, record: Any) -> Iterator[Scope]:
    """Return the records in one object: the object itself, or each row of the list that the manifest names."""
    rows = found(record, manifest.records) if manifest.records else None
    if not isinstance(rows, list):
        yield Scope(record)
        return
    for row in rows:
        yield Scope(row, record)


def event_of(manifest: Manifest, scope: Scope) -> CanonicalEvent:
    """Return what the record says, or raise RefusedRecordError; a doubtful value is absent with its reason."""
    if not isinstance(scope.record, dict):
        raise RefusedRecordError("not_an_object", "the record is no JSON object")
    absent: dict[str, str] = {}
    recorded = _time(manifest, scope, "recorded_at", absent)
    fetched = _time(manifest, scope, "fetched_at", absent)
    signals = _signals(manifest, scope, absent)
    odometer = signals.get(words.ODOMETER)
    items = services_of(
        manifest.services,
        scope,
        odometer_m=None if odometer is None else odometer.value,
        recorded=recorded,
        absent=absent,
    )
    _add_next_service(signals, items)
    facts = _facts(manifest, scope, absent)
    if items:
        facts["services"] = items
    if not signals and not facts:
        raise _nothing_told(absent)
    return CanonicalEvent(
        format_name=manifest.format,
        format_version=manifest.version,
        kind=manifest.kind,
        vin=_vin(manifest, scope, absent),
        vehicle_name=_text(scope, manifest.vehicle),
        read_at=recorded.at if recorded else None,
        is_bare_date=bool(recorded and recorded.is_bare_date),
        fetched_at=fetched.at if fetched else None,
        signals=signals,
        facts=facts,
        absent=absent,
    )


def _nothing_told(absent: Mapping[str, str]) -> RefusedRecordError:
    """Return why a record without an event is refused: what came of it and is not believed, else that nothing came."""
    doubtful = {name: reason for name, reason in absent.items() if reason not in _NOT_GIVEN}
    if not doubtful:
        return RefusedRecordError("says_nothing", "the record holds nothing that the manifest names")
    reason = doubtful.get("odometer_m") or next(iter(doubtful.values()))
    told = ", ".join(f"{name} {why}" for name, why in doubtful.items())
    return RefusedRecordError(reason, f"nothing of the record is believed: {told}")


def _time(manifest: Manifest, scope: Scope, name: str, absent: dict[str, str]) -> Moment | None:
    moment = moment_of(manifest.recorded_at if name == "recorded_at" else manifest.fetched_at, scope)
    if isinstance(moment, Moment):
        return moment
    if name in manifest.requires:
        raise RefusedRecordError(moment or "missing_field", f"{name} is required and {moment or 'missing'}")
    if moment:
        absent[name] = moment
    return None


def _signals(manifest: Manifest, scope: Scope, absent: dict[str, str]) -> dict[str, Signal]:
    signals: dict[str, Signal] = {}
    for path, field in manifest.signals.items():
        answer = signal_of(field, scope)
        is_odometer = path == words.ODOMETER
        if is_odometer and answer in _UNIT_REASONS:
            raise RefusedRecordError(str(answer), "the odometer has no unit that can be told")
        signal = needed(answer, path, is_required=is_odometer and "odometer" in manifest.requires)
        if signal is not None:
            signals[path] = signal
        elif answer or is_odometer:
            absent["odometer_m" if is_odometer else path] = str(answer or "not_sent")
    return signals


def _add_next_service(signals: dict[str, Signal], items: list[dict[str, Any]]) -> None:
    """Add the next service of any kind, where the record gives it by item only."""
    for path, key, unit, per in (
        (words.DISTANCE_TO_SERVICE, "distance_m", "km", 1000),
        (words.TIME_TO_SERVICE, "time_s", "s", 1),
    ):
        item = soonest(items, key)
        if item is not None and path not in signals:
            came = item.get("received", {}).get(key) or _absolute(item, key)
            signals[path] = Signal(item[key] if per == 1 else item[key] / per, unit, came["value"], came["unit"])


def _absolute(item: dict[str, Any], key: str) -> dict[str, Any]:
    """Return the limit that an amount follows from, where the record gives no amount of its own."""
    if key == "time_s":
        return {"value": item["due_on"], "unit": "day"}
    limit: dict[str, Any] = item["received"]["due_odometer_m"]
    return limit


def _facts(manifest: Manifest, scope: Scope, absent: dict[str, str]) -> dict[str, Any]:
    facts: dict[str, Any] = {}
    for name, field in manifest.facts.items():
        answer = signal_of(field, scope)
        if isinstance(answer, Signal):
            facts[name] = answer.value
        elif answer and answer != "null":
            absent[name] = answer
    for name, group in manifest.groups.items():
        rows = _group(group, scope)
        if rows:
            facts[name] = rows
    return facts


def _group(group: Group, scope: Scope) -> list[dict[str, Any]]:
    rows, _ = unwrapped(scope.find(group.each))
    if not isinstance(rows, list):
        return []
    taken = [{name: found(unwrapped(row)[0], paths) for name, paths in group.fields.items()} for row in rows]
    plain = [{name: str(value)[:64] for name, value in row.items() if value is not None} for row in taken]
    return [row for row in plain if row]


def _vin(manifest: Manifest, scope: Scope, absent: dict[str, str]) -> str | None:
    vin = _text(scope, manifest.vin)
    if vin is None:
        if "vin" in manifest.requires:
            raise RefusedRecordError("missing_field", "vin is required and missing")
        absent["vin"] = "not_sent"
        return None
    if not is_vin(vin):
        raise RefusedRecordError("bad_vin", "the VIN is not 17 letters and digits without I, O and Q")
    return vin


def _text(scope: Scope, paths: tuple[str, ...]) -> str | None:
    value, _ = unwrapped(scope.find(paths)) if paths else (None, None)
    return value.strip()[:256] if isinstance(value, str) and value.strip() else None
