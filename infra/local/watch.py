"""What the tables' streams tell the driver: how contacts and tasks stand, and which forecasts the lake must get."""

import time
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from infra.local.clients import client
from ownerloop.adapters.dynamodb.contact_items import contact_of
from ownerloop.adapters.dynamodb.items import instant, read
from ownerloop.adapters.dynamodb.vehicle_items import vehicle_of
from ownerloop.domain.contact import Contact, ContactState

_RECORDS_MAX = 1000
_PAGES_MAX = 10_000
# How many seconds a contact may stand still in a state that something should end, before its mover is taken for dead;
# the sweep moves it on when its time has come. A sender that failed says so, and then nobody else is coming.
_MOVING = {ContactState.REQUESTED: 90.0, ContactState.RESERVED: 90.0, ContactState.SENDING: 90.0}
_AFTER_A_FAILURE = {ContactState.REQUESTED: 90.0, ContactState.RESERVED: 3.0, ContactState.SENDING: 8.0}
_PUT_OFF = 1.0  # of a request that its sender put off to a later instant: the stream's reader only looks at it


class StreamReader:
    """One table's stream from its beginning on."""

    def __init__(self, endpoint: str, table: str) -> None:
        arn = client("dynamodb", endpoint).describe_table(TableName=table)["Table"]["LatestStreamArn"]
        self._streams = client("dynamodbstreams", endpoint)
        shards = self._streams.describe_stream(StreamArn=arn)["StreamDescription"]["Shards"]
        begins = {"StreamArn": arn, "ShardIteratorType": "TRIM_HORIZON"}
        told = [self._streams.get_shard_iterator(ShardId=shard["ShardId"], **begins) for shard in shards]
        self._next = [answer["ShardIterator"] for answer in told]

    def read(self) -> Iterator[dict[str, Any]]:
        """Yield what the stream has told since the last read."""
        for number in range(len(self._next)):
            for _ in range(_PAGES_MAX):
                answer = self._streams.get_records(ShardIterator=self._next[number], Limit=_RECORDS_MAX)
                self._next[number] = answer["NextShardIterator"]
                if not answer["Records"]:
                    break
                yield from (record["dynamodb"] for record in answer["Records"])


class ContactWatch:
    """Every contact as the table's stream last told it, and when contacts and tasks must be looked at next."""

    def __init__(self, endpoint: str, table: str) -> None:
        self._stream = StreamReader(endpoint, table)
        self.contacts: dict[str, Contact] = {}
        self._changed_at: dict[str, float] = {}
        self._left: dict[str, int] = {}  # contact and the version in which nobody was moving it any more
        self._look_at: dict[str, dict[str, datetime]] = {"contact": {}, "task": {}}

    @property
    def steps(self) -> int:
        """Return how many trail entries all contacts have together."""
        return sum(len(contact.trail) for contact in self.contacts.values())

    def look(self) -> None:
        """Read what the stream has told since the last look."""
        for record in self._stream.read():
            self._take(record.get("NewImage", {}))

    def moving(self, *, now: datetime, has_failed: bool) -> Iterator[str]:
        """Yield each contact that something is about to move; `has_failed` says that a sender or its start failed."""
        ticks = time.monotonic()
        patiences = _AFTER_A_FAILURE if has_failed else _MOVING
        for contact in self.contacts.values():
            patience = patiences.get(contact.state)
            if patience is None or self._left.get(contact.contact_id) == contact.version:
                continue
            put_off = contact.state is ContactState.REQUESTED and (contact.release_at or now) > now
            if ticks - self._changed_at[contact.contact_id] < (_PUT_OFF if put_off else patience):
                yield f"{contact.contact_id} is {contact.state}"

    def come_to_rest(self) -> None:
        """Take every contact as nobody's business until it changes, or the sweep finds it due."""
        self._left = {contact.contact_id: contact.version for contact in self.contacts.values()}

    def is_due(self, kind: str, *, by: datetime) -> bool:
        """Return whether a `contact` or `task` must be looked at by the instant."""
        return any(look_at <= by for look_at in self._look_at[kind].values())

    @property
    def is_waiting(self) -> bool:
        """Return whether anything must be looked at again, however late."""
        return any(self._look_at.values())

    def _take(self, image: dict[str, Any]) -> None:
        kind, _, key = image.get("pk", {}).get("S", "").partition("#")
        if kind not in self._look_at:
            return
        self._look_at[kind].pop(key, None)
        if look_at := read(image).get("look_at"):
            self._look_at[kind][key] = instant(look_at)
        if kind == "contact":
            self.contacts[key] = contact_of(image)
            self._changed_at[key] = time.monotonic()


class ForecastWatch:
    """Each car's newest forecast that differs from the one before."""

    def __init__(self, endpoint: str, table: str) -> None:
        self._stream = StreamReader(endpoint, table)
        self._newest: dict[str, int] = {}

    def look(self) -> None:
        """Read what the stream has told since the last look."""
        for record in self._stream.read():
            new = record.get("NewImage", {})
            if not new.get("pk", {}).get("S", "").startswith("vehicle#"):
                continue
            vehicle = vehicle_of(new)
            before = vehicle_of(record["OldImage"]).forecast if record.get("OldImage") else None
            if vehicle.forecast is not None and vehicle.forecast != before:
                self._newest[vehicle.vehicle_id] = vehicle.version

    def missing(self, told: Mapping[str, int]) -> list[str]:
        """Return the cars of which a newer forecast was written than was told."""
        return [vehicle_id for vehicle_id, version in self._newest.items() if told.get(vehicle_id, 0) < version]
