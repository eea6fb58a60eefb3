"""Owners of the simulated fleet who come under two keys, and two owners of one household who share a phone.

Who is one human being is decided here, before the run; what is told of it (a phone that both keys proved, the unionid
of an app, one external_userid) comes in within the run. The phone of a household is proved by two human beings: they
become one until somebody at the dealer's parts them.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, time
from enum import StrEnum
from typing import Any

from infra.fleet.enrolling import enrolled, instant_of, registered
from infra.fleet.parcels import Parcel
from infra.fleet.people import Person, Temper, falls_due_on

_PARTED_AFTER_DAYS = 2
_IN_THE_MORNING, _WHILE_PLANNED = time(5, 0), time(7, 0)


class Way(StrEnum):
    """By what two keys are known to be one person's."""

    PHONE = "phone"
    UNIONID = "unionid"
    ADDRESS = "address"  # the external_userid of WeCom, told with the registration
    HOUSEHOLD = "household"  # a phone too, but of two persons


# Places in a round of owners, and what becomes of whoever stands there; a household is two of these places.
_PLACES = {1: Way.PHONE, 7: Way.UNIONID, 10: Way.ADDRESS, 16: Way.HOUSEHOLD}
_OTHER_OF_HOUSEHOLD = 2  # places further on
_ROUND = 25
_CARS = {Way.PHONE: 3, Way.UNIONID: 0, Way.ADDRESS: 1}


@dataclass(frozen=True, slots=True)
class Pair:
    """Two keys that are told to be one person's on a day of the run; `parts_on` where they are not."""

    way: Way
    first: Person
    second: Person
    joins_on: int
    parts_on: int | None = None


@dataclass(frozen=True, slots=True)
class Evidence:
    """What is told of a pair: the day of the run, and whether it comes while the day is planned."""

    day: int
    while_planned: bool
    parcel: Parcel


def draw_pairs(people: list[Person], *, seed: int, days: int) -> list[Pair]:
    """Return the pairs of the fleet; each second key but a household's is a person of its own to be added to it."""
    found = []
    for place, person in enumerate(people):
        way = _PLACES.get(place % _ROUND)
        joins_on = falls_due_on(person, seed=seed, days=days)
        if way is Way.HOUSEHOLD and place + _OTHER_OF_HOUSEHOLD < len(people):
            other = people[place + _OTHER_OF_HOUSEHOLD]
            joins_on = min(joins_on, max(1, days - 1 - _PARTED_AFTER_DAYS))
            found.append(Pair(way, person, other, joins_on, min(joins_on + _PARTED_AFTER_DAYS, days - 1)))
        elif way in _CARS:
            found.append(Pair(way, person, _second(person, way, joins_on=joins_on), joins_on))
    return found


def seconds_of(pairs: list[Pair]) -> list[Person]:
    """Return the second keys that are nobody else's."""
    return [pair.second for pair in pairs if pair.second.temper is Temper.SECOND]


def evidence(pairs: list[Pair], *, starts_on: date) -> Iterator[Evidence]:
    """Yield what shows that keys are one person's: the last word of a phone comes while the day is planned."""
    for pair in pairs:
        day = pair.joins_on
        morning, planned = instant_of(starts_on, day, _IN_THE_MORNING), instant_of(starts_on, day, _WHILE_PLANNED)
        if pair.second.temper is Temper.SECOND and pair.second.external_userid:
            yield Evidence(day, while_planned=False, parcel=registered(pair.second, at=morning))
        if said := _said(pair):
            yield Evidence(
                day, while_planned=False, parcel=enrolled("identity.linked", pair.first.owner_key, morning, said)
            )
            yield Evidence(
                day, while_planned=True, parcel=enrolled("identity.linked", pair.second.owner_key, planned, said)
            )


def _second(person: Person, way: Way, *, joins_on: int) -> Person:
    key = f"{person.owner_key}-{'app' if way is Way.UNIONID else 'b'}"
    addresses = {Way.PHONE: f"wmSIM{key}", Way.UNIONID: None, Way.ADDRESS: person.external_userid}
    return replace(
        person,
        owner_key=key,
        temper=Temper.SECOND,
        external_userid=addresses[way],
        acts_on=joins_on,
        first_key=person.owner_key,
        cars=_CARS[way],
    )


def _said(pair: Pair) -> dict[str, Any]:
    number = pair.first.owner_key.rpartition("-")[2]
    match pair.way:
        case Way.PHONE | Way.HOUSEHOLD:
            identifier = {"kind": "phone", "value": f"+8613800{number:0>6}", "verified": True}
        case Way.UNIONID:
            identifier = {"kind": "unionid", "value": f"oSIM{number}", "verified": True}
        case Way.ADDRESS:
            return {}
    return {"identifiers": [identifier]}
