"""Which readings a car keeps and which are believed, as a good engineer writes it for one car; both peers use it."""

from collections.abc import Callable
from datetime import date

from ownerloop.domain.intake import IntakeRules
from tests.benchmarks.hot_path.fleet import DAY_SECONDS

DAYS_FROM_YEAR_ONE = date(1970, 1, 1).toordinal()


def merged(held: list[tuple[int, int]], new: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Return the readings worth keeping: two a day for two weeks, one a day for five more, one a week for 74 more."""
    readings = sorted({*held, *new})
    if not readings:
        return []
    newest_week = _week(readings[-1][0])
    kept: list[tuple[int, int]] = []
    bucket, room = (0, 0), 0
    for reading in reversed(readings):
        week = _week(reading[0])
        back = newest_week - week
        if back > 80:
            break
        here = (1, reading[0] // DAY_SECONDS) if back <= 6 else (7, week)
        if here != bucket:
            bucket, room = here, 2 if back <= 1 else 1
        if room:
            kept.append(reading)
            room -= 1
    kept.reverse()
    return kept


def _week(seconds: int) -> int:
    return (seconds // DAY_SECONDS + DAYS_FROM_YEAR_ONE - 1) // 7


def cleaned(evidence: list[tuple[int, int]], rules: IntakeRules) -> list[tuple[int, int]]:
    """Return one point an instant of the longest chain of plausible steps, never falling."""
    back, most = -rules.forecast.step_back_max_m, rules.forecast.step_per_day_max_m

    def admits(earlier: tuple[int, int], later: tuple[int, int]) -> bool:
        step = later[1] - earlier[1]
        return back <= step <= most * max(1, -(-(later[0] - earlier[0]) // DAY_SECONDS))

    chain = evidence if all(map(admits, evidence, evidence[1:])) else _longest(evidence, admits)
    points: list[tuple[int, int]] = []
    highest = 0
    for second, metre in chain:
        highest = max(highest, metre)
        if points and points[-1][0] == second:
            points[-1] = (second, highest)
        else:
            points.append((second, highest))
    return points


def _longest(
    readings: list[tuple[int, int]], admits: Callable[[tuple[int, int], tuple[int, int]], bool]
) -> list[tuple[int, int]]:
    lengths, before = [1] * len(readings), [-1] * len(readings)
    for j, later in enumerate(readings):
        for i in range(j - 1, -1, -1):
            if lengths[i] >= lengths[j] and admits(readings[i], later):
                lengths[j], before[j] = lengths[i] + 1, i
    at = lengths.index(max(lengths))
    chain = []
    while at >= 0:
        chain.append(readings[at])
        at = before[at]
    return chain[::-1]
