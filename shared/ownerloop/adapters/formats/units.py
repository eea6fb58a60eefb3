"""Units as makers write them, and exact conversion between those of one dimension."""

from decimal import Decimal

_DAY = Decimal(86_400)
_SCALES: dict[str, tuple[str, Decimal]] = {
    "m": ("length", Decimal(1)),
    "km": ("length", Decimal(1000)),
    "mi": ("length", Decimal("1609.344")),  # international mile
    "s": ("time", Decimal(1)),
    "min": ("time", Decimal(60)),
    "h": ("time", Decimal(3600)),
    "d": ("time", _DAY),
    "weeks": ("time", 7 * _DAY),
    "months": ("time", Decimal("365.2425") / 12 * _DAY),  # mean Gregorian month
    "kPa": ("pressure", Decimal(1)),
    "bar": ("pressure", Decimal(100)),
    "psi": ("pressure", Decimal("6.894757293")),
    "percent": ("share", Decimal(1)),
    "ratio": ("share", Decimal(100)),
    "V": ("voltage", Decimal(1)),
    "mV": ("voltage", Decimal("0.001")),
    "km/h": ("speed", Decimal(1)),
    "mph": ("speed", Decimal("1.609344")),
}
_ALIASES = {
    "meter": "m",
    "metre": "m",
    "meters": "m",
    "metres": "m",
    "kilometer": "km",
    "kilometre": "km",
    "kilometers": "km",
    "kilometres": "km",
    "kms": "km",
    "mile": "mi",
    "miles": "mi",
    "second": "s",
    "seconds": "s",
    "sec": "s",
    "minute": "min",
    "minutes": "min",
    "hour": "h",
    "hours": "h",
    "day": "d",
    "days": "d",
    "week": "weeks",
    "month": "months",
    "kilopascal": "kPa",
    "kilopascals": "kPa",
    "bars": "bar",
    "%": "percent",
    "percentage": "percent",
    "volt": "V",
    "volts": "V",
    "millivolts": "mV",
    "kmh": "km/h",
    "kph": "km/h",
    "kilometers_per_hour": "km/h",
    "miles_per_hour": "mph",
}
_BY_LOWER = {name.lower(): name for name in _SCALES if name not in {"mV", "m"}} | {"m": "m", "mv": "mV"} | _ALIASES


def unit_named(text: object) -> str | None:
    """Return our name of a unit that somebody wrote, or None where it is none of ours."""
    return _BY_LOWER.get(text.strip().lower()) if isinstance(text, str) else None


def dimension(unit: str) -> str:
    """Return what the unit measures."""
    return _SCALES[unit][0]


def converted(value: Decimal, unit: str, to: str) -> Decimal | None:
    """Return the value in the other unit, or None where they measure different things."""
    (kind, scale), (other_kind, other_scale) = _SCALES[unit], _SCALES[to]
    return value * scale / other_scale if kind == other_kind else None
