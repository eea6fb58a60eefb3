"""A store's workshop: what it can do in a day, who does it, and what one day holds."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum

from ownerloop.domain.workdays import Opening, OpeningWeek

_HOUR_MINUTES = 60


class JobClass(StrEnum):
    """What kind of work a visit is."""

    MAINTENANCE = "maintenance"
    INSPECTION = "inspection"
    REPAIR = "repair"


class BookingState(StrEnum):
    """Where a booking stands; the last four are ends."""

    AWAITED = "awaited"  # somebody changed it before it was made known to us
    BOOKED = "booked"
    WAITLISTED = "waitlisted"
    CANCELLED = "cancelled"
    MISSED = "missed"
    DONE = "done"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Job:
    """What one job of a class takes, and how many of them a day takes at most."""

    minutes: int
    daily_max: int


@dataclass(frozen=True, slots=True)
class Technician:
    """One technician and what he or she can do."""

    technician_id: str
    job_classes: frozenset[JobClass]


@dataclass(frozen=True, slots=True)
class WorkshopRules:
    """What a store's workshop has: hours, slots, bays, technicians and jobs."""

    week: OpeningWeek
    slot_minutes: int
    bays: int
    technicians: tuple[Technician, ...]
    jobs: Mapping[JobClass, Job]

    def minutes_of(self, job_class: JobClass) -> int:
        """Return the minutes that a job of the class takes, in whole slots."""
        return -(-self.jobs[job_class].minutes // self.slot_minutes) * self.slot_minutes

    def able(self, job_class: JobClass) -> tuple[Technician, ...]:
        """Return the technicians who can do the class, whoever can do least else first."""
        able = (technician for technician in self.technicians if job_class in technician.job_classes)
        return tuple(sorted(able, key=lambda technician: (len(technician.job_classes), technician.technician_id)))


@dataclass(frozen=True, slots=True)
class BookingPolicy:
    """What holds for bookings in every store of the group."""

    version: str
    effective_on: date
    waitlist_max: int  # waiting bookings of a day
    promised_max: int  # of them given to the owner by somebody else before we were asked; they wait beyond the others
    horizon_days: int
    open_per_car_max: int
    promotion_priority: int  # of the contact that tells an owner of the place


@dataclass(frozen=True, slots=True)
class Asked:
    """What one booking asks for. `wished_minute` counts from midnight on the store's clock."""

    booking_key: str
    person_id: str
    vehicle_id: str
    job_class: JobClass
    wished_minute: int
    asked_at: datetime
    is_flexible: bool = False  # any start of the day will do, the nearest to the wish first
    own_technician: str | None = None  # who served the car last
    only_own: bool = False  # waits for the own technician rather than take another
    is_promised: bool = False  # somebody gave it to the owner already
    contact_id: str | None = None


@dataclass(frozen=True, slots=True)
class Place:
    """Consecutive slots of one technician and one bay."""

    start_minute: int
    minutes: int
    technician_id: str
    bay: int

    @property
    def mask(self) -> int:
        """Return the minutes of the day as bits."""
        return ((1 << self.minutes) - 1) << self.start_minute


@dataclass(frozen=True, slots=True)
class Booking:
    """One booking with its place in a day; what waits has none."""

    asked: Asked
    state: BookingState
    minutes: int
    place: Place | None = None

    @property
    def booking_key(self) -> str:
        """Return what names the booking."""
        return self.asked.booking_key


@dataclass(frozen=True, slots=True)
class Day:
    """One store's day: bookings that hold a place, whether still to come, done or missed, and who waits, in order."""

    store_id: str
    on: date
    version: int = 0
    bookings: tuple[Booking, ...] = ()
    waitlist: tuple[Booking, ...] = ()

    def find(self, booking_key: str) -> Booking | None:
        """Return the booking of the key, or None."""
        return next((one for one in (*self.bookings, *self.waitlist) if one.booking_key == booking_key), None)

    def place_of(self, booking_key: str) -> int | None:
        """Return the booking's place on the waitlist, 1 for the first, or None."""
        keys = [one.booking_key for one in self.waitlist]
        return keys.index(booking_key) + 1 if booking_key in keys else None

    @property
    def missed(self) -> int:
        """Return how many did not come."""
        return sum(one.state is BookingState.MISSED for one in self.bookings)


@dataclass(frozen=True, slots=True)
class Minutes:
    """Minutes of a day, in all and by job class."""

    total: int = 0
    by_class: Mapping[JobClass, int] = field(default_factory=dict)


def load(day: Day) -> Minutes:
    """Return the minutes that bookings hold, whatever became of them: done and missed ones held their hour too."""
    return _minutes(day.bookings)


def waiting(day: Day) -> Minutes:
    """Return the minutes that the waitlist asks for beyond the load."""
    return _minutes(day.waitlist)


def capacity(rules: WorkshopRules, opening: Opening | None) -> Minutes:
    """Return the minutes that bays, technicians and `daily_max` leave room for on a day; 0 on a closed one.

    It is a bound: jobs that do not fill the day to its end leave less.
    """
    if opening is None:
        return Minutes(0, dict.fromkeys(rules.jobs, 0))
    by_class = {
        job_class: min(
            job.daily_max * rules.minutes_of(job_class),
            min(rules.bays, len(rules.able(job_class))) * opening.minutes,
        )
        for job_class, job in rules.jobs.items()
    }
    hands = min(rules.bays, len(rules.technicians)) * opening.minutes
    return Minutes(min(hands, sum(by_class.values())), by_class)


def place_for(
    day: Day, asked: Asked, *, rules: WorkshopRules, opening: Opening | None, since_minute: int
) -> Place | None:
    """Return the best free place for what is asked, none before `since_minute`, or None.

    Best is the wished start (a flexible wish: the free start nearest to it, the earlier of two), then the own
    technician, then whoever can do least else, then the first bay.
    """
    job = rules.jobs.get(asked.job_class)
    taken = sum(one.asked.job_class is asked.job_class for one in day.bookings)
    if opening is None or job is None or taken >= job.daily_max:
        return None
    minutes = rules.minutes_of(asked.job_class)
    hands, bays = _busy(day)
    for start in _starts(asked, minutes, rules=rules, opening=opening):
        if start < since_minute:
            continue
        mask = ((1 << minutes) - 1) << start
        bay = next((bay for bay in range(1, rules.bays + 1) if not bays[bay] & mask), None)
        hand = next((who for who in _hands(asked, rules, hands) if not hands[who] & mask), None)
        if bay is not None and hand is not None:
            return Place(start, minutes, hand, bay)
    return None


def slot_start(minute: int, *, rules: WorkshopRules, opening: Opening) -> int:
    """Return the start of the slot that a minute lies in; slots count from the opening."""
    opens = minute_of(opening.opens_at.hour, opening.opens_at.minute)
    return opens + (minute - opens) // rules.slot_minutes * rules.slot_minutes


def starts_of(minutes: int, *, rules: WorkshopRules, opening: Opening) -> range:
    """Return every start at which a job of so many minutes ends before the workshop closes."""
    opens = minute_of(opening.opens_at.hour, opening.opens_at.minute)
    return range(opens, opens + opening.minutes - minutes + 1, rules.slot_minutes)


def minute_of(hour: int, minute: int) -> int:
    """Return the minute of the day of a time."""
    return hour * _HOUR_MINUTES + minute


def _starts(asked: Asked, minutes: int, *, rules: WorkshopRules, opening: Opening) -> Iterator[int]:
    wished = slot_start(asked.wished_minute, rules=rules, opening=opening)
    starts = starts_of(minutes, rules=rules, opening=opening)
    if asked.is_flexible:
        yield from sorted(starts, key=lambda start: (abs(start - wished), start))
    elif wished in starts:
        yield wished


def _hands(asked: Asked, rules: WorkshopRules, busy: Mapping[str, int]) -> list[str]:
    # The own technician first; then whoever can do least else, the least busy of them.
    able = rules.able(asked.job_class)
    known = asked.own_technician in {technician.technician_id for technician in able}
    if known and asked.only_own:
        return [asked.own_technician or ""]
    ranked = sorted(
        able,
        key=lambda one: (
            one.technician_id != asked.own_technician,
            len(one.job_classes),
            busy[one.technician_id].bit_count(),
            one.technician_id,
        ),
    )
    return [technician.technician_id for technician in ranked]


def _busy(day: Day) -> tuple[Counter[str], Counter[int]]:
    # The taken minutes of each technician and bay as bits; whoever is not there has none.
    hands: Counter[str] = Counter()
    bays: Counter[int] = Counter()
    for one in day.bookings:
        if one.place:
            hands[one.place.technician_id] |= one.place.mask
            bays[one.place.bay] |= one.place.mask
    return hands, bays


def _minutes(bookings: tuple[Booking, ...]) -> Minutes:
    by_class: Counter[JobClass] = Counter()
    for one in bookings:
        by_class[one.asked.job_class] += one.minutes
    return Minutes(by_class.total(), by_class)
