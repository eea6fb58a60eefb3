"""What becomes of a car whose instrument cluster was replaced, or was not: the answer to a case of doubt."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, tzinfo

from ownerloop.domain import evidence
from ownerloop.domain.cleaning import Cleaned, clean, shows
from ownerloop.domain.errors import CaseRefusedError
from ownerloop.domain.policy import ForecastPolicy
from ownerloop.domain.vehicle import Denied, Reading, Replacement, ServiceDone, Vehicle

DENIED_MAX = (
    3  # newest denials kept on the car; evidence reaches back 82 weeks, and three false jumps in it are a wreck
)
REPLACEMENTS_MAX = 3


@dataclass(frozen=True, slots=True, order=True)
class Doubt:
    """What a jump looked like when it was asked about: where the old chain ended, where the run began, its newest."""

    state_epoch: int
    ended: Reading
    began: Reading
    newest: Reading

    @property
    def as_denied(self) -> Denied:
        """Return what the car remembers of it where the answer is no."""
        return Denied(since=self.began.read_at, newest=self.newest)


def doubt_of(vehicle: Vehicle, *, policy: ForecastPolicy) -> Doubt | None:
    """Return what the car's readings ask about now, or None."""
    return _doubt(vehicle, clean(vehicle.evidence, policy=policy, denied=vehicle.denied))


def denied(vehicle: Vehicle, doubt: Doubt) -> Vehicle:
    """Return the car whose run was called wrong: it stays dropped, and what goes on from it asks nothing again."""
    known = sorted({*vehicle.denied, doubt.as_denied})
    return replace(vehicle, denied=tuple(known[-DENIED_MAX:]), cluster_flag=None)


def replaced(vehicle: Vehicle, doubt: Doubt, *, policy: ForecastPolicy) -> Vehicle:
    """Return the car with its new cluster: evidence starts anew with the run, and services keep their distance.

    Refuses where the car's readings do not show this jump any more.
    """
    found = clean(vehicle.evidence, policy=policy, denied=vehicle.denied)
    now = _doubt(vehicle, found)
    is_of_today = doubt.state_epoch == vehicle.state_epoch
    if now is None or not is_of_today or not shows(found.beyond, doubt.as_denied, policy=policy):
        rule = "is yes only while the car's readings still show the jump; answer no, and a jump they show is asked anew"
        raise CaseRefusedError(reason="doubt_cleared", rule=rule, field="data.answer")
    known = sorted({*vehicle.replacements, Replacement(began=now.began, ended=now.ended)})
    return replace(
        vehicle,
        state_epoch=vehicle.state_epoch + 1,
        evidence=evidence.merge((), found.beyond),
        observations=(),
        denied=(),
        replacements=tuple(known[-REPLACEMENTS_MAX:]),
        cluster_flag=None,
    )


def counts_since(vehicle: Vehicle) -> datetime | None:
    """Return the instant before which no reading belongs to the car's present odometer, or None where all do."""
    return vehicle.replacements[-1].began.read_at if vehicle.replacements else None


def odometer_of(done: ServiceDone, replacements: Sequence[Replacement], *, zone: tzinfo) -> int | None:
    """Return a service's odometer on the scale of the present cluster, below 0 where the old one had counted more.

    A service on a day between the two clusters belongs to the one whose odometer it lies nearer to. What was recorded
    stays as it is, so that the same service told late or twice comes to the same.
    """
    metres = done.odometer_m
    if metres is None:
        return None
    for one in replacements:
        if _was_before(done, metres, one, zone):
            metres += one.began.odometer_m - one.ended.odometer_m
    return metres


def _was_before(done: ServiceDone, metres: int, one: Replacement, zone: tzinfo) -> bool:
    if done.on < one.ended.read_at.astimezone(zone).date():
        return True
    if done.on > one.began.read_at.astimezone(zone).date():
        return False
    return abs(metres - one.ended.odometer_m) < abs(metres - one.began.odometer_m)


def _doubt(vehicle: Vehicle, found: Cleaned) -> Doubt | None:
    if not found.beyond:
        return None
    return Doubt(vehicle.state_epoch, ended=found.kept[-1], began=found.beyond[0], newest=found.beyond[-1])
