"""Lets partners into the API by their token: a policy for what they may do, and the key their calls are counted by."""

from dataclasses import dataclass
from functools import cache
from typing import Any

from ownerloop.adapters.api_policy import policy_for, token_in
from ownerloop.adapters.clock import the_clock
from ownerloop.adapters.dynamodb.partners import DynamoPartners
from ownerloop.adapters.jwt_keys import JwtTokens
from ownerloop.domain.errors import UnauthorizedError
from ownerloop.partner_ports import Partners, Tokens
from ownerloop.ports import Clock
from ownerloop.settings import AuthorizePartnerSettings, from_environment
from ownerloop.telemetry import count, count_by_reason, log_invocation, logger, metrics
from ownerloop.usecases.admit_partner import admit


@dataclass(frozen=True, slots=True)
class Wiring:
    """What admitting a partner needs."""

    partners: Partners
    tokens: Tokens
    clock: Clock


@cache
def wiring() -> Wiring:
    """Return the wiring, built on first use."""
    settings = from_environment(AuthorizePartnerSettings)
    return Wiring(
        partners=DynamoPartners(settings.partners_table),
        tokens=JwtTokens(settings.token_audience),
        clock=the_clock(),
    )


@metrics.log_metrics
def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:  # noqa: ARG001  # Lambda passes both
    """Return the policy of the token's partner; what proves nothing raises the word that API Gateway makes a 401."""
    log_invocation(event)
    wired = wiring()
    try:
        admitted = admit(token_in(event), partners=wired.partners, tokens=wired.tokens, now=wired.clock.now())
    except UnauthorizedError as refusal:
        logger.warning("token refused", rule=refusal.rule)
        count_by_reason("TokensRefused", {refusal.reason: 1})
        raise
    count("TokensAccepted")
    return policy_for(admitted.partner, scopes=admitted.scopes, method_arn=event["methodArn"])
