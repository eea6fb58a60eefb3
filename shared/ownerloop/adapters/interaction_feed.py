"""Messages of the InteractionQueue as arrivals, and what is malformed in them as refusals."""

import hashlib
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from ownerloop.adapters.feed import Feed, read_batch
from ownerloop.contracts.identity import identity_of
from ownerloop.contracts.interaction_parsing import parse_interaction
from ownerloop.contracts.interactions import CASE_SUBJECT, PERSON_SUBJECT, WECOM_SUBJECT
from ownerloop.domain.interactions import InteractionArrival


def interactions_in(records: Sequence[Mapping[str, Any]]) -> Feed[InteractionArrival]:
    """Return what the SQS records hold."""
    return read_batch(records, _arrival)


def _arrival(raw: bytes, received_at: datetime) -> InteractionArrival:
    message = parse_interaction(raw)
    named = (WECOM_SUBJECT, CASE_SUBJECT, PERSON_SUBJECT)
    is_address, is_case, is_person = (message.subject.startswith(each) for each in named)
    return InteractionArrival(
        event_key=identity_of(raw).event_key,
        event_type=message.type,
        subject=message.subject.partition(":")[2] if message.subject.startswith(named) else message.subject,
        is_wecom_address=is_address,
        is_case=is_case,
        is_person=is_person,
        occurred_at=message.time,
        received_at=message.receivedat or received_at,
        payload_hash=hashlib.sha256(raw).hexdigest(),
        interaction=message.to_domain(),
        source=message.source,
    )
