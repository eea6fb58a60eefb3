"""The way of an interaction from bytes to its model, or to the field and rule that refuse it."""

from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError

from ownerloop.contracts.cloud_event import refusal_of
from ownerloop.contracts.identity import typed
from ownerloop.contracts.interactions import MODELS, PREFIX, InteractionMessage
from ownerloop.contracts.vocabulary import TEXT_MAX, malformed
from ownerloop.domain.errors import MalformedEventError
from ownerloop.domain.facts import FEN_MAX

_RULES = {
    "subject": ("malformed", f"is an owner key or wecom:<external_userid>: a text of 1 to {TEXT_MAX} characters"),
    "data.amount_fen": ("bad_amount", f"is a whole number of fen, not negative, at most {FEN_MAX}"),
    "data.currency": ("foreign_currency", "is CNY"),
    "data.vin": ("bad_vin", "is a VIN: 17 letters and digits without I, O and Q"),
    "data.contact_id": ("malformed", "is a contact id: c_ and 24 hex digits"),
    "data.direction": ("malformed", "is in or out"),
    "data.category": ("malformed", "is one lower-case word"),
    "data.topic": ("malformed", "is one lower-case word"),
    "data.channel": ("malformed", "is one lower-case word"),
    "data.on": ("malformed", "is a day (YYYY-MM-DD)"),
    "data.for_at": ("malformed", "is an RFC 3339 instant with its offset"),
    "data.job_class": ("malformed", "is maintenance, inspection or repair"),
}


def parse_interaction(raw: bytes | Mapping[str, Any]) -> InteractionMessage:
    """Return the event's model, or raise MalformedEventError with the field, the rule and the reason."""
    event, kind = typed(raw)
    model = MODELS.get(kind)
    if model is None:
        is_ours = kind.startswith(PREFIX)
        raise malformed("type", rule="is not a kind of interaction that we know") if is_ours else malformed("type")
    try:
        return model.model_validate(event)
    except ValidationError as error:
        raise _in_words(refusal_of(error)) from error


def _in_words(refusal: MalformedEventError) -> MalformedEventError:
    reason, rule = _RULES.get(refusal.field, ("", ""))
    if not rule or refusal.reason == "missing_field":
        return refusal
    return MalformedEventError(field=refusal.field, rule=rule, reason=reason)
