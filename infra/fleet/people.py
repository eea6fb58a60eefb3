"""The owners of the simulated fleet: what each allows, wishes and does, drawn from the seed alone."""

import random
from dataclasses import dataclass
from enum import StrEnum


class Temper(StrEnum):
    """The story that an owner plays."""

    PLAIN = "plain"
    POOL = "pool"  # four to six cars whose services fall due on one day
    PARTIAL = "partial"  # allows everything but the odometer
    UNASKED = "unasked"  # never allowed anything
    WITHDRAWING = "withdrawing"  # takes the consent back mid-run
    HANDING_OVER = "handing_over"  # sells a car mid-run
    UNSUBSCRIBING = "unsubscribing"  # refuses reminders mid-run
    UNREACHABLE = "unreachable"  # has no WeCom
    SILENT = "silent"  # wants no message at all
    SECOND = "second"  # another key of somebody who is in the fleet already


# One round of owners; every fleet of a round or more has every story.
_ROUND = (
    *(Temper.PLAIN, Temper.POOL, Temper.UNASKED, Temper.PLAIN, Temper.PARTIAL),
    *(Temper.PLAIN, Temper.WITHDRAWING, Temper.PLAIN, Temper.PLAIN, Temper.HANDING_OVER),
    *(Temper.PLAIN, Temper.POOL, Temper.PLAIN, Temper.UNSUBSCRIBING, Temper.PLAIN),
    *(Temper.PARTIAL, Temper.PLAIN, Temper.UNREACHABLE, Temper.PLAIN, Temper.UNASKED),
    *(Temper.PLAIN, Temper.POOL, Temper.WITHDRAWING, Temper.SILENT, Temper.PLAIN),
)
_DUE_AT_ONCE = 1  # place in a round, of a pool
_STAFF_PER_STORE = 3
_NAMES_OWN_ZONE = 0.3  # the others live by the clock of their store
_READS_ENGLISH = 0.2
_PLAIN_MAXIMA = (3, 3, 3, 3, 2, 3, 1, 3)
_POOL_MAXIMA = (3, 3, 2, 3, 1, 3)


@dataclass(frozen=True, slots=True)
class Person:
    """One owner key. `acts_on` is the day of the run on which a story turns, `zone` None where the store's holds.

    `first_key` is the dealer's key of the same human being where this is a second one, with so many `cars`.
    """

    owner_key: str
    temper: Temper
    store_id: str
    zone: str | None
    store_zone: str
    language: str
    daily_max: int
    staff_userid: str
    external_userid: str | None
    acts_on: int
    first_key: str | None = None
    cars: int = 0

    @property
    def human(self) -> str:
        """Return who it is, however many keys that may be: by this the outside counts."""
        return self.first_key or self.owner_key

    @property
    def lives_in(self) -> str:
        """Return the zone of the owner's own calendar."""
        return self.zone or self.store_zone


def draw_people(*, seed: int, owners: int, days: int, store_zones: dict[str, str]) -> list[Person]:
    """Return the owners in their order; the same arguments give the same people."""
    return [_person(number, seed=seed, days=days, store_zones=store_zones) for number in range(1, owners + 1)]


def falls_due_on(person: Person, *, seed: int, days: int) -> int:
    """Return the day of the run on which the services of a whole pool fall due, under whatever key its cars come.

    One pool of a round is due at once: before a lead time is learned, so that every car is asked for on that one day.
    """
    if (int(person.human.rpartition("-")[2]) - 1) % len(_ROUND) == _DUE_AT_ONCE:
        return 1
    draw = random.Random(f"{seed}|cars|{person.human}")  # noqa: S311  # seeded, not secret
    return draw.randrange(1, max(2, days - 3))


def buyer_of(person: Person) -> Person:
    """Return who takes over the car of somebody who hands one over."""
    return Person(
        owner_key=f"{person.owner_key}-buyer",
        temper=Temper.PLAIN,
        store_id=person.store_id,
        zone=None,
        store_zone=person.store_zone,
        language=person.language,
        daily_max=3,
        staff_userid=person.staff_userid,
        external_userid=f"wmSIM{person.owner_key}buyer",
        acts_on=person.acts_on,
    )


def _person(number: int, *, seed: int, days: int, store_zones: dict[str, str]) -> Person:
    key = f"demo-{number:04d}"
    draw = random.Random(f"{seed}|person|{key}")  # noqa: S311  # seeded, not secret
    temper = _ROUND[(number - 1) % len(_ROUND)]
    store_id = draw.choice(sorted(store_zones))
    return Person(
        owner_key=key,
        temper=temper,
        store_id=store_id,
        zone=store_zones[store_id] if draw.random() < _NAMES_OWN_ZONE else None,
        store_zone=store_zones[store_id],
        language="en" if draw.random() < _READS_ENGLISH else "zh",
        daily_max=_daily_max(temper, number),
        staff_userid=f"staff-{store_id}-{draw.randrange(_STAFF_PER_STORE) + 1}",
        external_userid=None if temper is Temper.UNREACHABLE else f"wmSIM{key}",
        acts_on=draw.randrange(min(4, days), max(min(4, days) + 1, days - 5)),
    )


def _daily_max(temper: Temper, number: int) -> int:
    match temper:
        case Temper.SILENT:
            return 0
        case Temper.POOL:
            return _POOL_MAXIMA[number // 3 % len(_POOL_MAXIMA)]
        case _:
            return _PLAIN_MAXIMA[number % len(_PLAIN_MAXIMA)]
