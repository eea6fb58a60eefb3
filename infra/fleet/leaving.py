"""Owners of the simulated fleet who delete their staff member on WeCom: told by callbacks, each of them twice."""

import random
from collections.abc import Iterator
from datetime import UTC, date, time

from infra.fleet.driving import Due
from infra.fleet.enrolling import instant_of
from infra.fleet.parcels import Lane, Parcel, identity_of
from infra.fleet.people import Person, Temper
from ownerloop.contracts.partner_events import WECOM_SOURCE
from ownerloop.domain.wecom_notice import FriendChange, FriendNotice

_LEAVES_SHARE = 0.05


def departures(people: list[Person], *, seed: int, starts_on: date, days: int) -> Iterator[Due]:
    """Yield the callbacks of the run; the first owner who can leaves in any case."""
    candidates = [person for person in people if person.temper is Temper.PLAIN and person.external_userid]
    for place, person in enumerate(candidates):
        draw = random.Random(f"{seed}|leaves|{person.owner_key}")  # noqa: S311  # seeded, not secret
        leaves = draw.random() < _LEAVES_SHARE or place == len(candidates) - 1
        day = draw.randrange(days // 2, days)
        if leaves:
            told = _callback(person, starts_on=starts_on, day=day, minute=draw.randrange(60))
            yield Due(day, at_night=True, parcel=told)
            yield Due(day, True, told)  # noqa: FBT003  # WeCom repeats what it takes for unheard


def _callback(person: Person, *, starts_on: date, day: int, minute: int) -> Parcel:
    at = instant_of(starts_on, day, time(19, minute)).astimezone(UTC)
    notice = FriendNotice(FriendChange.DELETED, person.external_userid or "", person.staff_userid, at)
    body = {
        "ChangeType": "del_follow_user",
        "UserID": notice.staff_userid,
        "ExternalUserID": notice.external_userid,
        "CreateTime": str(int(at.timestamp())),
    }
    return Parcel(lane=Lane.CALLBACK, body=body, identity=identity_of(WECOM_SOURCE, notice.notice_id))
