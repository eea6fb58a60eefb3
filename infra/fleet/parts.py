"""The parts that some cars of the simulated fleet play: what they report beside the odometer, or fail to report."""

import random
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from typing import Any
from zoneinfo import ZoneInfo

from ownerloop.domain.calendar import add_months
from ownerloop.domain.plans import PlanItem, ServicePlan

_ZONE = ZoneInfo("Asia/Shanghai")
_GAP_DAYS = 8  # of a car that is read daily; a week without readings is a gap
_SOFT_KPA, _FULL_KPA = (150, 168), (236, 262)  # below 75 % of every placard; at or above the placard
_WEAK_V, _WELL_V = (12.02, 12.14), (12.4, 12.85)
_FAULT = "P0301"  # a misfire
_SOFT_DAYS, _WEAK_DAYS, _FAULT_DAYS = 6, 15, 6
_TELLS_VOLTAGE = 0.2  # of the reports of a car whose battery is well
_METRES = 1000


class Part(StrEnum):
    """What is the matter with a car."""

    SWAPPED = "swapped"  # gets another instrument cluster within the run
    GAPPED = "gapped"  # is not heard of for more than a week
    CONNECTED = "connected"  # is read by an aggregator, which delivers webhooks
    SOFT_TYRE = "soft_tyre"
    SELF_COUNTING = "self_counting"  # says itself what is left until its next service
    FAULTY = "faulty"
    WEAK_BATTERY = "weak_battery"


_AILING = (Part.SOFT_TYRE, Part.SELF_COUNTING, Part.FAULTY, Part.WEAK_BATTERY)
_AILS_EVERY = 3  # of the cars behind those that play a part first


def part_of(place: int) -> Part | None:
    """Return the part of the car at a place among those that can play one, 0 being the first: each part once first."""
    every = tuple(Part)
    if place < len(every):
        return every[place]
    turn, rest = divmod(place - len(every), _AILS_EVERY)
    return _AILING[turn % len(_AILING)] if rest == 0 else None


def is_silent(part: Part | None, *, day: int, days: int) -> bool:
    """Return whether the car is not heard of on the day of the run."""
    return part is Part.GAPPED and days // 3 <= day < days // 3 + _GAP_DAYS


def reported(part: Part | None, *, day: int, days: int, draw: random.Random) -> dict[str, Any]:
    """Return the signals of a car's condition on a day of the run; ailments begin in its first third and are cured."""
    ill_for = day - days // 4
    match part:
        case Part.SOFT_TYRE:
            left = _SOFT_KPA if 0 <= ill_for < _SOFT_DAYS else _FULL_KPA
            return {**_tyre("Left", draw.randrange(*left)), **_tyre("Right", draw.randrange(*_FULL_KPA))}
        case Part.FAULTY:
            return {"Vehicle.Diagnostics.DTCList": {"value": [_FAULT] if 0 <= ill_for < _FAULT_DAYS else []}}
        case Part.WEAK_BATTERY:
            return _voltage(draw.uniform(*(_WEAK_V if 0 <= ill_for < _WEAK_DAYS else _WELL_V)))
        case _:
            return _voltage(draw.uniform(*_WELL_V)) if draw.random() < _TELLS_VOLTAGE else {}


def own_remaining(plan: ServicePlan, *, serviced_on: date, since_m: int, read_at: datetime) -> dict[str, Any]:
    """Return what a car that counts its service itself says is left of its nearest item; negative is overdue."""
    item: PlanItem = min(plan.items, key=lambda one: (one.every_m or 1 << 40, one.every_months or 1 << 10))
    if item.every_m is not None:
        left_km = round((item.every_m - since_m) / _METRES)
        return {"Vehicle.Service.DistanceToService": {"value": left_km, "unit": "km"}}
    due = datetime.combine(add_months(serviced_on, item.every_months or 12), time(), _ZONE)
    left_s = (due - read_at) // timedelta(seconds=1)
    return {"Vehicle.Service.TimeToService": {"value": left_s, "unit": "s"}}


def _tyre(side: str, kpa: int) -> dict[str, Any]:
    return {f"Vehicle.Chassis.Axle.Row1.Wheel.{side}.Tire.Pressure": {"value": kpa, "unit": "kPa"}}


def _voltage(volts: float) -> dict[str, Any]:
    return {"Vehicle.LowVoltageBattery.CurrentVoltage": {"value": round(volts, 2), "unit": "V"}}
