"""A webhook as it comes over HTTP: whose address was called, the bytes that were signed, and by which key."""

import base64
import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

from ownerloop.adapters.formats.manifest import Manifest, Webhook
from ownerloop.contracts.problems import PROBLEM_JSON, ProblemV1, RequestRefusedError

BODY_MAX_BYTES = 256 * 1024
Secret = Mapping[str, Any]  # `<source>`: the key that both sides hold; `<source>_previous`: the one before


@dataclass(frozen=True, slots=True)
class Proved:
    """A request that its source signed."""

    source: str
    manifest: Manifest
    rule: Webhook
    body: bytes
    key: bytes = field(repr=False)


def proved(event: Mapping[str, Any], *, sources: Mapping[str, Manifest], secret: Secret) -> Proved:
    """Return the request, or raise RequestRefusedError: 404 for a source that is not set up, 413, or 401."""
    source = str((event.get("pathParameters") or {}).get("source", ""))
    manifest = sources.get(source)
    keys = [str(key).encode() for of in ("", "_previous") if (key := secret.get(f"{source}{of}"))]
    if manifest is None or manifest.webhook is None or not keys:
        raise RequestRefusedError(status=HTTPStatus.NOT_FOUND, reason="no_such_source")
    body = _body(event)
    signature = _header(event, manifest.webhook.signature_header).strip().lower().encode()
    for key in keys:
        if hmac.compare_digest(signed(body, key=key).encode(), signature):
            return Proved(source, manifest, manifest.webhook, body, key)
    raise RequestRefusedError(status=HTTPStatus.UNAUTHORIZED, reason="not_proved")


def signed(text: bytes, *, key: bytes) -> str:
    """Return the HMAC-SHA256 of a text in hex digits."""
    return hmac.digest(key, text, "sha256").hex()


def answer(said: Mapping[str, Any]) -> dict[str, Any]:
    """Return what API Gateway answers with 200."""
    return _answer(HTTPStatus.OK, "application/json", json.dumps(said, separators=(",", ":")))


def problem_answer(problem: ProblemV1) -> dict[str, Any]:
    """Return what API Gateway answers for a problem."""
    return _answer(problem.status, PROBLEM_JSON, problem.model_dump_json(exclude_none=True))


def _answer(status: int, content_type: str, body: str) -> dict[str, Any]:
    headers = {"content-type": content_type, "cache-control": "no-store"}
    return {"statusCode": int(status), "headers": headers, "body": body}


def _body(event: Mapping[str, Any]) -> bytes:
    text = event.get("body") or ""
    body = _unwrapped(text) if event.get("isBase64Encoded") else text.encode(errors="surrogatepass")
    if len(body) > BODY_MAX_BYTES:
        rule = f"is at most {BODY_MAX_BYTES} bytes"
        status = HTTPStatus.REQUEST_ENTITY_TOO_LARGE
        raise RequestRefusedError(status=status, reason="body_too_large", field="body", rule=rule)
    return body


def _unwrapped(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except ValueError as error:  # only the gateway could have written it, and it would not
        raise RequestRefusedError(status=HTTPStatus.BAD_REQUEST, reason="not_json", field="body") from error


def _header(event: Mapping[str, Any], name: str) -> str:
    headers: Mapping[str, Any] = event.get("headers") or {}
    return next((str(value) for key, value in headers.items() if key.lower() == name.lower()), "")
