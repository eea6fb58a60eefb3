"""Messages of the EnrolmentQueue as arrivals, and what is malformed in them as refusals."""

import hashlib
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from ownerloop.adapters.feed import Feed, read_batch
from ownerloop.contracts.identity import identity_of
from ownerloop.contracts.parsing import parse_enrolment
from ownerloop.domain.arrival import Arrival

IMPORT_SOURCE = "urn:ownerloop:import"


def enrolments_in(records: Sequence[Mapping[str, Any]]) -> Feed[Arrival]:
    """Return what the SQS records hold."""
    return read_batch(records, _arrival)


def _arrival(raw: bytes, received_at: datetime) -> Arrival:
    message = parse_enrolment(raw)
    return Arrival(
        event_key=identity_of(raw).event_key,
        event_type=message.type,
        occurred_at=message.time,
        received_at=message.receivedat or received_at,
        payload_hash=hashlib.sha256(raw).hexdigest(),
        event=message.to_domain(),
        is_import=message.source.startswith(IMPORT_SOURCE),
    )
