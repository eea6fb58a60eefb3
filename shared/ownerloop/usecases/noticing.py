"""What the intake notices beside readings: a jump that wants an answer, a gap whose readings are asked for again."""

from collections.abc import Iterable, Iterator
from datetime import datetime

from ownerloop.domain.cases import Case, doubt_case, doubt_key
from ownerloop.domain.clusters import doubt_of
from ownerloop.domain.evidence import newest_second
from ownerloop.domain.gaps import Arrival, Gap, gaps_opened
from ownerloop.domain.intake import IntakeRules, Use
from ownerloop.domain.policy import IntakePolicy
from ownerloop.domain.vehicle import Vehicle
from ownerloop.usecases.merging import Settled


def doubts(settled: Iterable[Settled], *, rules: IntakeRules, now: datetime) -> list[Case]:
    """Return a case for each car whose jump has persisted since this batch, or an earlier delivery of it."""
    cases: list[Case] = []
    for one in settled:
        car = one.after
        if car.cluster_flag is None or not (_is_new(one.before, car) or one.was_delivered):
            continue
        if doubt := doubt_of(car, policy=rules.forecast):
            cases.append(doubt_case(car, doubt, at=now))
    return cases


def gaps(settled: Iterable[Settled], *, policy: IntakePolicy) -> Iterator[tuple[Vehicle, Gap]]:
    """Yield the gaps that end with this batch; cars that are not reminded have no source that could be asked."""
    least = int(policy.gap_min.total_seconds())
    for one in settled:
        if not one.words and not one.was_delivered:
            continue
        newest = newest_second(one.before.evidence)
        if newest is None or not one.after.remind:
            continue
        if not one.was_delivered and (max(one.words) >> 32) - newest + 1 < least:
            continue  # what nearly every batch comes to
        arrived = [
            Arrival(came.report.read_at, received_at=came.received_at, source=came.report.told_by)
            for came in one.used
            if came.use is Use.STATE and came.report.odometer_m is not None
        ]
        opened = gaps_opened(one.before.evidence, arrived, policy=policy, was_delivered=one.was_delivered)
        for gap in opened:
            yield one.after, gap


def _is_new(before: Vehicle, after: Vehicle) -> bool:
    return before.cluster_flag is None or doubt_key(before) != doubt_key(after)
