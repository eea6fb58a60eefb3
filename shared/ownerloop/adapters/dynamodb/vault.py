"""The vault table: identifiers behind surrogates, found by keyed digests.

| pk | sk | attributes |
|---|---|---|
| `<kind>#<key version>#<hmac hex>` | `id` | `surrogate`; kind: vin, owner, external_userid, phone |
| `id_<kind>#<key version>#<hmac hex>` | `id` | `surrogate` (`i_...`): what names a person, whoever it is |
| `<source>_vehicle#<key version>#<hmac hex>` | `id` | `surrogate`, `named_at`: the car that a source calls so |
| `vehicle#<vehicle_id>`, `alias#<alias_id>` | `plain` | the way back: `vin` and `<source>_vehicle`, `owner_key` |
| `identity#<i_...>` | `plain` | the way back: `id_phone`, `id_external_userid`, `id_unionid`, `id_openid` |
| `person#<person_id>` | `plain` | addresses: `external_userid`, `phone`; `<address>_at`: when each was told, micros |
| `token#wecom` | `token` | `token`, `token_expires_at` |

The secret is `{"current": "2", "1": "<key>", "2": "<key>"}` (or the keys under `keys`): rows are found with every
version and written with the current one. A car or alias found under an older one gets its row of the current one too.
"""

import hmac
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from msgspec import Struct

from ownerloop.adapters.dynamodb import expressions
from ownerloop.adapters.dynamodb.commands import Key, get_item, get_items, key_of, put, put_of, transact
from ownerloop.adapters.dynamodb.direct import ask
from ownerloop.adapters.dynamodb.items import SCHEMA, attribute, instant, micros
from ownerloop.adapters.secrets import read_secret
from ownerloop.domain.identifiers import normalised
from ownerloop.domain.identifying import Identifier, IdentifierKind
from ownerloop.ports import Surrogates

ENROLMENT_TRIES_MAX = 3  # the loser of a first sight reads the winner at once; a key rotation may add a round
FIRST_SIGHTS_MAX = 25  # of one transaction: three or four parts each
_ADDRESSES = {"wecom": "external_userid", "sms": "phone"}
_ID, _PLAIN, _TOKEN = "id", "plain", "token"


class _Kind(Struct, frozen=True):
    """How one kind of identifier is filed."""

    name: str
    prefix: str
    way_back: str
    attribute: str


_VIN = _Kind(name="vin", prefix="v", way_back="vehicle", attribute="vin")
_OWNER = _Kind(name="owner", prefix="o", way_back="alias", attribute="owner_key")
_IDENTIFIERS = {
    kind: _Kind(name=f"id_{kind}", prefix="i", way_back="identity", attribute=f"id_{kind}") for kind in IdentifierKind
}


class KeyRing(Struct, frozen=True):
    """The keys of the digests by version, and which one writes."""

    current: str
    keys: dict[str, bytes]

    @property
    def others(self) -> list[str]:
        """Return the versions that are only read."""
        return sorted(version for version in self.keys if version != self.current)

    def row(self, kind: str, plain: str, *, version: str | None = None) -> Key:
        """Return the key of the identifier's row under a version, the current one unless told."""
        version = version or self.current
        mark = hmac.digest(self.keys[version], f"{kind}\x1f{normalised(kind, plain)}".encode(), "sha256").hex()
        return f"{kind}#{version}#{mark}", _ID

    def rows(self, kind: str, plain: str) -> list[Key]:
        """Return the keys of the identifier's rows under every version, the current one first."""
        return [self.row(kind, plain, version=version) for version in (self.current, *self.others)]


class EnrolmentRaceError(Exception):
    """An identifier's rows kept changing between the look-up and the write: a fault that heals."""


class DynamoVault:
    """Identifiers and surrogates in the vault table."""

    def __init__(self, table_name: str, secret_id: str, surrogates: Surrogates) -> None:
        self._table, self._secret_id, self._surrogates = table_name, secret_id, surrogates

    def vehicle_ids(self, vins: Iterable[str]) -> dict[str, str]:
        """Return the surrogate of each VIN that is known; the others are absent."""
        ring = self._ring()
        asked = {vin: ring.row("vin", vin) for vin in vins}
        rows = get_items(self._table, asked.values(), consistent=False)
        found = {vin: str(rows[row]["surrogate"]) for vin, row in asked.items() if row in rows}
        missing = [vin for vin in asked if vin not in found]
        if missing:  # a row written this second, or one of the other key version: ask again, and for certain
            found |= self._found("vin", missing, ring)
        return found

    def enrol_vehicles(self, vins: Iterable[str]) -> dict[str, str]:
        """Return each car's surrogate, drawing one at first sight."""
        return self._enrol(_VIN, vins)

    def enrol_owners(self, owner_keys: Iterable[str]) -> dict[str, str]:
        """Return the alias surrogate of each dealer's owner key, drawing one at first sight."""
        return self._enrol(_OWNER, owner_keys)

    def enrol_identifiers(self, identifiers: Iterable[Identifier]) -> dict[Identifier, str]:
        """Return the surrogate (`i_...`) of each identifier, drawing one at first sight."""
        asked = list(identifiers)
        drawn = {
            kind: self._enrol(_IDENTIFIERS[kind], [one.plain for one in asked if one.kind is kind])
            for kind in sorted({one.kind for one in asked})
        }
        return {one: drawn[one.kind][one.plain] for one in asked}

    def remember_address(self, person_id: str, *, channel: str, address: str, told_at: datetime) -> None:
        """Keep the address of a person on a channel, findable from both sides; the later word counts."""
        kind = _ADDRESSES[channel]
        pk, sk = self._ring().row(kind, address)
        forward = put_of(self._table, {"pk": pk, "sk": sk, "surrogate": person_id})
        way_back = self._way_back("person", person_id, kind, address)
        way_back["UpdateExpression"] = expressions.REMEMBER_ADDRESS
        way_back["ConditionExpression"] = expressions.ADDRESS_IS_NEWER
        way_back["ExpressionAttributeNames"] |= {"#told_at": f"{kind}_at"}
        way_back["ExpressionAttributeValues"] |= {":told_at": attribute(micros(told_at))}
        transact([{"Put": forward}, {"Update": way_back}], table=self._table)

    def addresses(self, person_ids: Iterable[str], *, channel: str) -> dict[str, str]:
        """Return the address of each person who has one on the channel."""
        kind = _ADDRESSES[channel]
        asked = {person_id: (f"person#{person_id}", _PLAIN) for person_id in person_ids}
        rows = get_items(self._table, asked.values())
        return {person_id: rows[key][kind] for person_id, key in asked.items() if kind in rows.get(key, {})}

    def alias_ids(self, owner_keys: Iterable[str]) -> dict[str, str]:
        """Return the alias of each owner key that is known; the others are absent."""
        return self._found(_OWNER.name, owner_keys, self._ring())

    def persons_at(self, addresses: Iterable[str], *, channel: str) -> dict[str, str]:
        """Return the person behind each address on a channel that is known; the others are absent."""
        return self._found(_ADDRESSES[channel], addresses, self._ring())

    def name_vehicle(self, vehicle_id: str, *, source: str, name: str, named_at: datetime) -> None:
        """Remember what a source calls the car; where a name was given to two cars, the later word counts."""
        kind = f"{source}_vehicle"
        pk, sk = self._ring().row(kind, name)
        at = micros(named_at)
        item = {"pk": pk, "sk": sk, "surrogate": vehicle_id, "named_at": at}
        forward = put_of(self._table, item, when=expressions.NAME_IS_NEWER, values={":named_at": at})
        transact([{"Put": forward}, {"Update": self._way_back("vehicle", vehicle_id, kind, name)}], table=self._table)

    def vins_named(self, names: Iterable[str], *, source: str) -> dict[str, str]:
        """Return the VIN behind each name of the source that is known; the others are absent."""
        cars = self._found(f"{source}_vehicle", names, self._ring())
        plain = {vehicle_id: (f"vehicle#{vehicle_id}", _PLAIN) for vehicle_id in cars.values()}
        rows = get_items(self._table, plain.values())
        vins = {vehicle_id: rows[key][_VIN.attribute] for vehicle_id, key in plain.items() if key in rows}
        return {name: vins[vehicle_id] for name, vehicle_id in cars.items() if vehicle_id in vins}

    def _way_back(self, of: str, surrogate: str, attribute_name: str, value: str) -> dict[str, Any]:
        return {
            "TableName": self._table,
            "Key": key_of((f"{of}#{surrogate}", _PLAIN)),
            "UpdateExpression": expressions.KEEP_ADDRESS,
            "ExpressionAttributeNames": {"#address": attribute_name, **expressions.ADDRESS_NAMES},
            "ExpressionAttributeValues": {":address": attribute(value), ":schema": attribute(SCHEMA)},
        }

    def _enrol(self, kind: _Kind, spelled: Iterable[str]) -> dict[str, str]:
        asked = {plain: normalised(kind.name, plain) for plain in spelled}
        drawn = self._enrolled(kind, set(asked.values()))
        return {plain: drawn[one] for plain, one in asked.items()}

    def _enrolled(self, kind: _Kind, plains: set[str]) -> dict[str, str]:
        ring = self._ring()
        known = self._found(kind.name, plains, ring)
        self._file_under_current(kind, known, ring)
        for _ in range(ENROLMENT_TRIES_MAX):
            new = sorted(plains - set(known))
            if not new:
                return known
            for at in range(0, len(new), FIRST_SIGHTS_MAX):
                known |= self._first_sight(kind, new[at : at + FIRST_SIGHTS_MAX], ring)
            known |= self._found(kind.name, plains - set(known), ring)
        raise EnrolmentRaceError(kind.name)

    def _first_sight(self, kind: _Kind, plains: list[str], ring: KeyRing) -> dict[str, str]:
        """Return the surrogates drawn for all; if somebody else saw one first, one by one what is still free."""
        drawn: dict[str, str] = {}
        parts: list[dict[str, Any]] = []
        for plain in plains:
            pk, sk = ring.row(kind.name, plain)
            surrogate = drawn[plain] = self._surrogates.fresh(kind.prefix, of=pk)
            forward = {"pk": pk, "sk": sk, "surrogate": surrogate}
            back = {"pk": f"{kind.way_back}#{surrogate}", "sk": _PLAIN, kind.attribute: plain}
            parts += [{"Put": put_of(self._table, item, when=expressions.ABSENT)} for item in (forward, back)]
            # A process that still writes with the other key version must not draw a second surrogate beside ours.
            parts += [self._absent(ring.row(kind.name, plain, version=version)) for version in ring.others]
        if not transact(parts, table=self._table):
            return drawn
        if len(plains) == 1:
            return {}
        return {plain: one for each in plains for plain, one in self._first_sight(kind, [each], ring).items()}

    def _absent(self, key: Key) -> dict[str, Any]:
        check = {"TableName": self._table, "Key": key_of(key), "ConditionExpression": expressions.ABSENT}
        return {"ConditionCheck": check}

    def _file_under_current(self, kind: _Kind, known: Mapping[str, str], ring: KeyRing) -> None:
        for plain, surrogate in known.items() if ring.others else ():
            pk, sk = ring.row(kind.name, plain)
            put(self._table, {"pk": pk, "sk": sk, "surrogate": surrogate}, when=expressions.ABSENT)

    def _found(self, kind: str, plains: Iterable[str], ring: KeyRing) -> dict[str, str]:
        asked = {plain: ring.rows(kind, plain) for plain in plains}
        rows = get_items(self._table, (key for keys in asked.values() for key in keys))
        hits = {plain: next((rows[key] for key in keys if key in rows), None) for plain, keys in asked.items()}
        return {plain: str(row["surrogate"]) for plain, row in hits.items() if row is not None}

    def _ring(self) -> KeyRing:
        return key_ring(read_secret(self._secret_id))


def key_ring(secret: Mapping[str, Any]) -> KeyRing:
    """Return the keys that the vault's secret holds."""
    # A template can only generate a flat secret; one written by hand may keep the keys together.
    held = secret.get("keys") or {name: key for name, key in secret.items() if name != "current"}
    keys = {str(version): str(key).encode() for version, key in held.items()}
    return KeyRing(current=str(secret["current"]), keys=keys)


class DynamoTokenCache:
    """The WeCom token, shared by all invocations through the vault table."""

    def __init__(self, table_name: str) -> None:
        self._table = table_name

    def get(self) -> tuple[str, datetime] | None:
        """Return the token and the instant it expires, or None."""
        values = get_item(self._table, _TOKEN_KEY)
        return None if values is None else (values["token"], instant(values["token_expires_at"]))

    def put(self, token: str, expires_at: datetime) -> None:
        """Share the token until it expires."""
        item = {"pk": _TOKEN_KEY[0], "sk": _TOKEN_KEY[1], "token": token, "token_expires_at": micros(expires_at)}
        ask("dynamodb", "PutItem", put_of(self._table, item))


_TOKEN_KEY = ("token#wecom", _TOKEN)
