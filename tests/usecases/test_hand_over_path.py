"""The whole way of a used car: from one owner's reminders to the next one's, in memory and on the tables."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from ownerloop.domain.contact import ContactState
from ownerloop.domain.enrolment import (
    VehicleHandedOver,
)
from ownerloop.domain.errors import ConsentRequiredError, NotShownError
from ownerloop.domain.partner import SHARE
from ownerloop.domain.tier_record import TierRecord
from ownerloop.domain.tiers import Tier
from ownerloop.usecases.partner_reads import read_maintenance, read_owner
from tests.builders import DAY, START
from tests.messages import VIN
from tests.partners.builders import a_caller
from tests.tables import moto_tables
from tests.usecases.hand_over_world import Dealer, in_memory, on_tables, opened


@pytest.fixture(params=["memory", "moto"])
def dealer(request: pytest.FixtureRequest) -> Iterator[Dealer]:
    if request.param == "memory":
        yield opened(Dealer(in_memory()))
    else:
        with moto_tables() as tables:
            yield opened(Dealer(on_tables(tables)))


def test_the_former_owner_s_open_contact_ends_and_the_new_one_is_asked_only_after_his_own_consent(
    dealer: Dealer,
) -> None:
    assert dealer.plan(now=START).requested == 1
    (wangs,) = dealer.open_contacts("wang")

    dealer.sell()
    dealer.sweep(now=START + 2 * DAY)
    without = dealer.plan(now=START + 8 * DAY)
    dealer.consent("li", since=START + 9 * DAY, now=START + 9 * DAY)
    with_consent = dealer.plan(now=START + 16 * DAY)

    ended = dealer.ports.contacts.load([wangs.contact_id])[wangs.contact_id]
    assert (ended.state, ended.reason) == (ContactState.SUPPRESSED, "owner_changed")
    assert (without.requested, without.passed_over) == (0, {"no_consent": 1})
    assert with_consent.requested == 1
    (lis,) = dealer.open_contacts("li")
    assert lis.contact_id != wangs.contact_id
    assert dealer.open_contacts("wang") == []


def test_history_is_split_at_the_instant(dealer: Dealer) -> None:
    dealer.sell(told_at=START + 3 * DAY)
    dealer.consent("li", since=START, now=START + 3 * DAY)

    late = dealer.read(0.5, 19_050, now=START + 3 * DAY)
    fresh = dealer.read(2, 19_110, now=START + 3 * DAY)

    assert (late, fresh) == (False, True)
    assert [reading.odometer_m for reading in dealer.car.evidence] == [19_110_000]
    reasons = [row["reason"] for row in dealer.history.rows["refusals"]]
    assert reasons == ["no_consent"]
    wangs, lis = dealer.history.rows["readings"][:2], dealer.history.rows["readings"][2:]
    assert [row["odometer_m"] for row in wangs] == [19_000_000, 19_030_000]
    assert [row["consent_epoch"] for row in (*wangs, *lis)] == [0, 0, 1]


def test_a_hand_over_told_late_takes_back_what_was_read_since(dealer: Dealer) -> None:
    dealer.read(2, 19_110, now=START + 2 * DAY)

    dealer.sell(told_at=START + 3 * DAY)

    assert dealer.car.evidence == ()
    assert dealer.car.forecast is not None
    assert dealer.car.forecast.last_odometer_m == 0


def test_a_partner_of_the_former_owner_sees_neither_the_car_nor_its_next_service(dealer: Dealer) -> None:
    purpose = f"{SHARE}{a_caller().partner.partner_id}"
    dealer.consent("wang", since=START - 800 * DAY, purpose=purpose)
    caller = replace(a_caller(), now=START + 2 * DAY)
    assert read_maintenance(dealer.vehicle_id, caller=caller, world=dealer.reading_world()).items

    dealer.sell()

    with pytest.raises(ConsentRequiredError):
        read_maintenance(dealer.vehicle_id, caller=caller, world=dealer.reading_world())
    with pytest.raises(ConsentRequiredError):
        read_owner(dealer.person("wang"), caller=caller, world=dealer.reading_world())
    with pytest.raises(NotShownError):
        read_owner(dealer.person("li"), caller=caller, world=dealer.reading_world())


def test_a_partner_of_the_new_owner_sees_nothing_of_the_former_one_s_driving(dealer: Dealer) -> None:
    purpose = f"{SHARE}{a_caller().partner.partner_id}"
    caller = replace(a_caller(), now=START + 3 * DAY)
    dealer.sell()
    dealer.consent("li", since=START + 2 * DAY, purpose=purpose, now=START + 2 * DAY)

    view = read_maintenance(dealer.vehicle_id, caller=caller, world=dealer.reading_world())

    assert all(item.remaining_km is None for item in view.items)
    assert "no_reading" in view.reasons


def test_the_former_owner_keeps_tier_and_profile(dealer: Dealer) -> None:
    record = TierRecord(person_id=dealer.person("wang"), version=1, settled=Tier.CORE)
    dealer.ports.tiers.save([record])
    before = dealer.ports.owners.load([dealer.person("wang")])

    dealer.sell()

    assert dealer.ports.tiers.load([dealer.person("wang")]) == {dealer.person("wang"): record}
    assert dealer.ports.owners.load([dealer.person("wang")]) == before
    assert dealer.ports.owners.load([dealer.person("li")])[dealer.person("li")].vehicle_ids == (dealer.vehicle_id,)


def test_the_car_that_comes_back_needs_a_new_consent(dealer: Dealer) -> None:
    dealer.sell()
    dealer.tell(VehicleHandedOver(vin=VIN, to_owner_key="wang", at=START + 2 * DAY, store_id=None), now=START + 2 * DAY)

    assert not dealer.read(3, 19_150, now=START + 3 * DAY)
    dealer.consent("wang", since=START + 3.5 * DAY, now=START + 4 * DAY)
    assert dealer.read(4, 19_190, now=START + 4 * DAY)
