"""Where a car's readings are missing, so that its source can be asked for them once more."""

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from ownerloop.domain.consent import DataClass, Purpose
from ownerloop.domain.policy import IntakePolicy
from ownerloop.domain.vehicle import Reading, Vehicle


@dataclass(frozen=True, slots=True)
class Arrival:
    """When a reading was read and when we received it; `source` is who told it, without an identifier of the car."""

    read_at: datetime
    received_at: datetime
    source: str = ""


@dataclass(frozen=True, slots=True)
class Gap:
    """No reading between two instants. It began with the reading at `since`, which is what it is known by."""

    since: datetime
    asked_from: datetime  # `since`, or the oldest instant whose readings the intake still takes
    until: datetime
    is_silence: bool = False
    source: str = ""


def gaps_opened(
    before: Sequence[Reading], arrived: Sequence[Arrival], *, policy: IntakePolicy, was_delivered: bool
) -> list[Gap]:
    """Return the gaps that end with readings newer than the evidence before them, in order; none for a first reading.

    What was delivered before may be in the evidence already, so then the reading before the batch's first one counts.
    """
    if not before or not arrived:
        return []
    newest = before[-1].read_at
    if not was_delivered and max(one.read_at for one in arrived) - newest < policy.gap_min:
        return []
    ordered = sorted(arrived, key=lambda one: one.read_at)
    if was_delivered:
        place = bisect_left(before, ordered[0].read_at, key=lambda reading: reading.read_at)
        if place == 0:
            return []
        newest = before[place - 1].read_at
    gaps: list[Gap] = []
    for one in ordered:
        if one.read_at - newest >= policy.gap_min:
            oldest = one.received_at - policy.age_max
            gaps.append(Gap(newest, max(newest, oldest), until=one.read_at, source=one.source))
        newest = max(newest, one.read_at)
    return [gap for gap in gaps if gap.asked_from < gap.until]


def silence_of(vehicle: Vehicle, *, policy: IntakePolicy, now: datetime) -> Gap | None:
    """Return the silence of a car that fell silent lately, may be reminded and has a live consent, or None.

    It is told for some nights, so that one that failed loses nothing; its name stays the same.
    """
    if not vehicle.remind or not vehicle.evidence:
        return None
    since = vehicle.evidence[-1].read_at
    silent = now - since
    if not policy.silence_max <= silent < policy.silence_max + policy.silence_told:
        return None
    classes = vehicle.consent.usable_classes(since, now=now, purpose=Purpose.MAINTENANCE)
    if DataClass.ODOMETER not in classes:
        return None
    until = since + policy.silence_max
    return Gap(since, max(since, until - policy.age_max), until=until, is_silence=True)
