"""The vault's promises, on every backend."""

import json
from datetime import timedelta
from typing import cast

import pytest

from ownerloop.adapters import secrets
from ownerloop.adapters.clock import RandomSurrogates
from ownerloop.adapters.dynamodb.client import client
from ownerloop.adapters.dynamodb.commands import scan
from ownerloop.adapters.dynamodb.vault import DynamoVault
from ownerloop.webhook_ports import VehicleNames
from tests.adapters.conftest import World
from tests.builders import START
from tests.tables import Tables

VIN, OTHER_VIN = "LFV3A23C8K3000001", "LFV3A23C8K3000002"


def test_a_car_keeps_the_surrogate_of_its_first_sight(world: World) -> None:
    first = world.vault.enrol_vehicles([VIN])[VIN]

    again = world.vault.enrol_vehicles([VIN])[VIN]

    assert again == first
    assert first.startswith("v_")
    assert len(first) == 26


def test_a_vin_in_lower_case_is_the_same_car(world: World) -> None:
    known = world.vault.enrol_vehicles([VIN])[VIN]

    found = world.vault.vehicle_ids([f" {VIN.lower()}"])

    assert found == {f" {VIN.lower()}": known}


def test_cars_that_nobody_linked_are_absent(world: World) -> None:
    known = world.vault.enrol_vehicles([VIN])[VIN]

    found = world.vault.vehicle_ids([VIN, OTHER_VIN, VIN])

    assert found == {VIN: known}
    assert world.vault.vehicle_ids([]) == {}


def test_a_hundred_and_fifty_cars_are_found_at_once(world: World) -> None:
    vins = [f"LFV3A23C8K3{number:06d}" for number in range(150)]
    known = {vin: world.vault.enrol_vehicles([vin])[vin] for vin in vins}

    assert world.vault.vehicle_ids(vins) == known


def test_an_owner_key_is_told_from_a_vin_of_the_same_letters(world: World) -> None:
    assert world.vault.enrol_owners([VIN])[VIN].startswith("o_")
    assert world.vault.vehicle_ids([VIN]) == {}


def test_owner_keys_are_told_apart_by_case(world: World) -> None:
    assert (
        world.vault.enrol_owners(["dealer-7/ab"])["dealer-7/ab"]
        != world.vault.enrol_owners(["dealer-7/AB"])["dealer-7/AB"]
    )


def test_the_newest_address_of_a_person_is_kept(world: World) -> None:
    day = timedelta(days=1)
    world.vault.remember_address("p_1", channel="wecom", address="wm-old", told_at=START)
    world.vault.remember_address("p_1", channel="wecom", address="wm-new", told_at=START + day)
    world.vault.remember_address("p_1", channel="wecom", address="wm-between", told_at=START + day / 2)
    world.vault.remember_address("p_2", channel="sms", address="+8613800000000", told_at=START)
    world.vault.remember_address("p_1", channel="sms", address="+8613800000001", told_at=START)

    assert world.vault.addresses(["p_1", "p_2"], channel="wecom") == {"p_1": "wm-new"}
    assert world.vault.addresses(["p_1"], channel="sms") == {"p_1": "+8613800000001"}
    assert world.vault.addresses(["p_2"], channel="sms") == {"p_2": "+8613800000000"}


def test_the_later_word_says_which_car_a_source_means(world: World) -> None:
    cars, day = world.vault.enrol_vehicles([VIN, OTHER_VIN]), timedelta(days=1)
    names = cast("VehicleNames", world.vault)  # one adapter, two ports

    world.vault.name_vehicle(cars[VIN], source="smartcar", name="n-1", named_at=START)
    world.vault.name_vehicle(cars[OTHER_VIN], source="smartcar", name="n-1", named_at=START - day)
    before = names.vins_named(["n-1", "n-2"], source="smartcar")
    world.vault.name_vehicle(cars[OTHER_VIN], source="smartcar", name="n-1", named_at=START + day)

    assert before == {"n-1": VIN}
    assert names.vins_named([" n-1"], source="smartcar") == {" n-1": OTHER_VIN}
    assert names.vins_named(["n-1"], source="moonbuggy") == {}


def test_the_token_is_shared_until_another_one_comes(world: World) -> None:
    assert world.token.get() is None

    world.token.put("first", START)
    world.token.put("second", START + timedelta(hours=2))

    assert world.token.get() == ("second", START + timedelta(hours=2))


def test_a_car_filed_under_the_last_key_is_found_and_filed_under_the_next(tables: Tables) -> None:
    vault = DynamoVault(tables.vault, tables.vault_secret, RandomSurrogates())
    known = vault.enrol_vehicles([VIN])[VIN]

    set_secret(tables, {"current": "2", "1": "a key of the vault for tests only", "2": "the next key"})
    while_both_hold = vault.vehicle_ids([VIN]), vault.enrol_vehicles([VIN])[VIN]
    set_secret(tables, {"current": "2", "keys": {"2": "the next key"}})

    assert while_both_hold == ({VIN: known}, known)
    assert vault.vehicle_ids([VIN]) == {VIN: known}


def test_two_processes_on_different_keys_draw_one_surrogate(tables: Tables, monkeypatch: pytest.MonkeyPatch) -> None:
    both = {"1": "a key of the vault for tests only", "2": "the next key"}
    behind = DynamoVault(tables.vault, tables.vault_secret, RandomSurrogates())
    set_secret(tables, {"current": "2", **both})
    ahead = DynamoVault(tables.vault, tables.vault_secret, RandomSurrogates())
    drawn: list[str] = []

    def meanwhile(prefix: str, *, of: str) -> str:
        set_secret(tables, {"current": "2", **both})
        drawn.append(ahead.enrol_vehicles([VIN])[VIN])
        set_secret(tables, {"current": "1", **both})
        return RandomSurrogates().fresh(prefix, of=of)

    set_secret(tables, {"current": "1", **both})
    monkeypatch.setattr(behind._surrogates, "fresh", meanwhile, raising=False)

    assert behind.enrol_vehicles([VIN])[VIN] == drawn[0]


def test_only_the_way_back_holds_an_identifier_in_plain(tables: Tables) -> None:
    vault = DynamoVault(tables.vault, tables.vault_secret, RandomSurrogates())
    vehicle_id = vault.enrol_vehicles([VIN])[VIN]

    rows = list(scan(tables.vault, "attribute_exists(pk) OR pk = :none", {":none": ""}))

    assert [row["pk"] for row in rows if VIN in json.dumps(row)] == [f"vehicle#{vehicle_id}"]


def set_secret(tables: Tables, value: dict[str, object]) -> None:
    client("secretsmanager").put_secret_value(SecretId=tables.vault_secret, SecretString=json.dumps(value))
    secrets.forget()
