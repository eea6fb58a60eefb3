"""A stack on which every law holds, to be broken by one thing at a time."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from io import BytesIO
from typing import Any

from infra.operation.site import Site
from infra.operation.verifying.run import tables, verify
from ownerloop.adapters.dynamodb.contact_items import contact_values
from ownerloop.adapters.dynamodb.enrolments import marker_values
from ownerloop.adapters.dynamodb.gates import gate_values
from ownerloop.adapters.dynamodb.items import written
from ownerloop.adapters.lake import MemoryLake
from ownerloop.domain.changes import ContactChange
from ownerloop.domain.contact import Contact, ContactClass, ContactState, Step
from ownerloop.domain.gate import Entry as Slot
from ownerloop.domain.gate import Gate
from ownerloop.domain.points import Account, Entry
from ownerloop.domain.points_change import posted
from ownerloop.usecases.write_lake import write_changes
from tests.points_builders import NOW, TODAY, a_lot, postings_of, redeem

ANN, BEN, CAR, KEY = "p_" + "a" * 24, "p_" + "b" * 24, "v_" + "c" * 24, "e" * 32
THEN = NOW - timedelta(hours=3)

WAY = (
    ContactState.REQUESTED,
    ContactState.RESERVED,
    ContactState.SENDING,
    ContactState.TASK_CREATED,
    ContactState.ACCEPTED,
)


@dataclass(slots=True)
class Cloud:
    """A stack in dicts, behind boto3's own calls; it notes every call, so that a test sees that nothing was written."""

    items: dict[str, dict[tuple[str, str], dict[str, Any]]] = field(default_factory=dict)
    lake: MemoryLake = field(default_factory=MemoryLake)
    depths: dict[str, int] = field(default_factory=dict)
    logged: dict[str, list[str]] = field(default_factory=dict)
    named: dict[str, str] = field(default_factory=dict)
    called: list[str] = field(default_factory=list)
    on_call: Callable[["Cloud", str], None] = lambda *_: None

    def put(self, table: str, values: dict[str, Any]) -> None:
        self.items.setdefault(table, {})[values["pk"], values["sk"]] = written(values)

    def drop(self, table: str, pk: str, sk: str) -> None:
        del self.items[table][pk, sk]

    def site(self) -> Site:
        ids = {name: name for name in (*tables(), "LakeBucket", "HistoryQueue")}
        ids |= {name: name for name in ("HistoryDeadLetters", "StreamFailureQueue", *self.logged)} | self.named
        return Site("ownerloop-test", is_local=True, client=lambda _: self, ids=ids, now=NOW)

    def get_paginator(self, operation: str) -> "Pages":
        self._note(operation)
        return Pages(self, operation)

    def get_object(self, *, Bucket: str, Key: str) -> dict[str, Any]:  # noqa: N803, ARG002  # boto3's names
        self._note("get_object")
        return {"Body": BytesIO(self.lake.files[Key])}

    def get_queue_attributes(self, *, QueueUrl: str, AttributeNames: list[str]) -> dict[str, Any]:  # noqa: N803, ARG002  # boto3's names
        self._note("get_queue_attributes")
        return {"Attributes": {"ApproximateNumberOfMessages": str(self.depths.get(QueueUrl, 0))}}

    def _note(self, operation: str) -> None:
        self.called.append(operation)
        self.on_call(self, operation)


@dataclass(frozen=True, slots=True)
class Pages:
    """A paginator that gives two items or files at a time."""

    cloud: Cloud
    operation: str

    def paginate(self, **asked: Any) -> Iterator[dict[str, Any]]:
        if self.operation == "scan":
            assert asked["ConsistentRead"]
            held = list(self.cloud.items.get(asked["TableName"], {}).values())
            yield from ({"Items": held[at : at + 2]} for at in range(0, len(held), 2))
        elif self.operation == "filter_log_events":
            told = [{"timestamp": 0, "message": line} for line in self.cloud.logged[asked["logGroupName"]]]
            yield {"events": told[: asked["PaginationConfig"]["MaxItems"]]}
        else:
            keys = sorted(key for key in self.cloud.lake.files if key.startswith(asked["Prefix"]))
            yield {"Contents": [{"Key": key} for key in keys]} if keys else {}


def a_contact(number: int = 1, *, way: tuple[ContactState, ...] = WAY, **changes: Any) -> Contact:
    """Return a contact of Ann that went the way an hour after three hours ago."""
    trail = tuple(Step(state, "r", THEN + timedelta(minutes=at)) for at, state in enumerate(way))
    held = Contact(
        contact_id=f"c_{number:024x}",
        person_id=ANN,
        vehicle_id=CAR,
        store_id="sh-pudong",
        staff_userid="zhang",
        contact_class=ContactClass.SERVICE,
        topic="maintenance",
        item="oil",
        due_cycle="",
        stage=1,
        priority=40,
        requested_at=THEN,
        valid_until=NOW,
        policy_version="p",
        trigger="t",
        text="x",
        state=way[-1],
        version=len(trail),
        trail=trail,
        reserved_day=TODAY,
        provider_message_id=f"m-{number}",
    )
    return replace(held, **changes)


def a_slot(number: int = 1, *, day: date = TODAY) -> Slot:
    return Slot(day, f"c_{number:024x}", THEN, ContactClass.SERVICE, "wecom")


def a_gate(person_id: str = ANN, *slots: Slot, **changes: Any) -> dict[str, Any]:
    return gate_values(Gate(person_id=person_id, version=1, entries=slots, **changes))


def ledger() -> tuple[list[Entry], Account]:
    """Return Ann's entries, 100 earned and 60 spent, and the account that they come to."""
    postings = postings_of(Account(ANN), a_lot(points=100))
    last = posted(postings[-1].account, redeem(postings[-1].account, 60, entry_id="r", cause="r", at=NOW, on=TODAY))
    return [posting.entry for posting in (*postings, last)], last.account


def put_contact(cloud: Cloud, contact: Contact, *, with_rows: bool = True) -> None:
    cloud.put("ContactsTable", contact_values(contact))
    if with_rows:
        write_changes([], [ContactChange(before=None, after=contact)], lake=cloud.lake, on=TODAY)


def put_event(cloud: Cloud, key: str, *, dataset: str = "interactions", with_marker: bool = True, **row: Any) -> None:
    if with_marker:
        cloud.put("OwnersTable", marker_values(key, payload_hash="h", applied_at=THEN))
    cloud.lake.write(dataset, [{"event_key": key, "received_at": THEN, **row}], on=TODAY)


def broken(cloud: Cloud) -> dict[str, list[str]]:
    """Return what breaks which law."""
    found = verify(cloud.site())
    return {finding.law: sorted(finding.broken) for finding in found if finding.violations}
