"""The intake of vehicle data hears a whole group: what any of it took back for a car counts for the car's owner."""

from collections.abc import Iterable
from dataclasses import replace

from ownerloop.domain.errors import VersionConflictError
from ownerloop.identity_ports import People

ATTEMPTS_MAX = 8  # a loser of the conditional write reads again; more than this is a fault for the queue


def hear_groups(person_ids: Iterable[str], *, people: People) -> int:
    """Have the cars of the persons' groups hear whom they must, and return how many were written.

    To be asked after whatever joins, parts or takes back, as often as it is told: it finds how things stand. The
    consent epoch rises, so that what the intake admitted a moment ago never reaches the lake.
    """
    waiting, written = sorted(set(person_ids)), 0
    while waiting:
        persons, found = _heard(waiting[0], people=people)
        waiting = [person for person in waiting[1:] if person not in persons]
        written += found
    return written


def _heard(person_id: str, *, people: People) -> tuple[tuple[str, ...], int]:
    written = 0
    for _ in range(ATTEMPTS_MAX):
        group = people.identities.group_of(person_id)
        cars = people.consents.cars(sorted({car for owner in group.owners.values() for car in owner.vehicle_ids}))
        moved = [
            replace(car, version=car.version + 1, consent=head, consent_epoch=car.consent_epoch + 1)
            for car in cars.values()
            if (head := car.consent.hearing(group.persons)) is not car.consent
        ]
        kept = [people.consents.keep(car) for car in moved]
        written += sum(kept)
        if all(kept):
            return group.persons, written
    raise VersionConflictError(item=person_id)
