"""The partner API as OpenAPI 3.1, written from its models."""

from functools import cache
from typing import Any

from pydantic.json_schema import models_json_schema

from ownerloop.contracts.partner_api import BODY_MAX_BYTES, OWNER_MODELS, EventsAnswerV1, EventsV1, MaintenanceV1
from ownerloop.contracts.problems import PROBLEM_JSON, ProblemV1
from ownerloop.contracts.webhooks import WebhookTakenV1

VERSION = "1.0.0"
STAGE = "live"  # of the gateway; the version is in the path
_SCHEMAS = "#/components/schemas/"
_PROBLEMS = {
    400: "The request cannot be read; `field` and `rule` say why.",
    401: "No valid token.",
    403: "Not signed, not by a key of a partner, without the scope, or the owner does not share this any more.",
    404: "Unknown, foreign or never shared; which of them is not told.",
    409: "A request with this Idempotency-Key is still at work.",
    413: f"The body is larger than {BODY_MAX_BYTES} bytes.",
    415: "The body is not application/json.",
    422: "The body breaks the contract, or the Idempotency-Key was used with another body.",
    429: "The quota or the rate of the partner's key is used up.",
    500: "Something broke on our side; the same request may succeed later.",
}
_READ = (401, 403, 404, 429, 500)
_WRITE = (400, 401, 403, 409, 413, 415, 422, 429, 500)
_WEBHOOK = {
    400: "The body is no JSON object, lacks what tells it from others, or was sent too long ago.",
    401: "The signature is not the source's.",
    404: "No such source delivers here.",
    409: "The id of the delivery stood for something else.",
    413: f"The body is larger than {BODY_MAX_BYTES} bytes.",
    429: "The address takes no more at this rate.",
    500: _PROBLEMS[500],
}
_SOURCE = {
    "name": "source",
    "in": "path",
    "required": True,
    "description": "A format with webhooks, such as `smartcar`.",
    "schema": {"type": "string", "pattern": "^[a-z][a-z0-9_]*$"},
}
_IDEMPOTENCY_KEY = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "description": "Repeats of a request with the same key and body get the first answer for a day.",
    "schema": {"type": "string", "pattern": "^[A-Za-z0-9_-]{1,128}$"},
}


@cache
def openapi() -> dict[str, Any]:
    """Return the description of every path, with the schema of every body."""
    owner = {"oneOf": [{"$ref": f"{_SCHEMAS}{model.__name__}"} for model in OWNER_MODELS.values()]}
    maintenance = _operation(
        "readMaintenance", "When a car's services fall due.", ok=_json(_ref(MaintenanceV1)), problems=_READ
    )
    read_owner = _operation(
        "readOwner", "An owner, as far as the partner's role may see.", ok=_json(owner), problems=_READ
    )
    events = _operation("sendEvents", "Vehicle data and interactions.", ok=_json(_ref(EventsAnswerV1)), problems=_WRITE)
    events["responses"]["202"] = events["responses"].pop("200")
    events["requestBody"] = {"required": True, "content": _json(_ref(EventsV1))}
    events["parameters"] = [_IDEMPOTENCY_KEY]
    described = _operation(
        "readDescription", "This description.", ok=_json({"type": "object"}), problems=(401, 403, 429, 500)
    )
    webhook = _operation(
        "takeWebhook",
        "Vehicle data that an aggregator delivers, signed over the raw body; its challenge is answered by its rule.",
        ok=_json(_ref(WebhookTakenV1)),
        problems=tuple(_WEBHOOK),
    )
    for status, description in _WEBHOOK.items():
        webhook["responses"][str(status)]["description"] = description
    webhook |= {"requestBody": {"required": True, "content": _json({"type": "object"})}, "security": []}
    return {
        "openapi": "3.1.0",
        "info": {"title": "OwnerLoop partner API", "version": VERSION, "license": {"name": "Apache-2.0"}},
        "servers": [{"url": f"/{STAGE}", "description": "The stage, at the address that served this description."}],
        "paths": {
            "/v1/vehicles/{vehicle_id}/maintenance": {"get": maintenance, "parameters": [_id("vehicle_id", "v")]},
            "/v1/owners/{person_id}": {"get": read_owner, "parameters": [_id("person_id", "p")]},
            "/v1/events": {"post": events},
            "/v1/openapi.json": {"get": described},
            "/webhooks/{source}": {"post": webhook, "parameters": [_SOURCE]},
        },
        "components": {"schemas": _schemas(), "securitySchemes": _security()},
        "security": [{"token": []}, {"signature": []}],
    }


def _schemas() -> dict[str, Any]:
    models = [MaintenanceV1, *OWNER_MODELS.values(), EventsV1, EventsAnswerV1, WebhookTakenV1, ProblemV1]
    _, defined = models_json_schema(
        [(model, "serialization" if model is not EventsV1 else "validation") for model in models],
        ref_template=f"{_SCHEMAS}{{model}}",
    )
    schemas: dict[str, Any] = defined["$defs"]
    return schemas


def _security() -> dict[str, Any]:
    token = {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}
    signature = {
        "type": "apiKey",
        "name": "Authorization",
        "in": "header",
        "description": "AWS signature version 4, where the API is open to IAM principals; x-api-key names the quota.",
    }
    return {"token": token, "signature": signature}


def _operation(name: str, summary: str, *, ok: dict[str, Any], problems: tuple[int, ...]) -> dict[str, Any]:
    content = {PROBLEM_JSON: {"schema": _ref(ProblemV1)}}
    responses = {str(status): {"description": _PROBLEMS[status], "content": content} for status in problems}
    return {"operationId": name, "summary": summary, "responses": {"200": _answer(ok), **responses}}


def _answer(content: dict[str, Any]) -> dict[str, Any]:
    header = {"description": "Names this request in our records.", "schema": {"type": "string"}}
    return {"description": "As asked.", "headers": {"x-request-id": header}, "content": content}


def _json(schema: dict[str, Any]) -> dict[str, Any]:
    return {"application/json": {"schema": schema}}


def _ref(model: type) -> dict[str, str]:
    return {"$ref": f"{_SCHEMAS}{model.__name__}"}


def _id(name: str, prefix: str) -> dict[str, Any]:
    schema = {"type": "string", "pattern": f"^{prefix}_[0-9a-f]{{24}}$"}
    return {"name": name, "in": "path", "required": True, "schema": schema}
