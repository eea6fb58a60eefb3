"""How the partner API says no: one problem document (RFC 9457) for every refusal and fault."""

from http import HTTPStatus
from typing import Annotated

from pydantic import BaseModel, Field

from ownerloop.contracts.cloud_event import PUBLISHED
from ownerloop.domain.errors import (
    ConsentRequiredError,
    MalformedEventError,
    NotShownError,
    OwnerLoopError,
    ScopeMissingError,
    UnauthorizedError,
)
from ownerloop.domain.webhook import DeliveryRefusedError

PROBLEM_JSON = "application/problem+json"
TYPE = "urn:ownerloop:problem:"


class ProblemV1(BaseModel):
    """A problem; `type` ends in the code to act on, `field` and `rule` say what to mend."""

    model_config = PUBLISHED

    type: Annotated[str, Field(pattern=f"^{TYPE}[a-z_]+$")]
    title: str
    status: Annotated[int, Field(ge=400, le=599)]
    detail: str | None = None
    instance: str | None = None
    field: str | None = None
    rule: str | None = None


class RequestRefusedError(OwnerLoopError):
    """The request itself breaks a rule of HTTP or of this API."""

    def __init__(self, *, status: HTTPStatus, reason: str, field: str = "", rule: str = "") -> None:
        super().__init__(f"{field or reason}: {rule}")
        self.status, self.reason, self.field, self.rule = status, reason, field, rule


def problem_of(refusal: OwnerLoopError, *, request_id: str) -> ProblemV1:
    """Return the problem that a refusal is to its caller; nothing in it quotes the request."""
    match refusal:
        case RequestRefusedError():
            return _problem(refusal.status, refusal.reason, request_id, field=refusal.field, rule=refusal.rule)
        case MalformedEventError():
            status = HTTPStatus.UNPROCESSABLE_ENTITY
            return _problem(status, refusal.reason, request_id, field=refusal.field, rule=refusal.rule)
        case UnauthorizedError():
            return _problem(HTTPStatus.UNAUTHORIZED, refusal.reason, request_id)
        case ScopeMissingError() | ConsentRequiredError():
            return _problem(HTTPStatus.FORBIDDEN, refusal.reason, request_id)
        case DeliveryRefusedError():
            status = HTTPStatus.CONFLICT if refusal.reason == "delivery_id_reused" else HTTPStatus.BAD_REQUEST
            return _problem(status, refusal.reason, request_id, field=refusal.field, rule=refusal.rule)
        case NotShownError():
            return _problem(HTTPStatus.NOT_FOUND, refusal.reason, request_id)
        case _:
            return _problem(HTTPStatus.BAD_REQUEST, refusal.reason, request_id)


def fault(*, request_id: str) -> ProblemV1:
    """Return the problem for trouble of ours, which may heal."""
    return _problem(HTTPStatus.INTERNAL_SERVER_ERROR, "internal_error", request_id)


def no_such_path(*, request_id: str) -> ProblemV1:
    """Return the problem for a path that this API does not have."""
    return _problem(HTTPStatus.NOT_FOUND, "no_such_path", request_id)


def no_such_method(*, request_id: str) -> ProblemV1:
    """Return the problem for a path that has other methods."""
    return _problem(HTTPStatus.METHOD_NOT_ALLOWED, "no_such_method", request_id)


_DETAILS = {
    "unauthorized": "No valid token names an active partner.",
    "unknown_partner": "The caller's principal is not one of an active partner.",
    "scope_missing": "This partner, or this token, may not do that.",
    "consent_required": "The owner does not share this with the partner any more.",
    "not_found": "There is nothing under this id that the partner could be told of.",
    "no_such_source": "Nothing by this name delivers here.",
    "stale_delivery": "It was sent longer ago, or further ahead, than this address takes.",
    "delivery_id_reused": "This id was taken before, with another content.",
    "no_such_path": "This API has no such path.",
    "no_such_method": "This path has other methods; `Allow` names them.",
    "internal_error": "Something broke on our side; the same request may succeed later.",
}


def _problem(status: HTTPStatus, reason: str, request_id: str, *, field: str = "", rule: str = "") -> ProblemV1:
    return ProblemV1(
        type=f"{TYPE}{reason}",
        title=status.phrase,
        status=status.value,
        detail=_DETAILS.get(reason),
        instance=f"urn:ownerloop:request:{request_id}" if request_id else None,
        field=field or None,
        rule=rule or None,
    )
