"""The items of the Points table.

| pk | sk | what |
|---|---|---|
| `account#<person_id>` | `head` | `version`, `debt`, `lots` (packed); `expiry_key`, `expires_on` while any remains |
| `account#<person_id>` | `entry#<number>` | append-only, ten digits; `changes` (packed), the rest like the fields |
| `account#<person_id>` | `claim#<claim_id>` | `version`, what was told of an order or visit (below) |
| `redemption#<redemption_key>` | `redemption` | as it was decided |
| `mall#<item_id>` | `stock` | `taken`: how many have left |

A claim's `refunds` are `[id, fen, told at (s)]`, its `parts` `[category, fen]`.
Packed is deflated JSON. A lot is `[id, earned on, usable from, expires on, plain, extra, granted, remaining, expired]`,
a change the same with its signed parts; days are text, instants microseconds.
"""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from ownerloop.adapters.dynamodb.items import instant, instant_or_none, iso, micros, packed, read, unpacked
from ownerloop.domain.ids import shard
from ownerloop.domain.points import Account, Change, Entry, EntryKind, Lot, Terms
from ownerloop.domain.points_earning import Claim, GivenBack
from ownerloop.domain.redemption import Redemption, RedemptionState

HEAD, ENTRY, CLAIM, REDEMPTION, STOCK = "head", "entry#", "claim#", "redemption", "stock"
Key = tuple[str, str]


def account_pk(person_id: str) -> str:
    """Return the partition of a person's account."""
    return f"account#{person_id}"


def account_key(person_id: str) -> Key:
    """Return the primary key of an account's head."""
    return account_pk(person_id), HEAD


def entry_key(person_id: str, number: int) -> Key:
    """Return the primary key of an entry; text order is the order of the numbers."""
    return account_pk(person_id), f"{ENTRY}{number:010d}"


def claim_key(person_id: str, claim_id: str) -> Key:
    """Return the primary key of a claim."""
    return account_pk(person_id), f"{CLAIM}{claim_id}"


def redemption_item_key(redemption_key: str) -> Key:
    """Return the primary key of a redemption."""
    return f"redemption#{redemption_key}", REDEMPTION


def stock_key(item_id: str) -> Key:
    """Return the primary key of what left the mall of an item."""
    return f"mall#{item_id}", STOCK


def expiry_key(place: int) -> str:
    """Return the index partition of a shard of the accounts in which something remains."""
    return f"expiry#{place}"


def account_values(account: Account) -> dict[str, Any]:
    """Return the plain values of an account's head."""
    pk, sk = account_key(account.person_id)
    next_expiry = account.next_expiry
    return {
        "pk": pk,
        "sk": sk,
        "version": account.version,
        "debt": account.debt,
        "lots": packed([_parts(lot) for lot in account.lots.values()]),
        "expiry_key": expiry_key(shard(account.person_id)) if next_expiry else None,
        "expires_on": iso(next_expiry),
    }


def account_from(values: Mapping[str, Any]) -> Account:
    """Return the account of a head's plain values."""
    lots = (Lot(lot_id, terms, *parts) for lot_id, terms, parts in map(_whole, unpacked(values["lots"])))
    return Account(
        person_id=values["pk"].removeprefix(account_pk("")),
        version=values["version"],
        lots={lot.lot_id: lot for lot in lots},
        debt=values["debt"],
    )


def entry_values(entry: Entry) -> dict[str, Any]:
    """Return the plain values of an entry's item."""
    pk, sk = entry_key(entry.person_id, entry.number)
    return {
        "pk": pk,
        "sk": sk,
        "entry_id": entry.entry_id,
        "kind": str(entry.kind),
        "decided_at": micros(entry.decided_at),
        "changes": packed([_parts(change) for change in entry.changes]),
        "debt": entry.debt,
        "spent": entry.spent,
        "cause": entry.cause,
        "policy_version": entry.policy_version or None,
        "asked_by": entry.asked_by or None,
        "forgotten": list(entry.forgotten) or None,
    }


def entry_from(values: Mapping[str, Any]) -> Entry:
    """Return the entry of an item's plain values."""
    changes = (Change(lot_id, terms, *parts) for lot_id, terms, parts in map(_whole, unpacked(values["changes"])))
    return Entry(
        entry_id=values["entry_id"],
        person_id=values["pk"].removeprefix(account_pk("")),
        number=int(values["sk"].removeprefix(ENTRY)),
        kind=EntryKind(values["kind"]),
        decided_at=instant(values["decided_at"]),
        changes=tuple(changes),
        debt=values["debt"],
        spent=values["spent"],
        cause=values["cause"],
        policy_version=values.get("policy_version", ""),
        asked_by=values.get("asked_by", ""),
        forgotten=tuple(values.get("forgotten", ())),
    )


def entry_of(image: Mapping[str, Any]) -> Entry:
    """Return the entry of a stream image."""
    return entry_from(read(image))


def claim_values(claim: Claim) -> dict[str, Any]:
    """Return the plain values of a claim's item."""
    pk, sk = claim_key(claim.person_id, claim.claim_id)
    return {
        "pk": pk,
        "sk": sk,
        "version": claim.version,
        "told_at": micros(claim.told_at),
        "earned_on": iso(claim.on),
        "fen": claim.fen,
        "category": claim.category or None,
        "refunds": [[number, one.fen, one.at] for number, one in claim.refunds.items()] or None,
        "parts": [[category, fen] for category, fen in claim.parts] or None,
    }


def claim_from(values: Mapping[str, Any]) -> Claim:
    """Return the claim of an item's plain values."""
    return Claim(
        person_id=values["pk"].removeprefix(account_pk("")),
        claim_id=values["sk"].removeprefix(CLAIM),
        version=values["version"],
        told_at=instant_or_none(values.get("told_at")),
        on=date.fromisoformat(values["earned_on"]),
        fen=values["fen"],
        category=values.get("category", ""),
        refunds={number: GivenBack(at, fen) for number, fen, at in values.get("refunds", ())},
        parts=tuple((category, fen) for category, fen in values.get("parts", ())),
    )


def redemption_values(redemption: Redemption) -> dict[str, Any]:
    """Return the plain values of a redemption's item."""
    pk, sk = redemption_item_key(redemption.redemption_key)
    return {
        "pk": pk,
        "sk": sk,
        "person_id": redemption.person_id,
        "state": str(redemption.state),
        "reason": redemption.reason,
        "decided_at": micros(redemption.decided_at),
        "version": redemption.version,
        "item_id": redemption.item_id,
        "quantity": redemption.quantity,
        "points": redemption.points,
        "entries": [[person_id, number] for person_id, number in redemption.entries] or None,
    }


def redemption_from(values: Mapping[str, Any]) -> Redemption:
    """Return the redemption of an item's plain values."""
    return Redemption(
        redemption_key=values["pk"].removeprefix("redemption#"),
        person_id=values["person_id"],
        state=RedemptionState(values["state"]),
        reason=values["reason"],
        decided_at=instant(values["decided_at"]),
        version=values["version"],
        item_id=values.get("item_id"),
        quantity=values["quantity"],
        points=values["points"],
        entries=tuple((person_id, number) for person_id, number in values.get("entries", ())),
    )


def _parts(of: Lot | Change) -> list[Any]:
    terms = of.terms
    days = [iso(day) for day in (terms.earned_on, terms.usable_from, terms.expires_on)]
    return [of.lot_id, *days, terms.plain, terms.extra, of.granted, of.remaining, of.expired]


def _whole(parts: list[Any]) -> tuple[str, Terms, Iterable[int]]:
    lot_id, earned_on, usable_from, expires_on, plain, extra, *points = parts
    on, since, until = map(date.fromisoformat, (earned_on, usable_from, expires_on))
    return lot_id, Terms(on, since, until, plain, extra), points
