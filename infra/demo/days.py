"""The steps of a simulated day, at the times at which the schedules would start their functions in production.

Under the moved clock nobody waits for a schedule: the driver starts the scheduled functions itself, with the schedules'
own payloads, and skips a sweep or settlement that would find nothing due. Times are Shanghai's; the Urumqi store's day
begins and ends two hours later, so its planning, release and last settlement have steps of their own.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import time
from enum import StrEnum


class Act(StrEnum):
    """What a step does."""

    ENROL = "enrol"
    MORNING = "morning"
    NIGHT = "night"
    JOIN = "plan_contacts_and_join"  # what shows that two keys are one person's comes in while the day is planned
    PLAN = "plan_contacts"
    SWEEP = "sweep"
    SETTLE_WECOM = "settle_wecom"
    SETTLE = "night_settlement"
    SETTLE_LEADS = "night_settlement_with_lead_times"
    OPERATE = "operator"
    VISIT = "visit"  # the partner's


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a day."""

    at: time
    act: Act


DAY = (
    Step(time(2, 30), Act.SETTLE),
    Step(time(5, 30), Act.ENROL),
    Step(time(6, 0), Act.MORNING),
    Step(time(7, 5), Act.JOIN),
    Step(time(8, 30), Act.SWEEP),
    Step(time(9, 5), Act.PLAN),
    Step(time(10, 30), Act.SWEEP),
    Step(time(12, 30), Act.SWEEP),
    Step(time(12, 40), Act.SETTLE_WECOM),
    Step(time(16, 30), Act.SETTLE_WECOM),
    Step(time(16, 40), Act.SWEEP),
    Step(time(16, 50), Act.OPERATE),
    Step(time(17, 0), Act.VISIT),
    Step(time(20, 40), Act.SETTLE_WECOM),
    Step(time(22, 30), Act.NIGHT),
    Step(time(22, 40), Act.SETTLE_WECOM),
)
# Lead times ask every store for the cars of 45 days ahead, in 16 parts each: three seconds of the local cloud a night.
_LEADS_EVERY, _LEADS_FROM = 4, 2
_AFTER = frozenset({Act.SWEEP, Act.SETTLE_WECOM})


def steps_of(day: int, *, days: int) -> Iterator[Step]:
    """Yield the steps of a day of the run; once the fleet is silent only what is open is brought to its end."""
    for step in DAY:
        if day >= days and step.act not in _AFTER:
            continue
        if day == 0 and step.act is Act.SETTLE:
            continue
        if day != days - 1 and step.act is Act.VISIT:
            continue
        yield Step(step.at, Act.SETTLE_LEADS) if step.act is Act.SETTLE and day % _LEADS_EVERY == _LEADS_FROM else step
