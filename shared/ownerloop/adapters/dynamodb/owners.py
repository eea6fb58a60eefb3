"""The profiles in the Owners table: `person#<person_id>` / `profile`.

Attributes are named like the owner's own, instants in microseconds; `unsubscribes` and `subscribes` are lists of
[at, channel, topic]. `store_key` = `<store_id>#<shard 0-15>` files the profile for the index `by_store`.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from ownerloop.adapters.dynamodb.commands import get_items
from ownerloop.adapters.dynamodb.items import instant, instant_or_none, micros
from ownerloop.domain.ids import shard
from ownerloop.domain.owner import Owner, Subscribe, Unsubscribe

PROFILE = "profile"


class DynamoOwners:
    """The profiles, for those who only read."""

    def __init__(self, table_name: str) -> None:
        self._table = table_name

    def load(self, person_ids: Iterable[str]) -> dict[str, Owner]:
        """Return each person's profile; one without an item comes with version 0."""
        keys = {person_id: (owner_pk(person_id), PROFILE) for person_id in person_ids}
        rows = get_items(self._table, keys.values())
        return {
            person_id: owner_from(rows[key]) if key in rows else Owner(person_id=person_id)
            for person_id, key in keys.items()
        }


def owner_pk(person_id: str) -> str:
    """Return the partition key of a person."""
    return f"person#{person_id}"


def owner_values(owner: Owner) -> dict[str, Any]:
    """Return the plain values of the profile's item."""
    return {
        "pk": owner_pk(owner.person_id),
        "sk": PROFILE,
        "person_id": owner.person_id,
        "version": owner.version,
        "registered_at": micros(owner.registered_at),
        "store_id": owner.store_id,
        "zone": owner.zone,
        "language": owner.language,
        "daily_max": owner.daily_max,
        "staff_userid": owner.staff_userid,
        "channels": owner.channels,
        "unsubscribes": [[micros(u.at), u.channel, u.topic] for u in owner.unsubscribes],
        "vehicle_ids": owner.vehicle_ids,
        "merged_into": owner.merged_into,
        "subscribes": [[micros(s.at), s.channel, s.topic] for s in owner.subscribes],
        "open_cases": owner.open_cases,
        "known_since": micros(owner.known_since),
        "team": owner.team,
        "birthday": owner.birthday,
        "members": owner.members or None,
        "store_key": owner.store_id and store_key(owner.store_id, shard(owner.person_id)),
    }


def store_key(store_id: str, place: int) -> str:
    """Return the index key of a store's owners in one of the 16 shards."""
    return f"{store_id}#{place}"


def owner_from(values: Mapping[str, Any]) -> Owner:
    """Return the owner of an item's plain values."""
    return Owner(
        person_id=values["person_id"],
        version=values["version"],
        registered_at=instant_or_none(values.get("registered_at")),
        store_id=values.get("store_id"),
        zone=values.get("zone"),
        language=values["language"],
        daily_max=values["daily_max"],
        staff_userid=values.get("staff_userid"),
        channels=tuple(values["channels"]),
        unsubscribes=tuple(Unsubscribe(instant(at), channel, topic) for at, channel, topic in values["unsubscribes"]),
        vehicle_ids=tuple(values["vehicle_ids"]),
        merged_into=values.get("merged_into"),
        subscribes=tuple(Subscribe(instant(at), channel, topic) for at, channel, topic in values.get("subscribes", ())),
        open_cases=tuple(values.get("open_cases", ())),
        known_since=instant_or_none(values.get("known_since")),
        team=values.get("team"),
        birthday=values.get("birthday"),
        members=tuple(values.get("members", ())),
    )
