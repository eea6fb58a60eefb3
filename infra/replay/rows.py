"""The rows of a dealer's odometer log, each with its identity, or with the reason why it is no reading."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from pathlib import Path

from infra.csv_files import SURPLUS, csv_rows, in_iso_form, is_bare_date
from infra.fleet.vins import synthetic_vin

COLUMNS = ("vehicle_id", "read_at", "odometer_km")
YEAR_MIN, YEAR_MAX = 1980, 2100
_POWER_OF_TEN_MAX = 15  # beyond it no float holds the metres; the intake refuses what is merely too far
_SERIALS = 10**8
_FIRST_SERIAL = 10**7  # below lie the cars of the simulated fleet


@dataclass(frozen=True, slots=True)
class LoggedReading:
    """One reading of the log."""

    line: int
    vehicle_id: str
    read_at: datetime
    is_bare_date: bool
    odometer_km: Decimal

    @property
    def identity(self) -> str:
        """Return what equal rows have in common; 1000 and 1000.0 are equal."""
        kilometres = format(self.odometer_km.normalize(), "f")
        parts = (self.vehicle_id, self.read_at.isoformat(), str(self.is_bare_date), kilometres)
        return hashlib.sha256("\x1f".join(parts).encode()).hexdigest()[:32]


@dataclass(frozen=True, slots=True)
class RefusedRow:
    """One row that was not sent, or that the intake refused."""

    line: int
    reason: str
    field: str
    rule: str


def read_log(path: Path) -> Iterator[LoggedReading | RefusedRow]:
    """Yield every row in order; an equal row is refused as `duplicate`, a missing column refuses the file."""
    seen: dict[str, int] = {}
    for line, row in csv_rows(path, needed=COLUMNS):
        parsed = _parsed(row, line=line) if row else RefusedRow(line, "malformed", "row", SURPLUS)
        if isinstance(parsed, LoggedReading):
            first = seen.setdefault(parsed.identity, parsed.line)
            if first != parsed.line:
                parsed = RefusedRow(parsed.line, "duplicate", "row", f"equals line {first}")
        yield parsed


def vins_of(vehicle_ids: list[str]) -> dict[str, str]:
    """Return a synthetic VIN for each car of a log; the same car gets the same one in every log."""
    taken: dict[str, str] = {}
    for vehicle_id in sorted(set(vehicle_ids)):
        serial = int(hashlib.sha256(vehicle_id.encode()).hexdigest()[:12], 16)
        vin = synthetic_vin(_FIRST_SERIAL + serial % (_SERIALS - _FIRST_SERIAL), model_code="REPLA")
        while vin in taken.values():
            serial += 1
            vin = synthetic_vin(_FIRST_SERIAL + serial % (_SERIALS - _FIRST_SERIAL), model_code="REPLA")
        taken[vehicle_id] = vin
    return taken


def _parsed(row: dict[str, str], *, line: int) -> LoggedReading | RefusedRow:
    for name in COLUMNS:
        if not row[name]:
            return RefusedRow(line, "malformed", name, "is empty")
    told = in_iso_form(row["read_at"])
    try:
        read_at = datetime.fromisoformat(told)
    except ValueError:
        return RefusedRow(line, "malformed", "read_at", "is neither a date nor an instant (ISO 8601)")
    if not YEAR_MIN <= read_at.year <= YEAR_MAX:
        return RefusedRow(line, "malformed", "read_at", f"lies outside the years {YEAR_MIN} to {YEAR_MAX}")
    try:
        kilometres = Decimal(row["odometer_km"])
    except InvalidOperation:
        return RefusedRow(line, "malformed", "odometer_km", "is not a number")
    if not kilometres.is_finite() or kilometres < 0:
        return RefusedRow(line, "malformed", "odometer_km", "is negative or not a number")
    if kilometres and abs(kilometres.adjusted()) > _POWER_OF_TEN_MAX:
        return RefusedRow(line, "malformed", "odometer_km", "is no distance that a car drives")
    at = read_at if read_at.tzinfo else read_at.replace(tzinfo=UTC)
    return LoggedReading(
        line=line,
        vehicle_id=row["vehicle_id"],
        read_at=at.astimezone(UTC),
        is_bare_date=is_bare_date(told),
        odometer_km=kilometres if kilometres else Decimal(0),
    )
