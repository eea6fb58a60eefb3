"""When to speak about a due visit: first on the priced day, else and later by the fallback rule (design §5.8)."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from ownerloop.domain.contact import LeadChoice
from ownerloop.domain.due_columns import DAYS_MAX
from ownerloop.domain.first_day import NO_FIRSTS, FirstDay, Firsts
from ownerloop.domain.lead_time import Arm
from ownerloop.domain.policy import ReminderPolicy, ReminderStage
from ownerloop.domain.vehicle import Forecast, ItemForecast, Reminded
from ownerloop.domain.visits import Visit, visits

_Asked = Mapping[tuple[str, str], int]


@dataclass(frozen=True, slots=True)
class DueReminder:
    """One stage of one visit that may be asked for now; the item and cycle name the visit, `bundled` its rest."""

    item: str
    due_cycle: str
    stage: int
    valid_days: int
    priority: int
    due_p50: date
    bundled: tuple[tuple[str, str], ...] = ()  # item and due cycle
    has_condition: bool = False  # what the car reports is among the items
    arm: Arm | None = None  # of the first message of a visit by plan: how its day was chosen,
    lead: LeadChoice | None = None  # and why

    @property
    def items(self) -> tuple[str, ...]:
        """Return the names of everything the visit is for, its first item first."""
        return (self.item, *(item for item, _ in self.bundled))

    @property
    def cycles(self) -> tuple[tuple[str, str], ...]:
        """Return the item and cycle of everything that this reminder asks for."""
        return ((self.item, self.due_cycle), *self.bundled)


def reminders_due(
    forecast: Forecast, *, reminded: Iterable[Reminded], policy: ReminderPolicy, on: date, firsts: Firsts = NO_FIRSTS
) -> tuple[DueReminder, ...]:
    """Return for each visit the highest stage that one of its items reached on the day and was not asked for yet.

    The reminder names the items that were not asked for at this stage, so each is named once a stage at most; visits
    come by the day of their first item.
    """
    asked = _asked(reminded)
    found = (_due(visit, forecast, asked, policy, on, firsts) for visit in visits(forecast.items, rule=policy.visit))
    return tuple(due for due in found if due is not None)


def next_reminder(
    forecast: Forecast, *, reminded: Iterable[Reminded], policy: ReminderPolicy, as_of: date, firsts: Firsts = NO_FIRSTS
) -> date | None:
    """Return the first day from `as_of` on which `reminders_due` says something, or None if nothing is left to ask.

    Where no day is worth a first message as prices are, the day to look again comes instead of it.
    """
    asked = _asked(reminded) if reminded else {}
    if not firsts.days:  # then an item's stages do not depend on its visit, and visits need not be found
        return _next_by_rule(forecast, asked, policy, as_of)
    days = [
        day
        for visit in visits(forecast.items, rule=policy.visit)
        for first in [_first_of(visit, asked, firsts)]
        for item in visit.items
        for stage in policy.stages
        if stage.stage > asked.get((item.item, item.due_cycle), 0)
        if (day := _speaks_on(stage, item, forecast, first, firsts) or _looks_on(first)) is not None
    ]
    return max(min(days), as_of) if days else None


def _looks_on(first: FirstDay | None) -> date | None:
    return first.look_on if first else None


def _next_by_rule(forecast: Forecast, asked: _Asked, policy: ReminderPolicy, as_of: date) -> date | None:
    if not asked:
        return _first_by_rule(forecast, policy, as_of)
    days = [
        _reached_day(stage, item, forecast)
        for item in forecast.items
        for stage in policy.stages
        if stage.stage > asked.get((item.item, item.due_cycle), 0)
    ]
    return max(date.fromordinal(min(days)), as_of) if days else None


def _first_by_rule(forecast: Forecast, policy: ReminderPolicy, as_of: date) -> date | None:
    """Return the same where nothing was asked: the earliest median and the least distance left decide alone."""
    if not forecast.items or not policy.stages:
        return None
    median, least_m = forecast.items[0].due_p50, None
    for item in forecast.items:
        median = min(median, item.due_p50)
        if item.remaining_m is not None and (least_m is None or item.remaining_m < least_m):
            least_m = item.remaining_m
    lead_days, near_m = policy.stages[0].lead_days, None
    for stage in policy.stages:
        lead_days = max(lead_days, stage.lead_days)
        if stage.remaining_m is not None and (near_m is None or stage.remaining_m > near_m):
            near_m = stage.remaining_m
    day = median.toordinal() - lead_days
    if least_m is not None and near_m is not None:
        day = min(day, _driven_on(least_m - near_m, forecast))
    return max(date.fromordinal(day), as_of)


def _due(
    visit: Visit, forecast: Forecast, asked: _Asked, policy: ReminderPolicy, on: date, firsts: Firsts
) -> DueReminder | None:
    priced = _first_of(visit, asked, firsts)
    open_stages = [
        stage
        for item in visit.items
        for stage in policy.stages
        if stage.stage > asked.get((item.item, item.due_cycle), 0)
        if (day := _speaks_on(stage, item, forecast, priced, firsts)) is not None and day <= on
    ]
    highest = max(open_stages, key=lambda stage: stage.stage, default=None)
    if highest is None:
        return None
    first, *others = [item for item in visit.items if asked.get((item.item, item.due_cycle), 0) < highest.stage]
    named = (first, *others)
    has_condition = any(item.severity is not None for item in named)
    is_first = not has_condition and not any((item.item, item.due_cycle) in asked for item in visit.items)
    return DueReminder(
        item=first.item,
        due_cycle=first.due_cycle,
        stage=highest.stage,
        valid_days=highest.valid_days,
        priority=policy.urgent_priority if any(item.is_urgent for item in named) else policy.priority,
        due_p50=first.due_p50,
        bundled=tuple((item.item, item.due_cycle) for item in others),
        has_condition=has_condition,
        arm=_arm(priced, on) if is_first else None,
        lead=_choice(visit, priced, on) if is_first else None,
    )


def _first_of(visit: Visit, asked: _Asked, firsts: Firsts) -> FirstDay | None:
    """Return the visit's first day, unless one of its items was asked for already: then the rule goes on alone."""
    if any((item.item, item.due_cycle) in asked for item in visit.items):
        return None
    return firsts.days.get((visit.first.item, visit.first.due_cycle))


def _speaks_on(
    stage: ReminderStage, item: ItemForecast, forecast: Forecast, first: FirstDay | None, firsts: Firsts
) -> date | None:
    """Return the day of a stage: the first day for the first one and for any that would follow it too soon."""
    by_rule = _reached_on(stage, item, forecast)
    if first is None:
        return by_rule
    if first.on is None:
        return None if stage.stage == 1 else by_rule
    if stage.stage == 1 or by_rule <= first.on + timedelta(days=firsts.stage_gap_days):
        return first.on
    return by_rule


def _arm(first: FirstDay | None, on: date) -> Arm:
    return first.arm if first is not None and first.on is not None and first.on <= on else Arm.FALLBACK


def _choice(visit: Visit, first: FirstDay | None, on: date) -> LeadChoice:
    p10, p50, p90 = visit.due
    was_chosen = _arm(first, on) is not Arm.FALLBACK
    return LeadChoice(
        lead_days=(p50 - on).days,
        due_p10=p10,
        due_p50=p50,
        due_p90=p90,
        value_fen=first.value_fen if first and was_chosen else 0,
        price_fen=first.price_fen if first and was_chosen else 0,
    )


def _asked(reminded: Iterable[Reminded]) -> dict[tuple[str, str], int]:
    asked: dict[tuple[str, str], int] = {}
    for one in reminded:
        key = (one.item, one.due_cycle)
        asked[key] = max(one.stage, asked.get(key, 0))
    return asked


def _reached_on(stage: ReminderStage, item: ItemForecast, forecast: Forecast) -> date:
    return date.fromordinal(_reached_day(stage, item, forecast))


def _reached_day(stage: ReminderStage, item: ItemForecast, forecast: Forecast) -> int:
    """Return the first day of the stage as an ordinal: by the median, or by the distance left."""
    by_day = item.due_p50.toordinal() - stage.lead_days
    if stage.remaining_m is None or item.remaining_m is None:
        return by_day
    return min(by_day, _driven_on(item.remaining_m - stage.remaining_m, forecast))


def _driven_on(metres: int, forecast: Forecast) -> int:
    """Return the day by which the car has driven so far since its last reading, as an ordinal."""
    last_read_on = forecast.as_of.toordinal() - forecast.reading_age_days
    pace = max(forecast.metres_per_day, 1)
    return last_read_on + (min(-(-metres // pace), DAYS_MAX) if metres > 0 else 0)
