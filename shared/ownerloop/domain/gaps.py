"""Where a car's readings are missing, so that its source can be asked for them once more."""

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from operator import attrgetter, sub

from ownerloop.domain.consent import DataClass, Purpose
from ownerloop.domain.evidence import DENSE_PER_DAY, days_read, instants
from ownerloop.domain.policy import IntakePolicy
from ownerloop.domain.vehicle import Reading, Vehicle

_SPACINGS_MAX = 8  # the newest that say what is usual; thinning leaves them as they came for six weeks
_SPACINGS_MIN = 2  # fewer say nothing
_READINGS_MAX = (_SPACINGS_MAX + 1) * DENSE_PER_DAY  # hold the days between which these lie

_read_at = attrgetter("read_at")


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
    """Return the gaps that end with readings newer than the evidence before them, in order.

    A gap is at least `gap_min`, and many of the car's own usual spacings: who is read once a month misses nothing
    between two readings, and of a car with few readings nobody knows what is usual. What was delivered before may be
    in the evidence already, so then the reading before the batch's first one counts.
    """
    if not before or not arrived:
        return []
    ordered = sorted(arrived, key=_read_at)
    newest: datetime | None
    if was_delivered:
        known = instants(before)
        del known[bisect_left(known, ordered[0].read_at) :]
        newest, days = known[-1] if known else None, [instant.toordinal() for instant in known]
    else:
        newest, days = before[-1].read_at, days_read(before, newest=_READINGS_MAX)
    gaps: list[Gap] = []
    for one in ordered:
        if newest is not None and one.read_at - newest >= policy.gap_min:
            shortest = _unusual(days, least=policy.gap_min, policy=policy)
            if shortest is not None and one.read_at - newest >= shortest:
                oldest = one.received_at - policy.age_max
                gaps.append(Gap(newest, max(newest, oldest), until=one.read_at, source=one.source))
        if newest is None or one.read_at >= newest:
            newest = one.read_at
            days.append(newest.toordinal())
    return [gap for gap in gaps if gap.asked_from < gap.until]


def silence_of(vehicle: Vehicle, *, policy: IntakePolicy, now: datetime) -> Gap | None:
    """Return the silence of a car that fell silent lately, may be reminded and has a live consent, or None.

    Silence is measured by the car's own usual spacing, as a gap is. It is told for some nights, so that one that failed
    loses nothing; its name stays the same.
    """
    if not vehicle.remind or not vehicle.evidence:
        return None
    since = vehicle.evidence[-1].read_at
    if now - since < policy.silence_max:
        return None
    longest = _unusual(days_read(vehicle.evidence), least=policy.silence_max, policy=policy)
    if longest is None or not longest <= now - since < longest + policy.silence_told:
        return None
    known_at = vehicle.consent.known_at(now)
    classes = vehicle.consent.usable_classes(since, now=known_at, purpose=Purpose.MAINTENANCE)
    if DataClass.ODOMETER not in classes:
        return None
    until = since + longest
    return Gap(since, max(since, until - policy.age_max), until=until, is_silence=True)


def _unusual(days: Sequence[int], *, least: timedelta, policy: IntakePolicy) -> timedelta | None:
    """Return how long nothing may come before it is unusual for the car, at least `least`; None where nobody knows."""
    spacings = _day_spacings(days)
    if len(spacings) < _SPACINGS_MIN:
        return None
    return max(least, timedelta(days=policy.gap_spacings * spacings[len(spacings) // 2]))


def _day_spacings(days: Sequence[int]) -> list[int]:
    # Whole days between days with a reading (UTC), the newest ones: the readings of one drive are one sign of life.
    known = sorted(set(days))[-_SPACINGS_MAX - 1 :]
    return sorted(map(sub, known[1:], known))
