"""Odometer readings and services from a dealer's CSV: what can be used, and line by line what cannot and why."""

import csv
import io
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from pathlib import Path

from infra.csv_files import SURPLUS, in_iso_form, text_of
from ownerloop.domain.vehicle import Reading, ServiceDone

ODOMETER_KM_MAX = 2_000_000
_FIRST_YEAR, _LAST_YEAR = 1970, 2100
_METRES = 1000
_NULLS = frozenset({"null", "none", "nan", "n/a", "-"})
ODOMETER_COLUMNS = ("vehicle_id", "read_at", "odometer_km")
SERVICE_COLUMNS = ("vehicle_id", "item", "on", "odometer_km")
_OTHER_NAMES = {"on": ("done_on", "serviced_on", "service_date", "date")}  # of the day in services
_DELIMITERS = (",", ";", "\t")
_Row = Mapping[str, str]


class SheetError(ValueError):
    """A file cannot be used at all: it lacks a column or is no text."""


class _FieldError(ValueError):
    def __init__(self, field: str, rule: str) -> None:
        super().__init__(f"{field} {rule}")
        self.field, self.rule = field, rule


@dataclass(frozen=True, slots=True)
class RefusedLine:
    """One line that was not used: whose it is, as far as it says, and the rule that its field breaks."""

    line: int
    vehicle_id: str
    field: str
    rule: str


@dataclass(slots=True)
class OdometerSheet:
    """The readings of each car as the file has them, a car without a usable one included."""

    readings: dict[str, list[Reading]] = field(default_factory=lambda: defaultdict(list))
    refused: list[RefusedLine] = field(default_factory=list)


@dataclass(slots=True)
class ServiceSheet:
    """The finished services of each car."""

    services: dict[str, list[ServiceDone]] = field(default_factory=lambda: defaultdict(list))
    refused: list[RefusedLine] = field(default_factory=list)


def read_odometer(path: Path) -> OdometerSheet:
    """Return the readings of the file; a missing column refuses the file, a bad line only itself."""
    sheet = OdometerSheet()

    def take(row: _Row) -> None:
        held = sheet.readings[row["vehicle_id"]]
        read_at, is_bare_date = _moment("read_at", row["read_at"])
        held.append(Reading(read_at, _odometer_m(row["odometer_km"]), is_bare_date))

    _read(path, ODOMETER_COLUMNS, take, sheet.refused)
    return sheet


def read_services(path: Path) -> ServiceSheet:
    """Return the services of the file; the odometer of a service may be missing."""
    sheet = ServiceSheet()

    def take(row: _Row) -> None:
        if not row["item"]:
            raise _FieldError("item", "is empty")
        on = _moment("on", row["on"])[0].date()
        odometer_m = None if _is_null(row["odometer_km"]) else _odometer_m(row["odometer_km"])
        sheet.services[row["vehicle_id"]].append(ServiceDone(row["item"], on, odometer_m))

    _read(path, SERVICE_COLUMNS, take, sheet.refused)
    return sheet


def _read(path: Path, columns: tuple[str, ...], take: Callable[[_Row], None], refused: list[RefusedLine]) -> None:
    for line, row, is_too_long in _rows(path, columns):
        if not row["vehicle_id"] or is_too_long:
            field, rule = ("row", SURPLUS) if is_too_long else ("vehicle_id", "is empty")
            refused.append(RefusedLine(line, row["vehicle_id"], field, rule))
            continue
        try:
            take(row)
        except _FieldError as error:
            refused.append(RefusedLine(line, row["vehicle_id"], error.field, error.rule))


def _rows(path: Path, columns: tuple[str, ...]) -> Iterator[tuple[int, _Row, bool]]:
    """Yield each row with its line, and whether it has more cells than the header: a comma stands where none should."""
    filled = _filled(text_of(path).replace("\0", ""), path)
    head = next(filled, (0, []))[1]
    places = _places(head, columns, path)
    for line, cells in filled:
        row = {name: cells[at].strip() if at < len(cells) else "" for name, at in places}
        broken = [name for name, cell in row.items() if "\n" in cell]
        if broken:  # it would take the cars behind it along
            raise SheetError(f"{path.name}: up to line {line}: a line break in `{broken[0]}`; is a quote left open?")
        yield line, row, any(cells[len(head) :])


def _delimiter(text: str) -> str:
    """Return what parts the cells of the first line that is not empty: spreadsheets write commas, ; or tabs."""
    head = text.lstrip().partition("\n")[0]
    return max(_DELIMITERS, key=head.count)


def _places(head: list[str], columns: tuple[str, ...], path: Path) -> list[tuple[str, int]]:
    """Return where each column stands."""
    told = [name.strip().lower() for name in head]
    twice = [f"`{name}`" for name in columns if told.count(name) > 1]
    if twice:
        raise SheetError(f"{path.name}: the column {twice[0]} stands there twice")
    named = {name: at for at, name in enumerate(told)}
    found = {
        column: [named[name] for name in (column, *_OTHER_NAMES.get(column, ())) if name in named] for column in columns
    }
    missing = [f"`{column}`" for column, places in found.items() if not places]
    if missing:
        said = f"the column {missing[0]} is" if len(missing) == 1 else f"the columns {', '.join(missing)} are"
        raise SheetError(f"{path.name}: {said} missing")
    return [(column, places[0]) for column, places in found.items()]


def _filled(text: str, path: Path) -> Iterator[tuple[int, list[str]]]:
    """Yield the rows that are not empty, each with the line on which it ends; a NUL would end the whole file."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(text))
    while True:
        try:
            cells = next(reader, None)
        except csv.Error as error:
            raise SheetError(f"{path.name}: line {reader.line_num}: {error}") from error
        if cells is None:
            return
        if any(cells):
            yield reader.line_num, cells


def _is_null(text: str) -> bool:
    return not text or text.lower() in _NULLS


@lru_cache(maxsize=65_536)  # the cars of an export share their days
def _moment(field: str, text: str) -> tuple[datetime, bool]:
    """Return the instant in UTC and whether the text was a bare date; an instant without a zone is in UTC."""
    if _is_null(text):
        raise _FieldError(field, "is empty")
    iso = in_iso_form(text)
    try:
        instant, is_bare_date = datetime.combine(date.fromisoformat(iso), time(), UTC), True
    except ValueError:
        instant, is_bare_date = _instant(field, iso), False
    if not _FIRST_YEAR <= instant.year <= _LAST_YEAR:
        raise _FieldError(field, f"lies outside {_FIRST_YEAR} to {_LAST_YEAR}")
    in_utc = instant if instant.tzinfo else instant.replace(tzinfo=UTC)
    return in_utc.astimezone(UTC).replace(microsecond=0), is_bare_date


def _instant(field: str, text: str) -> datetime:
    try:
        return datetime.fromisoformat(text)
    except ValueError as error:
        raise _FieldError(field, "is neither a date nor an instant (ISO 8601)") from error


def _odometer_m(text: str) -> int:
    if _is_null(text):
        raise _FieldError("odometer_km", "is empty")
    try:
        kilometres = Decimal(text)
    except InvalidOperation as error:
        raise _FieldError("odometer_km", "is not a number of kilometres") from error
    if not kilometres.is_finite() or not 0 <= kilometres <= ODOMETER_KM_MAX:
        raise _FieldError("odometer_km", f"lies outside 0 to {ODOMETER_KM_MAX:,} km")
    return int((kilometres * _METRES).to_integral_value())
