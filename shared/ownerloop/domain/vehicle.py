"""The state of one car as its item holds it: evidence and facts, never verdicts."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from ownerloop.domain.car_bookings import CarBooking
from ownerloop.domain.consent import ConsentHead
from ownerloop.domain.observations import Observation


@dataclass(frozen=True, slots=True, order=True)
class Reading:
    """One odometer reading; a bare date stands for its whole day."""

    read_at: datetime
    odometer_m: int
    is_bare_date: bool = False


@dataclass(frozen=True, slots=True)
class ServiceDone:
    """The newest finished service of one plan item."""

    item: str
    on: date
    odometer_m: int | None


@dataclass(frozen=True, slots=True)
class ItemForecast:
    """When one service item falls due. Days are civil days; `basis` is `distance`, `time`, `both` or `condition`.

    `severity` (`advise`, `soon`, `now`) is set where the car reports a condition that the item answers.
    """

    item: str
    due_cycle: str
    due_p10: date
    due_p50: date
    due_p90: date
    remaining_m: int | None
    basis: str
    severity: str | None = None

    @property
    def is_urgent(self) -> bool:
        """Return whether the car reports something that cannot wait."""
        return self.severity == "now"


@dataclass(frozen=True, slots=True)
class Forecast:
    """Every item's due date with the inputs that produced it."""

    as_of: date
    rule_version: str
    plan_version: str
    priors_version: int
    metres_per_day: int
    rate_days: int
    reading_age_days: int
    last_odometer_m: int
    items: tuple[ItemForecast, ...]
    reasons: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ClusterFlag:
    """A jump that persisted: was the instrument cluster replaced? The evidence is the readings beyond the jump."""

    since: datetime
    readings: tuple[Reading, ...]


@dataclass(frozen=True, slots=True, order=True)
class Denied:
    """A jump that an operator called wrong: it began at `since`, and `newest` was the last reading beyond it then."""

    since: datetime
    newest: Reading


@dataclass(frozen=True, slots=True, order=True)
class Replacement:
    """A new instrument cluster: the first reading of the new one and the last of the old one."""

    began: Reading
    ended: Reading


@dataclass(frozen=True, slots=True)
class Reminded:
    """The highest stage (1-3) already asked for in a due cycle of an item."""

    item: str
    due_cycle: str
    stage: int


@dataclass(frozen=True, slots=True)
class Told:
    """What others were told last of when a car is due; of its items only name, median, P90 and severity are kept."""

    remind_on: date | None = None
    items: tuple[ItemForecast, ...] = ()


@dataclass(frozen=True, slots=True)
class Vehicle:
    """One car. `version` is 0 for a car that has no item yet."""

    vehicle_id: str
    version: int = 0
    state_epoch: int = 0
    consent_epoch: int = 0
    consent: ConsentHead = field(default_factory=ConsentHead)
    model: str | None = None
    store_id: str | None = None
    linked_at: datetime | None = None  # decides model and store: the latest link wins
    in_service_on: date | None = None  # first day on the road: where time limits start before any service
    remind: bool = True
    evidence: Sequence[Reading] = ()  # as `evidence.merge` keeps it
    observations: tuple[Observation, ...] = ()
    services: tuple[ServiceDone, ...] = ()
    forecast: Forecast | None = None
    reminded: tuple[Reminded, ...] = ()
    cluster_flag: ClusterFlag | None = None
    remind_on: date | None = None
    denied: tuple[Denied, ...] = ()
    replacements: tuple[Replacement, ...] = ()
    booked: tuple[CarBooking, ...] = ()  # open bookings of the newest weeks, earliest day first
    own_technician: str | None = None  # who served the car last, where a booking told
    cause: str = field(default="", compare=False)  # the event that last brought news of when it is due
    told: Told | None = field(default=None, compare=False)  # None: what it holds (`telling.known`)
    look_on: date | None = field(default=None, compare=False)  # when planning looks at it; None: on `remind_on`

    @property
    def found_on(self) -> date | None:
        """Return the day on which planning finds the car, never after its reminder day."""
        if self.look_on is None or self.remind_on is None:
            return self.remind_on
        return min(self.look_on, self.remind_on)
