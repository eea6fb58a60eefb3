"""A dealer's CSV rows as enrolment events: one event a row, with an identity that follows from the row."""

import hashlib
from collections import Counter
from collections.abc import Callable, Container, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

from infra.csv_files import SURPLUS, csv_rows, in_iso_form, is_bare_date
from ownerloop.adapters.enrolment_feed import IMPORT_SOURCE

ODOMETER_KM_MAX = 2_000_000
YEAR_MIN, YEAR_MAX = 1980, 2100
LATER_COLUMNS = frozenset({"aggregator_ids"})  # an empty one leaves a row the event that it was before the column came
Row = Mapping[str, str]


class RowError(ValueError):
    """One field of a row breaks a rule."""

    def __init__(self, *, field: str, rule: str) -> None:
        super().__init__(f"{field}: {rule}")
        self.field, self.rule = field, rule


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of file: its columns and how a row becomes an event."""

    name: str
    required: tuple[str, ...]
    optional: tuple[str, ...]
    event_of: Callable[[Row], tuple[str, str, datetime, dict[str, Any]]]  # type, subject, time, data


@dataclass(frozen=True, slots=True)
class ImportedRow:
    """One row of the file: its line, and either the event it became or the rule it broke."""

    line: int
    event: dict[str, Any] | None
    field: str = ""
    rule: str = ""


def rows_of(kind: Kind, path: Path, *, received_at: datetime) -> Iterator[ImportedRow]:
    """Yield every row of the file in order; a missing column refuses the file, a bad row only itself."""
    for line, row in csv_rows(path, needed=kind.required, optional=kind.optional):
        if row is None:
            yield ImportedRow(line=line, event=None, field="row", rule=SURPLUS)
        else:
            yield _imported(kind, row, line=line, received_at=received_at)


def foreign_stores(kind: Kind, path: Path, *, known: Container[str]) -> Counter[str]:
    """Return how many rows name each store that is none of the known ones: nobody there would ever be reminded."""
    if "store_id" not in kind.required:
        return Counter()
    named = (row["store_id"] for _, row in csv_rows(path, needed=("store_id",)) if row)
    return Counter(name for name in named if name and name not in known)


def _imported(kind: Kind, clean: Row, *, line: int, received_at: datetime) -> ImportedRow:
    for column in kind.required:
        if not clean[column]:
            return ImportedRow(line=line, event=None, field=column, rule="is empty")
    try:
        event_type, subject, at, data = kind.event_of(clean)
    except RowError as error:
        return ImportedRow(line=line, event=None, field=error.field, rule=error.rule)
    told = [clean[name] for name in sorted(clean) if clean[name] or name not in LATER_COLUMNS]
    identity = hashlib.sha256("\x1f".join([kind.name, *told]).encode()).hexdigest()
    event = {
        "specversion": "1.0",
        "id": f"{kind.name}-{identity[:32]}",
        "source": IMPORT_SOURCE,
        "type": event_type,
        "subject": subject,
        "time": _text(at),
        "receivedat": _text(received_at),
        "data": {name: value for name, value in data.items() if value not in ("", None, {})},
    }
    return ImportedRow(line=line, event=event)


def _owner(row: Row) -> tuple[str, str, datetime, dict[str, Any]]:
    data = {
        name: row[name] for name in ("store_id", "zone", "language", "wecom_external_userid", "staff_userid", "phone")
    }
    daily_max = _whole("daily_max", row["daily_max"]) if row["daily_max"] else 3
    at = _instant("registered_at", row["registered_at"])
    return "ownerloop.owner.registered.v1", row["owner_key"], at, {**data, "daily_max": daily_max}


def _vehicle(row: Row) -> tuple[str, str, datetime, dict[str, Any]]:
    since = _instant("since", row["since"])
    data: dict[str, Any] = {name: row[name] for name in ("owner_key", "model", "store_id")}
    on = _day("in_service_on", row["in_service_on"]).isoformat() if row["in_service_on"] else ""
    data = {**data, "since": _text(since), "in_service_on": on, "aggregator_ids": _names(row["aggregator_ids"])}
    return "ownerloop.vehicle.linked.v1", row["vin"], since, data


def _service(row: Row) -> tuple[str, str, datetime, dict[str, Any]]:
    on = _day("on", row["on"])
    odometer_m = _metres("odometer_km", row["odometer_km"]) if row["odometer_km"] else None
    data = {"order_id": row["order_id"], "on": on.isoformat(), "odometer_m": odometer_m, "items": _list(row["items"])}
    return "ownerloop.service.completed.v1", row["vin"], datetime.combine(on, time(), UTC), data


def _consent(row: Row) -> tuple[str, str, datetime, dict[str, Any]]:
    valid_from = _instant("valid_from", row["valid_from"])
    data = {name: row[name] for name in ("owner_key", "purpose", "evidence", "text_version")}
    data |= {"valid_from": _text(valid_from), "valid_until": _text(_instant("valid_until", row["valid_until"]))}
    return "ownerloop.consent.granted.v1", row["vin"], valid_from, {**data, "data_classes": _list(row["data_classes"])}


def _odometer(row: Row) -> tuple[str, str, datetime, dict[str, Any]]:
    at = _instant("read_at", row["read_at"])
    metres = _metres("odometer_km", row["odometer_km"])
    data = {"odometer_m": metres, "date_only": is_bare_date(in_iso_form(row["read_at"]))}
    return "ownerloop.odometer.imported.v1", row["vin"], at, data


KINDS: dict[str, Kind] = {
    kind.name: kind
    for kind in (
        Kind(
            "owners",
            ("owner_key", "store_id", "registered_at"),
            ("zone", "language", "daily_max", "wecom_external_userid", "staff_userid", "phone"),
            _owner,
        ),
        Kind(
            "vehicles",
            ("vin", "owner_key", "model", "store_id", "since"),
            ("in_service_on", "aggregator_ids"),
            _vehicle,
        ),
        Kind("services", ("vin", "order_id", "on", "items"), ("odometer_km",), _service),
        Kind(
            "consents",
            ("vin", "owner_key", "purpose", "data_classes", "valid_from", "valid_until", "evidence", "text_version"),
            (),
            _consent,
        ),
        Kind("odometer", ("vin", "read_at", "odometer_km"), (), _odometer),
    )
}


def _instant(field: str, text: str) -> datetime:
    try:
        instant = datetime.fromisoformat(in_iso_form(text))
    except ValueError as error:
        raise RowError(field=field, rule="is neither a date nor an instant (ISO 8601)") from error
    if not YEAR_MIN <= instant.year <= YEAR_MAX:
        raise RowError(field=field, rule=f"lies outside the years {YEAR_MIN} to {YEAR_MAX}")
    return (instant if instant.tzinfo else instant.replace(tzinfo=UTC)).astimezone(UTC)


def _day(field: str, text: str) -> date:
    try:
        return date.fromisoformat(in_iso_form(text))
    except ValueError as error:
        raise RowError(field=field, rule="is not a date (YYYY-MM-DD)") from error


def _whole(field: str, text: str) -> int:
    try:
        return int(text)
    except ValueError as error:
        raise RowError(field=field, rule="is not a whole number") from error


def _metres(field: str, text: str) -> int:
    try:
        kilometres = Decimal(text)
    except InvalidOperation as error:
        raise RowError(field=field, rule="is not a number of kilometres") from error
    if not kilometres.is_finite() or kilometres < 0 or kilometres > ODOMETER_KM_MAX:
        raise RowError(field=field, rule="lies outside 0 to 2,000,000 km")
    return int((kilometres * 1000).to_integral_value())


def _list(text: str) -> list[str]:
    return [part.strip() for part in text.split(";") if part.strip()]


def _names(text: str) -> dict[str, str]:
    pairs = [part.partition("=") for part in _list(text)]
    if not all(source.strip() and name.strip() for source, _, name in pairs):
        raise RowError(field="aggregator_ids", rule="is a list such as smartcar=6f3a2f0e;other=17")
    return {source.strip(): name.strip() for source, _, name in pairs}


def _text(instant: datetime) -> str:
    return instant.astimezone(UTC).isoformat().replace("+00:00", "Z")
