"""The tokens of partners: JWTs signed with RS256 or ES256 by a key of the partner's own set.

The token names its partner in `sub` and its key in `kid`. What the header offers as a key is never looked at.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from jwt.types import Options

from ownerloop.adapters.https_fetch import fetch_over_https
from ownerloop.contracts.identity import decoded
from ownerloop.domain.errors import UnauthorizedError
from ownerloop.domain.partner import Partner, is_partner_id

ALGORITHMS = ("RS256", "ES256")
LEEWAY = timedelta(seconds=60)  # clocks of others
TOKEN_MAX_CHARACTERS = 8_192
RSA_MIN_BITS = 2_048
KEPT = timedelta(minutes=5)  # a key that was taken back is refused within this
ASKED_AGAIN = timedelta(seconds=30)  # unknown kids cannot make us ask a partner's server more often
SECONDS_MAX = 2**33  # the year 2242
# Times are held to the caller's `now`, not to the machine's clock.
_OURS_TO_CHECK: Options = {
    "verify_exp": False,
    "verify_nbf": False,
    "verify_iat": False,
    "require": ["iss", "aud", "exp", "sub"],
}


@dataclass(frozen=True, slots=True)
class _Fetched:
    at: datetime
    keys: Mapping[str, Mapping[str, Any]]


class JwtTokens:
    """Proves tokens made for one audience; `fetch` returns the bytes behind a partner's https address."""

    def __init__(self, audience: str, *, fetch: Callable[[str], bytes] | None = None) -> None:
        self._audience = audience
        self._fetch = fetch or fetch_over_https
        self._fetched: dict[str, _Fetched] = {}

    def partner_id_in(self, token: str) -> str:
        """Return which partner the token says it is of, before anything is proved, or raise UnauthorizedError."""
        if len(token) > TOKEN_MAX_CHARACTERS or not token.isascii():
            raise UnauthorizedError(rule="is too long or not in base64url")
        try:
            claims = jwt.decode(token, options={"verify_signature": False})
        except jwt.PyJWTError as error:
            raise UnauthorizedError(rule="is no token") from error
        subject = claims.get("sub")
        if not isinstance(subject, str) or not is_partner_id(subject):
            raise UnauthorizedError(rule="names no partner")
        return subject

    def scopes_in(self, token: str, *, partner: Partner, now: datetime) -> frozenset[str] | None:
        """Prove the token with the partner's keys and return the scopes it is limited to, None if to none.

        Raises UnauthorizedError where anything of it is not proved.
        """
        if not partner.issuer:
            raise UnauthorizedError(rule="is of a partner without an issuer")
        key = self._key_of(token, partner, now)
        try:
            claims = jwt.decode(
                token,
                key,
                algorithms=ALGORITHMS,
                audience=self._audience,
                issuer=partner.issuer,
                options=_OURS_TO_CHECK,
            )
        except jwt.PyJWTError as error:
            raise UnauthorizedError(rule=type(error).__name__) from error
        _check_times(claims, now)
        return _scopes(claims)

    def _key_of(self, token: str, partner: Partner, now: datetime) -> jwt.PyJWK:
        header = jwt.get_unverified_header(token)  # `partner_id_in` has read it before
        algorithm, kid = header.get("alg"), header.get("kid")
        if algorithm not in ALGORITHMS:
            raise UnauthorizedError(rule="has an algorithm that is not taken")
        if not isinstance(kid, str):
            raise UnauthorizedError(rule="names no key")
        jwk = self._jwk(partner, kid, now)
        if jwk is None or jwk.get("alg", algorithm) != algorithm or jwk.get("use", "sig") != "sig":
            raise UnauthorizedError(rule="names a key that the partner does not have for this")
        return _usable(jwk, algorithm)

    def _jwk(self, partner: Partner, kid: str, now: datetime) -> Mapping[str, Any] | None:
        if not partner.jwks_url:
            return keys_of(partner.jwks.encode()).get(kid)
        held = self._fetched.get(partner.jwks_url)
        age = abs(now - held.at) if held else None
        if held is None or age is None or age > KEPT or (kid not in held.keys and age > ASKED_AGAIN):
            held = _Fetched(now, keys_of(self._fetch(partner.jwks_url)))
            self._fetched[partner.jwks_url] = held
        return held.keys.get(kid)


def keys_of(jwks: bytes) -> dict[str, Mapping[str, Any]]:
    """Return the keys of a JWK set by their `kid`; what is no set has none."""
    said = decoded(jwks)
    keys = said.get("keys") if isinstance(said, dict) else None
    listed = keys if isinstance(keys, list) else []
    return {key["kid"]: key for key in listed if isinstance(key, dict) and isinstance(key.get("kid"), str)}


def _usable(jwk: Mapping[str, Any], algorithm: str) -> jwt.PyJWK:
    if "d" in jwk:
        raise UnauthorizedError(rule="names a private key")
    try:
        key = jwt.PyJWK(dict(jwk), algorithm)
    except jwt.PyJWTError as error:
        raise UnauthorizedError(rule="names a key of another kind") from error
    if isinstance(key.key, RSAPublicKey) and key.key.key_size < RSA_MIN_BITS:
        raise UnauthorizedError(rule="names a key that is too short")
    return key


def _scopes(claims: Mapping[str, Any]) -> frozenset[str] | None:
    # A limit that we cannot read must not count as none.
    if "scope" not in claims:
        return None
    if not isinstance(claims["scope"], str):
        raise UnauthorizedError(rule="has a scope that is no text")
    return frozenset(claims["scope"].split())


def _check_times(claims: Mapping[str, Any], now: datetime) -> None:
    expires, begins = _instant(claims["exp"]), _instant(claims.get("nbf", 0))
    if now >= expires + LEEWAY:
        raise UnauthorizedError(rule="has expired")
    if now < begins - LEEWAY:
        raise UnauthorizedError(rule="is not valid yet")


def _instant(claim: object) -> datetime:
    if isinstance(claim, bool) or not isinstance(claim, int | float) or not 0 <= claim < SECONDS_MAX:
        raise UnauthorizedError(rule="has a time that is no number of seconds")
    return datetime.fromtimestamp(claim, UTC)
