"""Builders of partners, their keys and tokens, and of what the gateway hands on; a test names only what matters."""

import json
import re
from collections.abc import Iterable
from datetime import datetime, timedelta
from functools import cache
from types import SimpleNamespace
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePrivateKey, generate_private_key
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key as generate_rsa_key
from jwt.algorithms import ECAlgorithm, RSAAlgorithm

from ownerloop.domain.access import Action
from ownerloop.domain.partner import Caller, Partner, Role
from tests.builders import START

AUDIENCE = "ownerloop"
ISSUER = "https://id.insurer.example"
EVERY_SCOPE = tuple(Action)
VEHICLE_ID, PERSON_ID = "v_" + "1" * 24, "p_" + "2" * 24
CONTEXT = SimpleNamespace(get_remaining_time_in_millis=lambda: 10_000, aws_request_id="r", function_name="partner_api")


@cache
def an_ec_key() -> EllipticCurvePrivateKey:
    return generate_private_key(SECP256R1())


@cache
def an_rsa_key(bits: int = 2048) -> RSAPrivateKey:
    return generate_rsa_key(65537, bits)


def jwk_of(key: Any, *, kid: str = "k1", **more: Any) -> dict[str, Any]:
    algorithm = ECAlgorithm if isinstance(key, EllipticCurvePrivateKey) else RSAAlgorithm
    return {**json.loads(algorithm.to_jwk(key.public_key())), "kid": kid, **more}


def jwks_of(*keys: dict[str, Any]) -> str:
    return json.dumps({"keys": keys or [jwk_of(an_ec_key())]})


def a_partner(
    *, partner_id: str = "insurer", role: Role = Role.INSURANCE, scopes: Iterable[str] = EVERY_SCOPE, **more: Any
) -> Partner:
    given = {
        "sources": ("urn:test:", "urn:example:"),
        "issuer": ISSUER,
        "jwks": jwks_of(),
        "usage_key": "usage-key-of-the-insurer",
        **more,
    }
    return Partner(partner_id=partner_id, name=f"Partner {partner_id}", role=role, scopes=frozenset(scopes), **given)


def a_caller(partner: Partner | None = None, *, at: datetime = START, request_id: str = "request-1") -> Caller:
    return Caller(partner or a_partner(), request_id, at)


def a_token(
    *,
    key: Any = None,
    algorithm: str = "ES256",
    kid: str | None = "k1",
    issued_at: datetime = START,
    valid_for: timedelta = timedelta(minutes=5),
    without: Iterable[str] = (),
    **claims: Any,
) -> str:
    said: dict[str, Any] = {
        "iss": ISSUER,
        "sub": "insurer",
        "aud": AUDIENCE,
        "iat": int(issued_at.timestamp()),
        "exp": int((issued_at + valid_for).timestamp()),
        **claims,
    }
    for name in without:
        del said[name]
    headers = {"kid": kid} if kid else {}
    return jwt.encode(said, an_ec_key() if key is None else key, algorithm=algorithm, headers=headers)


def a_request(
    method: str = "GET",
    path: str = f"/v1/vehicles/{VEHICLE_ID}/maintenance",
    *,
    partner_id: str | None = "insurer",
    scopes: Iterable[str] = EVERY_SCOPE,
    headers: dict[str, str] | None = None,
    query: dict[str, str] | None = None,
    body: object = None,
    caller_arn: str | None = None,
) -> dict[str, Any]:
    """Return what API Gateway hands to a function for a request, payload format 1.0."""
    text = body if isinstance(body, str) or body is None else json.dumps(body)
    all_headers = {"content-type": "application/json"} | (headers or {})
    context: dict[str, Any] = {
        "accountId": "000000000000",
        "apiId": "api",
        "stage": "live",
        "path": f"/live{path}",
        "httpMethod": method,
        "resourcePath": path,
        "requestId": "00000000-0000-4000-8000-000000000001",
        "identity": {"sourceIp": "192.0.2.1", "userArn": caller_arn},
    }
    if partner_id:
        context["authorizer"] = {"partner_id": partner_id, "scopes": " ".join(scopes), "principalId": partner_id}
    return {
        "resource": re.sub(r"^(/v1/)(vehicles|owners)/[^/]*", r"\1\2/{id}", path),
        "path": path,
        "httpMethod": method,
        "headers": all_headers,
        "multiValueHeaders": {name: [value] for name, value in all_headers.items()},
        "queryStringParameters": query,
        "multiValueQueryStringParameters": {name: [value] for name, value in query.items()} if query else None,
        "pathParameters": None,
        "stageVariables": None,
        "requestContext": context,
        "body": text,
        "isBase64Encoded": False,
    }


def an_authorization(token: str, *, scheme: str = "Bearer") -> dict[str, Any]:
    """Return what API Gateway asks a token authoriser."""
    arn = "arn:aws:execute-api:us-east-1:000000000000:api/live/GET/v1/openapi.json"
    return {"type": "TOKEN", "authorizationToken": f"{scheme} {token}", "methodArn": arn}
