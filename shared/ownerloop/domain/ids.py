"""Identities that follow from what they name, so that doing a thing twice does it once."""

import hashlib

_SEPARATOR = "\x1f"
SHARD_COUNT = 16  # reads of one date and store fan out over this many index partitions


def digest(*parts: str) -> str:
    """Return the sha256 hex digest of the parts, which may not contain the unit separator."""
    return hashlib.sha256(_SEPARATOR.join(parts).encode()).hexdigest()


def event_key(source: str, event_id: str) -> str:
    """Return the identity of an event (CloudEvents: `source` + `id`), as 32 hex digits."""
    return hashlib.sha256(f"{source}{_SEPARATOR}{event_id}".encode()).hexdigest()[:32]


def body_key(body: bytes) -> str:
    """Return the identity of a message that has none of its own, from its bytes."""
    return hashlib.sha256(body).hexdigest()[:32]


def contact_id(vehicle_id: str, item: str, due_cycle: str, stage: int, *, owner: str = "") -> str:
    """Return the one contact that a car, service item, due cycle and stage can have.

    `owner` tells a later owner of the car from the first, who may have been asked in the same cycle.
    """
    parts = (vehicle_id, item, due_cycle, str(stage), *([owner] if owner else []))
    return "c_" + digest(*parts)[:24]


def shard(key: str) -> int:
    """Return the index shard of a key, 0 to 15, the same on every machine."""
    return int(hashlib.sha256(key.encode()).hexdigest()[:8], 16) % SHARD_COUNT
