"""Every law of `verify` holds on a sound stack, and each is seen to be broken when something breaks it."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from io import BytesIO, StringIO
from typing import Any

import pytest
from rich.console import Console

from infra.command_line.verifying import finding_data, findings_table
from infra.operation.site import Site
from infra.operation.verifying.findings import KEPT_MAX, Finding
from infra.operation.verifying.run import tables, verify
from ownerloop.adapters.dynamodb.contact_items import contact_values
from ownerloop.adapters.dynamodb.enrolments import alias_key, marker_values
from ownerloop.adapters.dynamodb.gates import gate_values
from ownerloop.adapters.dynamodb.items import written
from ownerloop.adapters.dynamodb.owners import owner_values
from ownerloop.adapters.dynamodb.point_items import account_values, entry_values, redemption_values, stock_key
from ownerloop.adapters.dynamodb.tiers import tier_values
from ownerloop.adapters.dynamodb.vehicle_items import vehicle_values
from ownerloop.adapters.lake import MemoryLake
from ownerloop.domain.changes import ContactChange
from ownerloop.domain.consent import Purpose, Withdrawal
from ownerloop.domain.contact import Contact, ContactClass, ContactState, Step
from ownerloop.domain.gate import Entry as Slot
from ownerloop.domain.gate import Gate
from ownerloop.domain.owner import Owner
from ownerloop.domain.points import Account, Entry
from ownerloop.domain.points_change import posted
from ownerloop.domain.points_moves import redeem
from ownerloop.domain.redemption import Redemption, RedemptionState
from ownerloop.domain.tier_record import TierRecord
from ownerloop.usecases.write_lake import write_changes
from tests.builders import a_consent, a_grant, a_vehicle
from tests.points_builders import NOW, TODAY, a_lot, postings_of

ANN, BEN, CAR, KEY = "p_" + "a" * 24, "p_" + "b" * 24, "v_" + "c" * 24, "e" * 32
THEN = NOW - timedelta(hours=3)
_S = ContactState
WAY = (_S.REQUESTED, _S.RESERVED, _S.SENDING, _S.TASK_CREATED, _S.ACCEPTED)


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
        cloud.put("OwnersTable", marker_values(key, payload_hash="h", received_at=THEN))
    cloud.lake.write(dataset, [{"event_key": key, "received_at": THEN, **row}], on=TODAY)


@pytest.fixture
def cloud() -> Cloud:
    """Give a sound stack: Ann, known by a key, with a car, a tier, a message, points and one redemption."""
    held = Cloud()
    held.put("OwnersTable", owner_values(Owner(ANN, version=1)))
    alias_pk, alias_sk = alias_key("o_" + "d" * 24)
    held.put("OwnersTable", {"pk": alias_pk, "sk": alias_sk, "person_id": ANN})
    held.put("OwnersTable", tier_values(TierRecord(person_id=ANN, version=1)))
    held.put("VehiclesTable", vehicle_values(a_vehicle(vehicle_id=CAR, consent=a_consent(person_id=ANN))))
    put_contact(held, a_contact())
    held.put("ContactsTable", a_gate(ANN, a_slot()))
    put_event(held, KEY)
    entries, account = ledger()
    for entry in entries:
        held.put("PointsTable", entry_values(entry))
    write_changes([], [], entries, lake=held.lake, on=TODAY)
    held.put("PointsTable", account_values(account))
    redemption = Redemption(
        "r_1", ANN, RedemptionState.REDEEMED, "", NOW, item_id="car-wash", quantity=1, points=60, entries=((ANN, 2),)
    )
    held.put("PointsTable", redemption_values(redemption))
    pk, sk = stock_key("car-wash")
    held.put("PointsTable", {"pk": pk, "sk": sk, "taken": 1})
    return held


def broken(cloud: Cloud) -> dict[str, list[str]]:
    """Return what breaks which law."""
    found = verify(cloud.site())
    return {finding.law: sorted(finding.broken) for finding in found if finding.violations}


def test_on_a_sound_stack_every_law_holds_and_every_law_was_held_against_something(cloud: Cloud) -> None:
    put_contact(cloud, a_contact(2, way=(_S.REQUESTED, _S.RESERVED)))
    cloud.put("ContactsTable", a_gate(ANN, a_slot(), a_slot(2)))

    found = {finding.law: finding for finding in verify(cloud.site())}

    assert broken(cloud) == {}
    assert {law for law, finding in found.items() if not finding.checked} == {"lake_forecasts"}
    assert found["lake_contacts"].checked == len(WAY) + 2
    assert found["one_tier"].notes == ["prospect 1"]


def test_nothing_is_written(cloud: Cloud) -> None:
    verify(cloud.site())

    assert set(cloud.called) == {"scan", "list_objects_v2", "get_object", "get_queue_attributes"}


def a_fourth_slot(cloud: Cloud) -> None:
    cloud.put("ContactsTable", a_gate(ANN, *map(a_slot, range(1, 5))))


def a_reservation_without_its_slot(cloud: Cloud) -> None:
    put_contact(cloud, a_contact(7, way=(_S.REQUESTED, _S.RESERVED)))


def a_step_that_is_not_drawn(cloud: Cloud) -> None:
    put_contact(cloud, a_contact(3, way=(_S.REQUESTED, _S.SENDING, _S.ACCEPTED)))


def a_state_that_its_trail_does_not_say(cloud: Cloud) -> None:
    put_contact(cloud, a_contact(3, state=_S.DELIVERED))


def a_step_back_in_time(cloud: Cloud) -> None:
    held = a_contact(3)
    trail = (*held.trail[:-1], replace(held.trail[-1], at=THEN - timedelta(days=1)))
    put_contact(cloud, replace(held, trail=trail))


def a_contact_that_goes_in_circles(cloud: Cloud) -> None:
    put_contact(cloud, a_contact(3, way=(_S.REQUESTED, *(_S.RESERVED, _S.REQUESTED) * 30)))


def an_ended_contact_that_is_listed_as_open(cloud: Cloud) -> None:
    cloud.put("ContactsTable", {**contact_values(a_contact(1)), "open_person": ANN})


def an_accepted_contact_without_a_message(cloud: Cloud) -> None:
    put_contact(cloud, a_contact(3, provider_message_id=None))


def two_contacts_of_one_message(cloud: Cloud) -> None:
    put_contact(cloud, a_contact(3, provider_message_id="m-1"))


def a_message_after_a_withdrawal(cloud: Cloud) -> None:
    taken = Withdrawal(THEN - timedelta(hours=1), ANN, Purpose.MAINTENANCE)
    consent = a_consent(person_id=ANN, withdrawals=[taken])
    cloud.put("VehiclesTable", vehicle_values(a_vehicle(vehicle_id=CAR, consent=consent)))


def an_entry_that_is_off(cloud: Cloud) -> None:
    (earned, _), _ = ledger()
    (change,) = earned.changes
    cloud.put("PointsTable", entry_values(replace(earned, changes=(replace(change, granted=change.granted + 1),))))


def a_balance_that_its_entries_do_not_say(cloud: Cloud) -> None:
    _, account = ledger()
    lots = {lot_id: replace(lot, remaining=lot.remaining + 5) for lot_id, lot in account.lots.items()}
    cloud.put("PointsTable", account_values(replace(account, lots=lots)))


def a_lost_entry(cloud: Cloud) -> None:
    cloud.drop("PointsTable", f"account#{ANN}", "entry#0000000001")


def a_redemption_that_was_never_booked(cloud: Cloud) -> None:
    more = Redemption("r_2", ANN, RedemptionState.REDEEMED, "", NOW, points=10)
    cloud.put("PointsTable", redemption_values(more))


def a_mall_that_gave_more(cloud: Cloud) -> None:
    pk, sk = stock_key("car-wash")
    cloud.put("PointsTable", {"pk": pk, "sk": sk, "taken": 2})


def a_tier_that_is_none(cloud: Cloud) -> None:
    values = tier_values(TierRecord(person_id=ANN, version=1))
    cloud.put("OwnersTable", {**values, "settled": "platinum"})


def a_tier_of_nobody(cloud: Cloud) -> None:
    cloud.put("OwnersTable", tier_values(TierRecord(person_id=BEN, version=1)))


def a_key_that_leads_to_nobody(cloud: Cloud) -> None:
    pk, sk = alias_key("o_" + "e" * 24)
    cloud.put("OwnersTable", {"pk": pk, "sk": sk, "person_id": BEN})


def a_circle_of_merges(cloud: Cloud) -> None:
    cloud.put("OwnersTable", owner_values(Owner(ANN, version=2, merged_into=BEN)))
    cloud.put("OwnersTable", owner_values(Owner(BEN, version=2, merged_into=ANN)))


def a_merge_that_only_one_side_knows(cloud: Cloud) -> None:
    cloud.put("OwnersTable", owner_values(Owner(BEN, version=2, merged_into=ANN)))


def a_merge_that_the_gate_does_not_know(cloud: Cloud) -> None:
    cloud.put("OwnersTable", owner_values(Owner(ANN, version=2, members=(BEN,))))
    cloud.put("OwnersTable", owner_values(Owner(BEN, version=2, merged_into=ANN)))
    cloud.put("ContactsTable", a_gate(BEN))


def an_event_that_history_lost(cloud: Cloud) -> None:
    cloud.put("OwnersTable", marker_values("f" * 32, payload_hash="h", received_at=THEN))


def an_event_that_only_history_knows(cloud: Cloud) -> None:
    put_event(cloud, "f" * 32, with_marker=False)


def a_step_that_history_lost(cloud: Cloud) -> None:
    put_contact(cloud, a_contact(3), with_rows=False)


def a_step_that_only_history_knows(cloud: Cloud) -> None:
    put_contact(cloud, a_contact(1, way=(*WAY, _S.DELIVERED)))
    cloud.put("ContactsTable", contact_values(a_contact(1)))


def history_that_was_given_up(cloud: Cloud) -> None:
    cloud.depths["HistoryDeadLetters"] = 1


def a_phone_in_a_profile(cloud: Cloud) -> None:
    cloud.put("OwnersTable", owner_values(Owner(ANN, version=1, team="call 13800138000")))


def a_vin_in_the_lake(cloud: Cloud) -> None:
    put_event(cloud, "d" * 32, detail="LSVAA4182E2000001")


def a_phone_in_a_log(cloud: Cloud) -> None:
    cloud.logged["SendWecomLog"] = ['{"message": "told", "service": "wecom"}', '{"message": "told +8613800138000"}']


def an_item_of_a_later_release(cloud: Cloud) -> None:
    cloud.put("CasesTable", {"pk": "case#1", "sk": "state"})
    cloud.items["CasesTable"]["case#1", "state"]["schema"] = {"N": "9"}


BREAKS = {
    a_fourth_slot: {"daily_cap"},
    a_reservation_without_its_slot: {"slots"},
    a_step_that_is_not_drawn: {"contact_moves"},
    a_state_that_its_trail_does_not_say: {"contact_moves"},
    a_step_back_in_time: {"contact_moves"},
    a_contact_that_goes_in_circles: {"contact_moves"},
    an_ended_contact_that_is_listed_as_open: {"contact_moves"},
    an_accepted_contact_without_a_message: {"one_message"},
    two_contacts_of_one_message: {"one_message"},
    a_message_after_a_withdrawal: {"withdrawn"},
    an_entry_that_is_off: {"points_sum_zero", "points_balance"},
    a_balance_that_its_entries_do_not_say: {"points_balance"},
    a_lost_entry: {"points_balance", "lake_points"},
    a_redemption_that_was_never_booked: {"points_books"},
    a_mall_that_gave_more: {"stock"},
    a_tier_that_is_none: {"one_tier"},
    a_tier_of_nobody: {"one_tier"},
    a_key_that_leads_to_nobody: {"aliases"},
    a_circle_of_merges: {"groups"},
    a_merge_that_only_one_side_knows: {"groups"},
    a_merge_that_the_gate_does_not_know: {"groups"},
    an_event_that_history_lost: {"lake_events"},
    an_event_that_only_history_knows: {"lake_events"},
    a_step_that_history_lost: {"lake_contacts"},
    a_step_that_only_history_knows: {"lake_contacts"},
    history_that_was_given_up: {"ways"},
    a_phone_in_a_profile: {"privacy"},
    a_vin_in_the_lake: {"privacy"},
    a_phone_in_a_log: {"privacy"},
    an_item_of_a_later_release: {"readable"},
}


@pytest.mark.parametrize("naive", BREAKS, ids=lambda naive: naive.__name__)
def test_a_law_that_is_broken_is_seen_to_be(cloud: Cloud, naive: Callable[[Cloud], None]) -> None:
    naive(cloud)

    assert set(broken(cloud)) == BREAKS[naive]


def test_a_consent_given_anew_and_a_withdrawal_told_late_excuse_the_message(cloud: Cloud) -> None:
    taken = Withdrawal(THEN - timedelta(hours=2), ANN, Purpose.MAINTENANCE)
    anew = a_grant(person_id=ANN, granted_at=THEN - timedelta(hours=1))
    consent = a_consent(person_id=ANN, grants=[a_grant(person_id=ANN), anew], withdrawals=[taken])
    cloud.put("VehiclesTable", vehicle_values(a_vehicle(vehicle_id=CAR, consent=consent)))
    assert broken(cloud) == {}

    a_message_after_a_withdrawal(cloud)
    cloud.put("OwnersTable", marker_values("f" * 32, payload_hash="h", received_at=NOW - timedelta(minutes=30)))
    told = {"vehicle_id": CAR, "occurred_at": THEN - timedelta(hours=1), "received_at": NOW - timedelta(minutes=30)}
    cloud.lake.write("enrolments", [{"event_key": "f" * 32, **told}], on=TODAY)

    assert broken(cloud) == {}


def test_slots_that_two_persons_took_before_they_were_joined_break_no_cap(cloud: Cloud) -> None:
    mine, theirs = tuple(map(a_slot, (1, 2))), tuple(map(a_slot, (11, 12, 13)))
    cloud.put("OwnersTable", owner_values(Owner(ANN, version=2, members=(BEN,))))
    cloud.put("OwnersTable", owner_values(Owner(BEN, version=2, merged_into=ANN)))
    cloud.put("ContactsTable", a_gate(BEN, others=mine, merged_into=ANN))
    cloud.put("ContactsTable", a_gate(ANN, *mine, *theirs, others=theirs, members=(BEN,)))
    assert broken(cloud) == {}

    cloud.put("ContactsTable", a_gate(ANN, *mine, *theirs, a_slot(20), others=theirs, members=(BEN,)))

    assert broken(cloud) == {"daily_cap": [f"{BEN} {TODAY}"]}


def test_what_is_minutes_old_may_be_on_its_way_to_the_lake(cloud: Cloud) -> None:
    cloud.put("OwnersTable", marker_values("f" * 32, payload_hash="h", received_at=NOW - timedelta(minutes=5)))
    cloud.depths["HistoryQueue"] = 3

    found = {finding.law: finding for finding in verify(cloud.site())}

    assert broken(cloud) == {}
    assert "1 on the way" in found["lake_events"].notes
    assert found["ways"].notes == ["3 messages in HistoryQueue"]


def test_what_is_older_than_the_inbox_remembers_is_not_asked_of_it(cloud: Cloud) -> None:
    old = {"event_key": "f" * 32, "received_at": NOW - timedelta(days=40)}
    cloud.lake.write("interactions", [old], on=TODAY)

    assert broken(cloud) == {}


def test_what_is_put_right_while_it_is_read_breaks_nothing(cloud: Cloud) -> None:
    a_fourth_slot(cloud)

    def put_right(held: Cloud, _: str) -> None:
        if held.called.count("scan") > len(tables()):
            held.put("ContactsTable", a_gate(ANN, a_slot()))

    cloud.on_call = put_right

    assert broken(cloud) == {}


def test_people_and_programs_are_told_the_first_ten_and_the_number_of_all(cloud: Cloud) -> None:
    for number in range(30):
        put_contact(cloud, a_contact(100 + number, provider_message_id=None))
    found = verify(cloud.site())

    told = {one["law"]: one for one in map(finding_data, found)}
    assert told["one_message"]["violations"] == 30
    assert len(told["one_message"]["examples"]) == 10
    console = Console(width=200, record=True, file=StringIO())
    console.print(findings_table(found, "zh"))
    assert "每人每日至多 3 条" in console.export_text()


def test_a_finding_remembers_ten_thousand_and_counts_the_rest() -> None:
    finding = Finding("law", ("", ""))
    for number in range(KEPT_MAX + 5):
        finding.breaks(str(number), "how")

    assert (len(finding.broken), finding.violations) == (KEPT_MAX, KEPT_MAX + 5)


@pytest.mark.parametrize(
    ("text", "is_seen"),
    [
        ("LSVAA4182E2000001", True),
        ("call +8613800138000 now", True),
        ("wmABCDEFGHIJKLMNOPQRSTUVWXYZ1234", True),
        ("oABCDEFGHIJKLMNOPQRSTUVWXYZ1", True),
        ("c_" + "13800138000" * 2 + "ab", False),
        ("1780000000000000", False),
        ("v_00000000000000000000000a", False),
        ("ownerloop.owner.tier_changed", False),
    ],
)
def test_a_text_that_looks_like_somebody_is_seen_and_a_surrogate_is_not(cloud: Cloud, text: str, is_seen: bool) -> None:
    cloud.put("CasesTable", {"pk": "case#1", "sk": "state", "note": text})

    assert ("privacy" in broken(cloud)) is is_seen


def test_the_name_of_a_function_in_its_own_log_is_nobodys_open_id(cloud: Cloud) -> None:
    name = "ownerloop-SendWecom-A1B2C3D4"
    cloud.logged["SendWecomLog"] = [f'{{"message": "told", "function_name": "{name}"}}']
    assert set(broken(cloud)) == {"privacy"}

    cloud.named["SendWecom"] = name

    assert broken(cloud) == {}
