"""A refusal as history tells it, for every intake; apart from the rest, so that the hot one loads nothing of theirs."""

from ownerloop.ports import Refusal, Row


def refusal_row(refusal: Refusal) -> Row:
    """Return the history row of a refusal."""
    return {
        "event_key": refusal.event_key,
        "event_type": refusal.event_type,
        "reason": refusal.reason,
        "field": refusal.field,
        "rule": refusal.rule,
        "vehicle_id": refusal.surrogate,
        "received_at": refusal.received_at,
    }
