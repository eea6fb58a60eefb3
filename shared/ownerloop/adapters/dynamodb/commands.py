"""The calls that the adapters share: read in batches, write under a condition, commit a transaction.

Throttling is botocore's to retry. What is ours: keys the service left over, a transaction that met another one, and the
answer that was lost after the write: an item carries the nonce of the write that made it.
"""

import random
import secrets
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from ownerloop.adapters.dynamodb import expressions
from ownerloop.adapters.dynamodb.direct import ask
from ownerloop.adapters.dynamodb.items import Values, attribute, read, written

KEYS_PER_READ_MAX = 100  # BatchGetItem takes no more
KEYS_PER_WRITE_MAX = 25  # nor BatchWriteItem
TRIES_MAX = 6  # 1.6 s of sleep at most: conflicts last milliseconds
FIRST_PAUSE_SECONDS = 0.05
PAGES_MAX = 100_000
_HEALS = frozenset({"TransactionConflict", "ThrottlingError", "ProvisionedThroughputExceeded"})
_BROKEN, _MET = "ConditionalCheckFailedException", "TransactionConflictException"
_REFUSALS = frozenset({_BROKEN, _MET})  # of one conditional write; botocore would not ask again either
_CANCELLED = frozenset({"TransactionCanceledException"})  # nor for a transaction
_TOKEN_BYTES = 16  # of what makes a transaction that is asked for again one

Key = tuple[str, str]


class StillBusyError(Exception):
    """The table kept refusing for a reason that heals; the queue tries again later."""

    def __init__(self, *, table: str) -> None:
        super().__init__(f"{table} was still busy after {TRIES_MAX} tries")
        self.table = table


def fresh_nonce() -> str:
    """Return what tells this write from everybody else's."""
    return secrets.token_hex(4)


def pause(attempt: int) -> None:
    """Sleep a random part of a span that doubles with each attempt, 0 being the first."""
    time.sleep(random.uniform(0, FIRST_PAUSE_SECONDS * 2**attempt))  # noqa: S311  # jitter, not a secret


def key_of(key: Key) -> dict[str, Any]:
    """Return the primary key in the service's form."""
    return {"pk": {"S": key[0]}, "sk": {"S": key[1]}}


def get_item(table: str, key: Key) -> dict[str, Any] | None:
    """Return the item as last written, or None."""
    answer = ask("dynamodb", "GetItem", {"TableName": table, "Key": key_of(key), "ConsistentRead": True})
    return read(answer["Item"]) if "Item" in answer else None


def get_items(table: str, keys: Iterable[Key], *, consistent: bool = True) -> dict[Key, dict[str, Any]]:
    """Return the items that exist, by their key."""
    return {(item["pk"], item["sk"]): item for item in each_item(table, keys, consistent=consistent)}


def each_item(table: str, keys: Iterable[Key], *, consistent: bool = True) -> Iterator[dict[str, Any]]:
    """Return the items that exist, each once, in any order and as they come."""
    asked = list(dict.fromkeys(keys))
    for start in range(0, len(asked), KEYS_PER_READ_MAX):
        yield from _batch(table, asked[start : start + KEYS_PER_READ_MAX], consistent=consistent)


def _batch(table: str, keys: Sequence[Key], *, consistent: bool) -> Iterator[dict[str, Any]]:
    request: Mapping[str, Any] = {table: {"Keys": [key_of(key) for key in keys], "ConsistentRead": consistent}}
    for attempt in range(TRIES_MAX):
        answer = ask("dynamodb", "BatchGetItem", {"RequestItems": request})
        yield from map(read, answer["Responses"].get(table, []))
        request = answer.get("UnprocessedKeys") or {}
        if not request:
            return
        pause(attempt)
    raise StillBusyError(table=table)


def query(table: str, index: str | None, condition: str, values: Values) -> Iterator[dict[str, Any]]:
    """Return every item of the index (None: the table) under the key condition, in order; eventually consistent."""
    request = {
        "TableName": table,
        **({"IndexName": index} if index else {}),
        "KeyConditionExpression": condition,
        "ExpressionAttributeValues": {name: attribute(value) for name, value in values.items()},
    }
    return _pages("Query", request)


def scan(table: str, condition: str, values: Values) -> Iterator[dict[str, Any]]:
    """Return every item of the table under the filter, page by page."""
    request = {
        "TableName": table,
        "FilterExpression": condition,
        "ExpressionAttributeValues": {name: attribute(value) for name, value in values.items()},
    }
    return _pages("Scan", request)


def _pages(operation: str, request: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    onwards: dict[str, Any] = {}
    for _ in range(PAGES_MAX):
        answer = ask("dynamodb", operation, {**request, **onwards})
        yield from map(read, answer["Items"])
        if "LastEvaluatedKey" not in answer:
            return
        onwards = {"ExclusiveStartKey": answer["LastEvaluatedKey"]}
    raise StillBusyError(table=str(request["TableName"]))


def put(table: str, item: Values, *, when: str, values: Values | None = None) -> bool:
    """Write the item if the condition holds; return whether the table now holds this very write."""
    nonce = fresh_nonce()
    request = put_of(table, {**item, "nonce": nonce}, when=when, values=values)
    for attempt in range(TRIES_MAX):
        outcome = _put_once(request, nonce=nonce)
        if outcome is not None:
            return outcome
        pause(attempt)
    raise StillBusyError(table=table)


def _put_once(request: Mapping[str, Any], *, nonce: str) -> bool | None:
    answer = ask("dynamodb", "PutItem", request, refusals=_REFUSALS)
    refusal = answer.get("Error", {}).get("Code")
    if refusal == _MET:
        return None
    return refusal is None or bool(answer.get("Item", {}).get("nonce", {}).get("S") == nonce)


def put_all(table: str, items: Sequence[Values]) -> None:
    """Write every item, the last of one key, without a condition: for items that are the same whoever writes them."""
    held = {(item["pk"], item["sk"]): {"PutRequest": {"Item": written(item)}} for item in items}
    requests = list(held.values())
    for start in range(0, len(requests), KEYS_PER_WRITE_MAX):
        _write_batch(table, requests[start : start + KEYS_PER_WRITE_MAX])


def _write_batch(table: str, requests: list[dict[str, Any]]) -> None:
    for attempt in range(TRIES_MAX):
        answer = ask("dynamodb", "BatchWriteItem", {"RequestItems": {table: requests}})
        left = [_key_written(request) for request in answer.get("UnprocessedItems", {}).get(table, [])]
        requests = [request for request in requests if _key_written(request) in left]  # as ours: binary is still bytes
        if not requests:
            return
        pause(attempt)
    raise StillBusyError(table=table)


def _key_written(request: Mapping[str, Any]) -> Any:
    item = request["PutRequest"]["Item"]
    return item["pk"], item["sk"]


def put_of(table: str, item: Values, *, when: str | None = None, values: Values | None = None) -> dict[str, Any]:
    """Return the request that puts the item, alone or as a part of a transaction."""
    request: dict[str, Any] = {"TableName": table, "Item": written(item)}
    if when is not None:
        request |= {"ConditionExpression": when, "ReturnValuesOnConditionCheckFailure": "ALL_OLD"}
    if values:
        request["ExpressionAttributeValues"] = {name: attribute(value) for name, value in values.items()}
    return request


def put_versioned(table: str, item: Values) -> bool:
    """Write the item if the table holds the version before its own (none before 1); return whether it does now."""
    return put(table, item, **version_before(item["version"]))


def version_before(version: int) -> dict[str, Any]:
    """Return the condition that the table holds the version before this one."""
    if version == 1:
        return {"when": expressions.ABSENT}
    return {"when": expressions.VERSION_IS_HELD, "values": {":held": version - 1}}


def transact(parts: Sequence[Mapping[str, Any]], *, table: str) -> list[dict[str, Any]]:
    """Commit all parts or none; return [] if done, else for each part why its condition broke, {} where it held."""
    for attempt in range(TRIES_MAX):
        request = {"TransactItems": parts, "ClientRequestToken": secrets.token_hex(_TOKEN_BYTES)}
        answer = ask("dynamodb", "TransactWriteItems", request, refusals=_CANCELLED)
        if "Error" not in answer:
            return []
        reasons = answer["CancellationReasons"]
        codes = {reason.get("Code", "None") for reason in reasons}
        if "ConditionalCheckFailed" in codes:
            return [reason if reason.get("Code") == "ConditionalCheckFailed" else {} for reason in reasons]
        if not codes <= _HEALS | {"None"}:
            raise TransactionRefusedError(codes=codes)
        pause(attempt)
    raise StillBusyError(table=table)


class TransactionRefusedError(Exception):
    """The service refused the transaction for a reason that is ours to mend."""

    def __init__(self, *, codes: set[str]) -> None:
        super().__init__(f"transaction refused: {', '.join(sorted(codes))}")
        self.codes = codes
