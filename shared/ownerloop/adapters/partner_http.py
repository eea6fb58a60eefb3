"""HTTP at the partner API's edge: who calls, what the body is, and how an answer or a problem is written."""

import hashlib
import json
import re
from http import HTTPStatus
from typing import Any

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.utilities.data_classes import APIGatewayProxyEvent
from pydantic import BaseModel, ValidationError

from ownerloop.contracts.cloud_event import refusal_of
from ownerloop.contracts.identity import decoded
from ownerloop.contracts.partner_api import BODY_MAX_BYTES, EVENTS_MAX, EventsV1
from ownerloop.contracts.problems import PROBLEM_JSON, ProblemV1, RequestRefusedError
from ownerloop.domain.errors import MalformedEventError, UnauthorizedError
from ownerloop.domain.partner import Partner, principal_of
from ownerloop.partner_ports import Partners

JSON = "application/json"
REQUEST_ID = "x-request-id"
_is_request_id = re.compile(r"[A-Za-z0-9._-]{1,64}").fullmatch
_is_idempotency_key = re.compile(r"[A-Za-z0-9_-]{1,128}").fullmatch


def caller_of(event: APIGatewayProxyEvent, partners: Partners) -> Partner:
    """Return the partner that calls, with the scopes of this call: from the authoriser, else from its IAM principal.

    Raises UnauthorizedError where the authoriser names no active one, RequestRefusedError (403) if no principal does.
    """
    said: dict[str, Any] = event["requestContext"].get("authorizer") or {}
    if partner_id := said.get("partner_id"):
        partner = partners.load(partner_id)
        if partner is None or not partner.is_active:
            raise UnauthorizedError(rule="names no active partner")
        return partner.limited_to(frozenset(str(said.get("scopes", "")).split()))
    arn = event["requestContext"]["identity"].get("userArn")
    partner = partners.of_principal(principal_of(arn)) if arn else None
    if partner is None or not partner.is_active:
        raise RequestRefusedError(status=HTTPStatus.FORBIDDEN, reason="unknown_partner")
    return partner


def request_id_of(event: APIGatewayProxyEvent) -> str:
    """Return the name that the gateway gave the request."""
    return str(event["requestContext"].get("requestId", ""))


def idempotency_key_of(event: APIGatewayProxyEvent) -> str | None:
    """Return the caller's Idempotency-Key, or None; raise RequestRefusedError (400) for one out of form."""
    key = _header(event, "idempotency-key")
    if key is not None and not _is_idempotency_key(key):
        rule = "is 1 to 128 letters, digits, hyphens and underscores"
        raise RequestRefusedError(
            status=HTTPStatus.BAD_REQUEST, reason="malformed_header", field="Idempotency-Key", rule=rule
        )
    return key


def events_in(event: APIGatewayProxyEvent) -> EventsV1:
    """Return the body of `POST /v1/events`, or raise what is wrong with it as a whole."""
    raw = _body(event)
    said = decoded(raw)
    if said is None:
        raise _no_json()
    try:
        return EventsV1.model_validate(said)
    except ValidationError as error:
        refusal = refusal_of(error)
        rule = f"is a list of 1 to {EVENTS_MAX} events" if refusal.field == "events" else refusal.rule
        raise MalformedEventError(field=refusal.field, rule=rule) from error


def body_digest(event: APIGatewayProxyEvent) -> str:
    """Return what tells one body from another."""
    return hashlib.sha256(_body(event)).hexdigest()


def answer(body: BaseModel | dict[str, Any], event: APIGatewayProxyEvent, *, status: int = 200) -> Response[str]:
    """Return the answer as JSON, under the name of its request."""
    text = body.model_dump_json() if isinstance(body, BaseModel) else _json(body)
    return Response(status_code=status, content_type=JSON, body=text, headers=_headers(event))


def problem_answer(problem: ProblemV1, event: APIGatewayProxyEvent, **headers: str) -> Response[str]:
    """Return the problem under the name of its request."""
    text = problem.model_dump_json(exclude_none=True)
    said = {**_headers(event), **headers}
    return Response(status_code=problem.status, content_type=PROBLEM_JSON, body=text, headers=said)


def _body(event: APIGatewayProxyEvent) -> bytes:
    content_type = (_header(event, "content-type") or "").partition(";")[0].strip().lower()
    if content_type != JSON:
        raise RequestRefusedError(
            status=HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
            reason="unsupported_media_type",
            field="Content-Type",
            rule=f"is {JSON}",
        )
    try:
        text = event.decoded_body or ""
    except ValueError as error:  # the gateway hands bytes over in base64
        raise _no_json() from error
    body = text.encode(errors="surrogatepass")
    if len(body) > BODY_MAX_BYTES:
        rule = f"is at most {BODY_MAX_BYTES} bytes"
        raise RequestRefusedError(
            status=HTTPStatus.REQUEST_ENTITY_TOO_LARGE, reason="body_too_large", field="body", rule=rule
        )
    return body


def _no_json() -> RequestRefusedError:
    return RequestRefusedError(status=HTTPStatus.BAD_REQUEST, reason="not_json", field="body", rule="is JSON in UTF-8")


def _header(event: APIGatewayProxyEvent, name: str) -> str | None:
    value: str | None = event.headers.get(name)
    return value


def _headers(event: APIGatewayProxyEvent) -> dict[str, str | list[str]]:
    asked = _header(event, REQUEST_ID)
    return {REQUEST_ID: asked if asked and _is_request_id(asked) else request_id_of(event), "cache-control": "no-store"}


def _json(body: dict[str, Any]) -> str:
    return json.dumps(body, ensure_ascii=False, separators=(",", ":"))
