"""Whether a store could keep what a booking asks for at all, whoever else comes that day; and when that is."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from ownerloop.domain.calendar import civil_day
from ownerloop.domain.car_bookings import CarBooking
from ownerloop.domain.errors import MalformedEventError
from ownerloop.domain.workdays import Opening
from ownerloop.domain.workshop import Asked, BookingPolicy, JobClass, WorkshopRules, minute_of, slot_start, starts_of

DAY_MINUTES = 24 * 60
CAR_BOOKINGS_DAYS = 30  # a car's item keeps bookings this long, so that an order told late still finds its own


@dataclass(frozen=True, slots=True)
class Clock:
    """The store's clock at the instant of the decision."""

    zone: ZoneInfo
    now: datetime

    @property
    def today(self) -> date:
        """Return the store's civil day."""
        return civil_day(self.now, self.zone)

    def since_minute(self, on: date) -> int:
        """Return the first minute of the day that still lies ahead; 0 on a day to come, the day's end on one gone."""
        if on != self.today:
            return 0 if on > self.today else DAY_MINUTES
        local = self.now.astimezone(self.zone)
        return minute_of(local.hour, local.minute) + 1

    def place_of(self, for_at: datetime) -> tuple[date, int]:
        """Return the civil day and the minute of an instant."""
        local = for_at.astimezone(self.zone)
        return local.date(), minute_of(local.hour, local.minute)

    def instant_of(self, on: date, minute: int) -> datetime:
        """Return the instant (UTC) of a minute of the day."""
        return datetime.combine(on, time(*divmod(minute, 60)), self.zone).astimezone(UTC)


def check_wish(
    asked: Asked,
    *,
    for_at: datetime,
    rules: WorkshopRules,
    opening: Opening | None,
    policy: BookingPolicy,
    clock: Clock,
) -> None:
    """Refuse a wish that no free place could keep: work not done here, the past, too far ahead, closed hours."""
    check_job(asked.job_class, rules)
    if for_at <= clock.now:
        raise _wrong("for_at", "lies ahead", "in_past")
    if for_at > clock.now + timedelta(days=policy.horizon_days):
        raise _wrong("for_at", f"lies at most {policy.horizon_days} days ahead", "beyond_horizon")
    if opening is None:
        raise _wrong("for_at", "is a day on which the workshop is open", "closed_day")
    starts = starts_of(rules.minutes_of(asked.job_class), rules=rules, opening=opening)
    if not asked.is_flexible and slot_start(asked.wished_minute, rules=rules, opening=opening) not in starts:
        raise _wrong(
            "for_at", "is a time at which the job begins and ends while the workshop is open", "outside_opening"
        )


def check_job(job_class: JobClass, rules: WorkshopRules) -> None:
    """Refuse work that the workshop does not do."""
    if job_class not in rules.jobs:
        raise _wrong("job_class", "is work that the store does", "unknown_job")


def check_car(held: tuple[CarBooking, ...], *, on: date, today: date, policy: BookingPolicy, but: str = "") -> None:
    """Refuse a second booking of one car on one day, and more open ones than a car may have; `but` is the one moved."""
    ahead = [one for one in held if one.on >= today and one.booking_key != but]
    if any(one.on == on for one in ahead):
        raise _wrong("vin", "is a car without another booking on the day", "car_booked_that_day")
    if len(ahead) >= policy.open_per_car_max:
        raise _wrong("vin", f"is a car with fewer than {policy.open_per_car_max} open bookings", "too_many_bookings")


def with_booking(held: tuple[CarBooking, ...], one: CarBooking, *, today: date) -> tuple[CarBooking, ...]:
    """Return the car's bookings with this one at its day, without those long gone."""
    others = without_booking(held, one.booking_key)
    return tuple(sorted(b for b in (*others, one) if b.on >= today - timedelta(days=CAR_BOOKINGS_DAYS)))


def without_booking(held: tuple[CarBooking, ...], booking_key: str) -> tuple[CarBooking, ...]:
    """Return the car's bookings without this one."""
    return tuple(one for one in held if one.booking_key != booking_key)


def _wrong(field: str, rule: str, reason: str) -> MalformedEventError:
    return MalformedEventError(field=f"data.{field}", rule=rule, reason=reason)
