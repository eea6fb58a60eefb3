"""Every law of `verify` holds on a sound stack, and each is seen to be broken when something breaks it."""

from collections.abc import Callable
from datetime import timedelta
from io import StringIO

import pytest
from rich.console import Console

from infra.command_line.verifying import finding_data, findings_table
from infra.operation.verifying.findings import KEPT_MAX, Finding
from infra.operation.verifying.run import tables, verify
from ownerloop.adapters.dynamodb.enrolments import alias_key, marker_values
from ownerloop.adapters.dynamodb.owners import owner_values
from ownerloop.adapters.dynamodb.point_items import account_values, entry_values, redemption_values, stock_key
from ownerloop.adapters.dynamodb.tiers import tier_values
from ownerloop.adapters.dynamodb.vehicle_items import vehicle_values
from ownerloop.domain.consent import Purpose, Withdrawal
from ownerloop.domain.contact import ContactState
from ownerloop.domain.owner import Owner
from ownerloop.domain.redemption import Redemption, RedemptionState
from ownerloop.domain.tier_record import TierRecord
from ownerloop.usecases.write_lake import write_changes
from tests.builders import a_consent, a_grant, a_vehicle
from tests.operation.breaks import BREAKS, a_fourth_slot, a_message_after_a_withdrawal
from tests.operation.sound_cloud import (
    ANN,
    BEN,
    CAR,
    KEY,
    THEN,
    WAY,
    Cloud,
    a_contact,
    a_gate,
    a_slot,
    broken,
    ledger,
    put_contact,
    put_event,
)
from tests.points_builders import NOW, TODAY


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


def test_on_a_sound_stack_every_law_holds_and_every_law_was_held_against_something(cloud: Cloud) -> None:
    put_contact(cloud, a_contact(2, way=(ContactState.REQUESTED, ContactState.RESERVED)))
    cloud.put("ContactsTable", a_gate(ANN, a_slot(), a_slot(2)))

    found = {finding.law: finding for finding in verify(cloud.site())}

    assert broken(cloud) == {}
    assert {law for law, finding in found.items() if not finding.checked} == {"lake_forecasts"}
    assert found["lake_contacts"].checked == len(WAY) + 2
    assert found["one_tier"].notes == ["prospect 1"]


def test_nothing_is_written(cloud: Cloud) -> None:
    verify(cloud.site())

    assert set(cloud.called) == {"scan", "list_objects_v2", "get_object", "get_queue_attributes"}


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
    cloud.put("OwnersTable", marker_values("f" * 32, payload_hash="h", applied_at=NOW - timedelta(minutes=30)))
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
    cloud.put("OwnersTable", marker_values("f" * 32, payload_hash="h", applied_at=NOW - timedelta(minutes=5)))
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
