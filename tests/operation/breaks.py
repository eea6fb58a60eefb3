"""What breaks a law of a sound stack, one thing each."""

from dataclasses import replace
from datetime import timedelta

from ownerloop.adapters.dynamodb.contact_items import contact_values
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
from tests.builders import a_consent, a_vehicle
from tests.operation.sound_cloud import (
    ANN,
    BEN,
    CAR,
    THEN,
    WAY,
    Cloud,
    a_contact,
    a_gate,
    a_slot,
    ledger,
    put_contact,
    put_event,
)
from tests.points_builders import NOW


def a_fourth_slot(cloud: Cloud) -> None:
    cloud.put("ContactsTable", a_gate(ANN, *map(a_slot, range(1, 5))))


def a_reservation_without_its_slot(cloud: Cloud) -> None:
    put_contact(cloud, a_contact(7, way=(ContactState.REQUESTED, ContactState.RESERVED)))


def a_step_that_is_not_drawn(cloud: Cloud) -> None:
    put_contact(cloud, a_contact(3, way=(ContactState.REQUESTED, ContactState.SENDING, ContactState.ACCEPTED)))


def a_state_that_its_trail_does_not_say(cloud: Cloud) -> None:
    put_contact(cloud, a_contact(3, state=ContactState.DELIVERED))


def a_step_back_in_time(cloud: Cloud) -> None:
    held = a_contact(3)
    trail = (*held.trail[:-1], replace(held.trail[-1], at=THEN - timedelta(days=1)))
    put_contact(cloud, replace(held, trail=trail))


def a_contact_that_goes_in_circles(cloud: Cloud) -> None:
    put_contact(
        cloud, a_contact(3, way=(*(ContactState.REQUESTED, ContactState.RESERVED) * 30, ContactState.REQUESTED))
    )


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
    cloud.put("OwnersTable", marker_values("f" * 32, payload_hash="h", applied_at=THEN))


def an_event_that_only_history_knows(cloud: Cloud) -> None:
    put_event(cloud, "f" * 32, with_marker=False)


def a_step_that_history_lost(cloud: Cloud) -> None:
    put_contact(cloud, a_contact(3), with_rows=False)


def a_step_that_only_history_knows(cloud: Cloud) -> None:
    put_contact(cloud, a_contact(1, way=(*WAY, ContactState.DELIVERED)))
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
