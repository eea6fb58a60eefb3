"""The way of an interaction from bytes to its model, or to the field and rule that refuse it."""

from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError

from ownerloop.contracts.cloud_event import refusal_of
from ownerloop.contracts.identity import typed
from ownerloop.contracts.interaction_event import SCORE_MAX, SECONDS_MAX, InteractionEvent
from ownerloop.contracts.interactions import MODELS, PREFIX
from ownerloop.contracts.vocabulary import TEXT_MAX, malformed
from ownerloop.domain.complaints import EVIDENCE_MAX
from ownerloop.domain.errors import MalformedEventError
from ownerloop.domain.facts import FEN_MAX

_CODE = "is a name in lower case of at most 64 characters, without a number of nine digits or more"
_WORD = "is one lower-case word without a number of nine digits or more"
_RULES = {
    "subject": (
        "malformed",
        f"is an owner key, wecom:<external_userid>, case:<k_...> or person:<p_...>: of 1 to {TEXT_MAX} characters",
    ),
    "data.amount_fen": (
        "bad_amount",
        f"is a whole number of fen from 0 (paid or given back: from 1) to {FEN_MAX}",
    ),
    "data.currency": ("foreign_currency", "is CNY"),
    "data.vin": ("bad_vin", "is a VIN: 17 letters and digits without I, O and Q"),
    "data.contact_id": ("malformed", "is a contact id: c_ and 24 hex digits"),
    "data.direction": ("malformed", "is in or out"),
    "data.category": ("malformed", _WORD),
    "data.topic": ("malformed", _WORD),
    "data.type": ("malformed", _WORD),
    "data.evidence_ids": (
        "malformed",
        f"are at most {EVIDENCE_MAX} numbers, each a text of 1 to {TEXT_MAX} characters",
    ),
    "data.outcome": ("malformed", "is reached or not_reached"),
    "data.channel": ("malformed", _WORD),
    "data.on": ("malformed", "is a day (YYYY-MM-DD)"),
    "data.for_at": ("malformed", "is an RFC 3339 instant with its offset"),
    "data.job_class": ("malformed", "is maintenance, inspection or repair"),
    "data.lines": ("bad_amount", "are lines of category, amount_fen and perhaps cost_fen that sum to data.amount_fen"),
    "data.lines.category": ("malformed", _WORD),
    "data.lines.amount_fen": ("bad_amount", f"is a whole number of fen, not negative, at most {FEN_MAX}"),
    "data.lines.cost_fen": ("bad_amount", f"is a whole number of fen, not negative, at most {FEN_MAX}"),
    "data.order_kind": ("malformed", "is purchase or service_order_completed"),
    "data.duration_s": ("bad_duration", f"is a whole number of seconds from 0 to {SECONDS_MAX}"),
    "data.score": ("bad_score", f"is a whole number from 0 to {SCORE_MAX}"),
    "data.method": ("malformed", _WORD),
    "data.platform": ("malformed", _WORD),
    "data.community": ("malformed", _WORD),
    "data.tag": ("malformed", _WORD),
    "data.until": ("malformed", "is a day (YYYY-MM-DD)"),
    "data.feature": ("malformed", _WORD),
    **{f"data.{name}": ("malformed", _CODE) for name in ("campaign_id", "survey_id", "model", "game", "page", "link")},
}


def parse_interaction(raw: bytes | Mapping[str, Any]) -> InteractionEvent:
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
