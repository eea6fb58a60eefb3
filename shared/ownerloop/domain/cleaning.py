"""Which readings of a car to believe: the longest chain of plausible steps, as a pure function of the evidence."""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from ownerloop.domain.policy import ForecastPolicy
from ownerloop.domain.vehicle import ClusterFlag, Denied, Reading

_DAY = timedelta(days=1)
_SHOWN = 4  # of a jump's evidence the first and the newest four are shown, for the car's item has to stay small


@dataclass(frozen=True, slots=True)
class Cleaned:
    """The readings believed and not believed, oldest first; the flag asks whether the cluster was replaced.

    `beyond` are all the readings that the flag shows some of.
    """

    kept: tuple[Reading, ...]
    dropped: tuple[Reading, ...]
    cluster_flag: ClusterFlag | None
    beyond: tuple[Reading, ...] = ()

    @property
    def points(self) -> list[tuple[datetime, int]]:
        """Return one (instant, metres) for each instant or bare date: the highest value so far, so no fall counts."""
        points: list[tuple[datetime, int]] = []
        day_ends_at: datetime | None = None
        for reading in self.kept:
            metres = max(reading.odometer_m, points[-1][1]) if points else reading.odometer_m
            if points and (points[-1][0] == reading.read_at or (day_ends_at and reading.read_at < day_ends_at)):
                points[-1] = (points[-1][0], metres)
            else:
                points.append((reading.read_at, metres))
                day_ends_at = reading.read_at + _DAY if reading.is_bare_date else None
        return points


def clean(readings: Sequence[Reading], *, policy: ForecastPolicy, denied: Sequence[Denied] = ()) -> Cleaned:
    """Return what to believe of readings sorted as `evidence.merge` returns them.

    Kept is the longest chain of plausible steps, of equal ones the one that ends first. A chain that persisted before
    it stays the odometer; what then persists beyond a jump or fall is the evidence of the flag and moves nothing. A run
    that was denied, and whatever goes on from it, is dropped and asks nothing again.
    """
    readings = tuple(readings)
    band = _Band(policy)
    if all(map(band.admits, readings, readings[1:])):
        return Cleaned(kept=readings, dropped=(), cluster_flag=None)
    kept, beyond = _believed(readings, band=band, policy=policy)
    left = readings
    while beyond and any(_goes_through(beyond, one, band) for one in denied):  # at least three readings less each time
        wrong = set(beyond)
        left = tuple(reading for reading in left if reading not in wrong)
        kept, beyond = _believed(left, band=band, policy=policy)
    shown = beyond if len(beyond) <= 2 * _SHOWN else beyond[:_SHOWN] + beyond[-_SHOWN:]
    flag = ClusterFlag(since=beyond[0].read_at, readings=shown) if beyond else None
    held = set(kept)
    return Cleaned(kept, tuple(r for r in readings if r not in held), flag, beyond)


def shows(beyond: Sequence[Reading], one: Denied, *, policy: ForecastPolicy) -> bool:
    """Return whether the readings beyond a jump are the run of which `one` was told."""
    return _goes_through(beyond, one, _Band(policy))


@dataclass(frozen=True, slots=True)
class _Band:
    policy: ForecastPolicy

    def admits(self, earlier: Reading, later: Reading) -> bool:
        step = later.odometer_m - earlier.odometer_m
        if -self.policy.step_back_max_m <= step <= self.policy.step_per_day_max_m:
            return True
        span = later.read_at - earlier.read_at
        if step < 0:
            is_same_date = earlier.is_bare_date and span < _DAY  # a bare date may be any hour of its day
            return is_same_date and step >= -self.policy.step_per_day_max_m
        return step <= self.policy.step_per_day_max_m * -(-span // _DAY)


def _longest_chain(readings: Sequence[Reading], band: _Band) -> tuple[Reading, ...]:
    """Return the longest run of readings each of which the band admits after the one before."""
    lengths: list[int] = []
    before: list[int] = []
    longest_until: list[int] = []
    for j, reading in enumerate(readings):
        best, link = 0, -1
        for i in range(j - 1, -1, -1):
            if best >= longest_until[i]:
                break
            if lengths[i] > best and band.admits(readings[i], reading):
                best, link = lengths[i], i
        lengths.append(best + 1)
        before.append(link)
        longest_until.append(max(best + 1, longest_until[-1] if longest_until else 0))
    at = lengths.index(max(lengths)) if lengths else -1
    chain: list[Reading] = []
    while at >= 0:
        chain.append(readings[at])
        at = before[at]
    return tuple(reversed(chain))


def _believed(
    readings: tuple[Reading, ...], *, band: _Band, policy: ForecastPolicy
) -> tuple[tuple[Reading, ...], tuple[Reading, ...]]:
    chain = _established(readings, band=band, policy=policy)
    return _cut_at_jump(readings, chain, band=band, policy=policy)


def _goes_through(run: Sequence[Reading], one: Denied, band: _Band) -> bool:
    """Return whether the run could have held the denied reading; evidence thins, so the reading itself may be gone."""
    anchor = one.newest
    at = bisect_right(run, anchor.read_at, key=lambda reading: reading.read_at)
    if at and run[at - 1] != anchor and not band.admits(run[at - 1], anchor):
        return False
    if at == len(run):
        return bool(run) and run[-1].read_at >= one.since
    return band.admits(anchor, run[at])


def _established(readings: tuple[Reading, ...], *, band: _Band, policy: ForecastPolicy) -> tuple[Reading, ...]:
    """Return the first chain that persisted: the longest, unless one persisted wholly before it."""
    chain = _longest_chain(readings, band)
    while head := readings[: readings.index(chain[0])]:
        earlier = _longest_chain(head, band)
        if not _has_persisted(earlier, policy):
            break
        chain, readings = earlier, head
    return chain


def _cut_at_jump(
    readings: tuple[Reading, ...], chain: tuple[Reading, ...], *, band: _Band, policy: ForecastPolicy
) -> tuple[tuple[Reading, ...], tuple[Reading, ...]]:
    """Return the chain up to the first jump that persisted, and the readings beyond it (empty if there was none).

    The chain can go on beyond a jump, since a long pause explains a long way; the run between then shows the jump.
    """
    places = {reading: place for place, reading in enumerate(readings)}
    for i, reading in enumerate(chain):
        following = chain[i + 1 :]
        end = places[following[0]] if following else len(readings)
        between = readings[places[reading] + 1 : end]
        if len(between) < policy.cluster_readings_min:
            continue
        run = _longest_chain(between, band)
        if _has_persisted(run, policy) and (not following or band.admits(run[-1], following[0])):
            return chain[: i + 1], (*run, *following)
    return chain, ()


def _has_persisted(chain: Sequence[Reading], policy: ForecastPolicy) -> bool:
    if len(chain) < policy.cluster_readings_min:
        return False
    return chain[-1].read_at - chain[0].read_at >= policy.cluster_span_min
