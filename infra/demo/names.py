"""Who is behind owner keys and VINs in a running stack, read from the vault's way back."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from infra.local.clients import client
from infra.local.stack import Stack


@dataclass(frozen=True, slots=True)
class Names:
    """The dealer's names by ours, and ours by the dealer's."""

    vins: dict[str, str]  # by vehicle
    owner_keys: dict[str, str]  # by person

    @property
    def vehicles(self) -> dict[str, str]:
        """Return the cars by VIN."""
        return {vin: vehicle_id for vehicle_id, vin in self.vins.items()}

    @property
    def persons(self) -> dict[str, str]:
        """Return the persons by owner key."""
        return {key: person_id for person_id, key in self.owner_keys.items()}


def names_in(stack: Stack) -> Names:
    """Return every name that the stack knows now."""
    vins: dict[str, str] = {}
    keys: dict[str, str] = {}
    for item in _scan(stack, "VaultTableName"):
        kind, _, surrogate = item["pk"]["S"].partition("#")
        if kind == "vehicle":
            vins[surrogate] = item["vin"]["S"]
        elif kind == "alias":
            keys[surrogate] = item["owner_key"]["S"]
    owners = (item for item in _scan(stack, "OwnersTableName") if item["pk"]["S"].startswith("alias#"))
    persons = {item["pk"]["S"].removeprefix("alias#"): item["person_id"]["S"] for item in owners}
    return Names(vins=vins, owner_keys={persons[alias]: key for alias, key in keys.items() if alias in persons})


def _scan(stack: Stack, output: str) -> Iterator[Mapping[str, Any]]:
    pages = client("dynamodb", stack.endpoint).get_paginator("scan").paginate(TableName=stack.outputs[output])
    for page in pages:
        yield from page["Items"]
