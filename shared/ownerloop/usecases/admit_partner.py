"""Whether a token lets its partner in, and with which scopes."""

from dataclasses import dataclass
from datetime import datetime

from ownerloop.domain.errors import UnauthorizedError
from ownerloop.domain.partner import Partner
from ownerloop.partner_ports import Partners, Tokens


@dataclass(frozen=True, slots=True)
class Admitted:
    """A partner whose token was proved, and the scopes that it may use with this token."""

    partner: Partner
    scopes: frozenset[str]


def admit(token: str, *, partners: Partners, tokens: Tokens, now: datetime) -> Admitted:
    """Return the partner and its scopes, or raise UnauthorizedError; a token can narrow them, never widen them."""
    partner = partners.load(tokens.partner_id_in(token))
    if partner is None or not partner.is_active:
        raise UnauthorizedError(rule="names no active partner")
    limited_to = tokens.scopes_in(token, partner=partner, now=now)
    return Admitted(partner, partner.scopes if limited_to is None else partner.scopes & limited_to)
