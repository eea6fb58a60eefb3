"""What a Lambda authoriser is asked and what it answers: a token, and a policy for the methods of the partner API."""

from collections.abc import Mapping
from typing import Any

from ownerloop.domain.access import Action
from ownerloop.domain.errors import UnauthorizedError
from ownerloop.domain.partner import Partner

_METHODS = {
    Action.READ_MAINTENANCE: "GET/v1/vehicles/*/maintenance",
    Action.READ_OWNER: "GET/v1/owners/*",
    Action.SEND_EVENTS: "POST/v1/events",
    Action.BOOK: "POST/v1/events",
}
_FOR_EVERY_PARTNER = "*/v1/*"  # what is neither there nor named above, the function answers: 404, 405 and its Allow


def token_in(event: Mapping[str, Any]) -> str:
    """Return the bearer token of the request, or raise UnauthorizedError."""
    scheme, _, token = str(event.get("authorizationToken", "")).partition(" ")
    if scheme.lower() != "bearer" or not token:
        raise UnauthorizedError(rule="is no bearer token")
    return token.strip()


def policy_for(partner: Partner, *, scopes: frozenset[str], method_arn: str) -> dict[str, Any]:
    """Return the policy for every method, since API Gateway keeps it for the token's next calls too.

    It denies what the scopes do not open; the function holds every call to the scopes again.
    """
    api, stage = method_arn.split("/")[:2]
    opened = {method for action, method in _METHODS.items() if action in scopes}
    denied = [method for method in dict.fromkeys(_METHODS.values()) if method not in opened]
    statements = [_statement("Allow", [_FOR_EVERY_PARTNER], f"{api}/{stage}")]
    if denied:
        statements.append(_statement("Deny", denied, f"{api}/{stage}"))
    return {
        "principalId": partner.partner_id,
        "policyDocument": {"Version": "2012-10-17", "Statement": statements},
        "usageIdentifierKey": partner.usage_key,
        "context": {"partner_id": partner.partner_id, "scopes": " ".join(sorted(scopes))},
    }


def _statement(effect: str, methods: list[str], stage_arn: str) -> dict[str, Any]:
    resources = [f"{stage_arn}/{method}" for method in methods]
    return {"Action": "execute-api:Invoke", "Effect": effect, "Resource": resources}
