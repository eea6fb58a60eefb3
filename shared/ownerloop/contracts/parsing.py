"""The way of an enrolment event from bytes to its model, or to the field and rule that refuse it."""

from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError

from ownerloop.contracts import enrolment, identities
from ownerloop.contracts.case_answers import CASE_ANSWERED, CaseAnsweredV1
from ownerloop.contracts.cloud_event import refusal_of
from ownerloop.contracts.identity import typed
from ownerloop.contracts.vocabulary import OWNER_REGISTERED, OWNER_UNSUBSCRIBED, TEXT_MAX, malformed
from ownerloop.domain.errors import MalformedEventError

EnrolmentMessage = enrolment.EnrolmentMessage | CaseAnsweredV1 | identities.IdentityMessage
MODELS: dict[str, type[EnrolmentMessage]] = {**enrolment.MODELS, **identities.MODELS, CASE_ANSWERED: CaseAnsweredV1}
_OF_OWNERS = frozenset(
    {OWNER_REGISTERED, OWNER_UNSUBSCRIBED, identities.LINKED}
)  # their subject is an owner key, not a VIN


def parse_enrolment(raw: bytes | Mapping[str, Any]) -> EnrolmentMessage:
    """Return the event's model, or raise MalformedEventError with the field, the rule and the reason."""
    event, kind = typed(raw)
    model = MODELS.get(kind)
    if model is None:
        raise malformed("type")
    try:
        return model.model_validate(event)
    except ValidationError as error:
        refusal = refusal_of(error)
        if refusal.field == "subject" and kind in _OF_OWNERS:
            rule = f"is an owner key: a text of 1 to {TEXT_MAX} characters"
            refusal = MalformedEventError(field="subject", rule=rule)
        elif refusal.field == "subject" and kind == CASE_ANSWERED:
            refusal = MalformedEventError(field="subject", rule="is a case: k_ and 24 hex digits")
        elif refusal.field == "subject" and kind in identities.MODELS:
            refusal = MalformedEventError(field="subject", rule="is a person: p_ and 24 hex digits")
        raise refusal from error
