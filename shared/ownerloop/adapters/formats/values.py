"""Values of a record as a manifest describes them: numbers with units, instants, words; else a reason why not."""

import math
import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from ownerloop.adapters.formats.event import RefusedRecordError, Signal
from ownerloop.adapters.formats.manifest import ByVersion, Field, Time, UnitRule
from ownerloop.adapters.formats.paths import found, unwrapped
from ownerloop.adapters.formats.units import converted, unit_named
from ownerloop.contracts.vocabulary import FIRST_YEAR, LAST_YEAR

_is_number = re.compile(r"[+-]?\d{1,18}(\.\d{1,18})?").fullmatch
_MS = 1000
_MONTHS = 12
_MIDNIGHT = datetime.min.time()
_TEXT_MAX = 256


@dataclass(frozen=True, slots=True)
class Scope:
    """A record of a list and the object around it; what the record does not say, its envelope may."""

    record: Any
    envelope: Any = None

    def find(self, paths: tuple[str, ...]) -> Any:
        """Return what the first path holds in the record, else in the envelope, else None; empty texts are none."""
        for place in (self.record, self.envelope):
            value = found(place, paths)
            if value is not None and value != "":
                return value
        return None


@dataclass(frozen=True, slots=True)
class Moment:
    """An instant in UTC, or a bare date as the instant in which its day begins."""

    at: datetime
    is_bare_date: bool = False


def number_of(value: Any) -> Decimal | None:
    """Return the number that a value is or writes in plain digits; None for anything else."""
    if isinstance(value, bool) or (isinstance(value, float) and not math.isfinite(value)):
        return None
    if isinstance(value, int | float):
        return Decimal(str(value)) if abs(value) < 10**18 else None
    if isinstance(value, str) and _is_number(value.strip()):
        return Decimal(value.strip())
    return None


def signal_of(field: Field, scope: Scope) -> Signal | str | None:
    """Return the signal, the reason why there is none, or None where the record does not speak of it."""
    raw = scope.find(field.paths)
    value, beside = unwrapped(raw)
    if value is None or value == "":
        return "null" if _names(scope, field) else None
    if field.kind == "number":
        return _quantity(field, scope, value, beside)
    if field.kind == "flag":
        return Signal(value, None, value, None) if isinstance(value, bool) else "not_a_flag"
    if field.kind == "codes":
        return _codes(field, value)
    return Signal(str(value)[:_TEXT_MAX], None, str(value)[:_TEXT_MAX], None) if _is_word(value) else "not_a_text"


def moment_of(times: tuple[Time, ...], scope: Scope) -> Moment | str | None:
    """Return the first time that can be read, else the reason why the first that the record gives cannot, or None."""
    reason: str | None = None
    for time in times:
        value, _ = unwrapped(scope.find(time.paths))
        answer = None if value is None or value == "" else _moment(time, value)
        if isinstance(answer, Moment):
            return answer
        reason = reason or answer
    return reason


def _names(scope: Scope, field: Field) -> bool:
    """Return whether the record has the field, be it empty."""
    return any(isinstance(scope.record, dict) and path in scope.record for path in field.paths)


def _quantity(field: Field, scope: Scope, value: Any, beside: str | None) -> Signal | str:
    number = number_of(value)
    if number is None:
        return "not_a_number"
    unit = _unit(field.unit, scope, beside)
    if field.to is None:
        said, target = number, None
    elif unit is None:
        return "wrong_unit" if beside or _has_word(field, scope) else "ambiguous_unit"
    else:
        in_ours = converted(number, unit, field.to)
        if in_ours is None:
            return "wrong_unit"
        said, target = in_ours, field.to
    if not (field.low is None or said >= Decimal(str(field.low))):
        return "out_of_range"
    if not (field.high is None or said <= Decimal(str(field.high))):
        return "out_of_range"
    return Signal(_plain(said, whole=target in {"m", "s"}), target, value, beside or unit)


def _unit(rule: str | UnitRule | None, scope: Scope, beside: str | None) -> str | None:
    """Return the unit: the one beside the value, the one that the record says elsewhere, the fixed one."""
    if beside is not None:
        return unit_named(beside)
    if not isinstance(rule, UnitRule):
        return rule
    said, _ = unwrapped(scope.find(rule.paths)) if rule.paths else (None, None)
    if said is not None:
        return rule.words.get(str(said).strip().lower()) or unit_named(said)
    return (_by_version(rule.by_version, scope) if rule.by_version else None) or rule.fixed


def _has_word(field: Field, scope: Scope) -> bool:
    return isinstance(field.unit, UnitRule) and bool(field.unit.paths) and scope.find(field.unit.paths) is not None


def _by_version(rule: ByVersion, scope: Scope) -> str | None:
    said, _ = unwrapped(scope.find(rule.paths))
    major = re.match(r"v?(\d{1,4})(?!\d)", str(said).strip().lower()) if said is not None else None
    if major is None:
        return None
    return rule.unit if int(major.group(1)) <= rule.up_to else rule.then


def _codes(field: Field, value: Any) -> Signal | str:
    if isinstance(value, str):
        value = [code for code in re.split(r"[,;\s]+", value.strip("[] ")) if code]
    if not isinstance(value, list):
        return "not_a_list"
    each = [unwrapped(found(unwrapped(row)[0], (field.each,)) if field.each else row)[0] for row in value]
    if not all(isinstance(code, str) and 0 < len(code.strip(" '\"")) <= _TEXT_MAX for code in each):
        return "not_a_text"
    codes = [code.strip(" '\"").upper() for code in each]
    return Signal(codes, None, codes, None)


def _is_word(value: Any) -> bool:
    return isinstance(value, str | int | float) and not isinstance(value, bool)


def _moment(time: Time, value: Any) -> Moment | str:
    match time.time:
        case "epoch_s" | "epoch_ms":
            return _epoch(value, per=_MS if time.time == "epoch_ms" else 1)
        case "year_month":
            return _year_month(value, ZoneInfo(time.zone))
        case "date" | "iso":
            return _written(str(value).strip(), ZoneInfo(time.zone))


def _epoch(value: Any, *, per: int) -> Moment | str:
    number = number_of(value)
    if number is None:
        return "bad_time"
    return _believed(Decimal(number) / per)


def _believed(seconds: Decimal) -> Moment | str:
    first, last = datetime(FIRST_YEAR, 1, 1, tzinfo=UTC), datetime(LAST_YEAR + 1, 1, 1, tzinfo=UTC)
    if not Decimal(first.timestamp()) <= seconds < Decimal(last.timestamp()):
        return "out_of_range"
    return Moment(datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=int(seconds * 1_000_000)))


def _year_month(value: Any, zone: ZoneInfo) -> Moment | str:
    if not isinstance(value, dict):
        return "bad_time"
    year, month = value.get("year"), value.get("month")
    if not isinstance(year, int) or not isinstance(month, int) or not 1 <= month <= _MONTHS:
        return "bad_time"
    if not FIRST_YEAR <= year <= LAST_YEAR:
        return "out_of_range"
    return _of_our_century(datetime(year, month, 1, tzinfo=zone), is_bare_date=True)


def _written(text: str, zone: ZoneInfo) -> Moment | str:
    is_bare_date = len(text) == len("2026-01-31") and "T" not in text
    try:
        said = datetime.combine(date.fromisoformat(text), _MIDNIGHT) if is_bare_date else datetime.fromisoformat(text)
    except ValueError:
        return "bad_time"
    if not FIRST_YEAR <= said.year <= LAST_YEAR:
        return "out_of_range"
    return _of_our_century(said if said.tzinfo else said.replace(tzinfo=zone), is_bare_date=is_bare_date)


def _of_our_century(aware: datetime, *, is_bare_date: bool) -> Moment | str:
    """Return the moment in UTC; near the century's ends the offset decides on which side it lies."""
    at = aware.astimezone(UTC)
    return Moment(at, is_bare_date) if FIRST_YEAR <= at.year <= LAST_YEAR else "out_of_range"


def _plain(number: Decimal, *, whole: bool) -> int | float:
    """Return a whole number of metres or seconds (half to even), else the number to a millionth."""
    if whole or number == number.to_integral_value():
        return int(number.to_integral_value())
    return float(round(number, 6))


def needed(answer: Signal | str | None, name: str, *, is_required: bool) -> Signal | None:
    """Return the signal, or refuse the record where it is required and missing."""
    if isinstance(answer, Signal):
        return answer
    if is_required:
        raise RefusedRecordError("missing_field", f"{name} is required: {answer or 'missing'}")
    return None
