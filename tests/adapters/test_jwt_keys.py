"""Tokens of partners: what is let in, and the long list of what is not."""

import base64
import hmac
import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP384R1, generate_private_key

from ownerloop.adapters.jwt_keys import JwtTokens
from ownerloop.domain.errors import UnauthorizedError
from ownerloop.domain.partner import Partner
from tests.builders import START
from tests.partners.builders import AUDIENCE, a_partner, a_token, an_ec_key, an_rsa_key, jwk_of, jwks_of

SECOND = timedelta(seconds=1)


def prove(token: str, partner: Partner | None = None, *, at: Any = START, tokens: JwtTokens | None = None) -> Any:
    tokens = tokens or JwtTokens(AUDIENCE)
    assert tokens.partner_id_in(token) == "insurer"
    return tokens.scopes_in(token, partner=partner or a_partner(), now=at)


def unsigned(token: str, **header: Any) -> str:
    """Return the token with another header and no signature."""
    _, claims, _ = token.split(".")
    head = base64.urlsafe_b64encode(json.dumps({"typ": "JWT", "kid": "k1", **header}).encode()).decode().rstrip("=")
    return f"{head}.{claims}."


def signed_with_the_public_key(token: str) -> str:
    """Return the token with an HMAC under the public key: what a careless check would take."""
    head = unsigned(token, alg="HS256").rstrip(".")
    public = json.dumps(jwk_of(an_ec_key())).encode()
    mac = hmac.digest(public, head.encode(), "sha256")
    return f"{head}.{base64.urlsafe_b64encode(mac).decode().rstrip('=')}"


def test_a_token_signed_by_the_partner_s_key_is_proved() -> None:
    rsa = a_partner(jwks=jwks_of(jwk_of(an_rsa_key(), kid="r1", alg="RS256", use="sig")))

    assert prove(a_token()) is None
    assert prove(a_token(key=an_rsa_key(), algorithm="RS256", kid="r1"), rsa) is None


def test_a_token_can_be_limited_to_some_scopes() -> None:
    assert prove(a_token(scope="events:write owners:read")) == {"events:write", "owners:read"}
    assert prove(a_token(scope="")) == frozenset()


def test_a_token_counts_a_minute_longer_than_it_says_and_no_more() -> None:
    token = a_token(valid_for=timedelta(minutes=5))
    ends = START + timedelta(minutes=5)

    prove(token, at=ends + timedelta(seconds=59))
    with pytest.raises(UnauthorizedError) as refused:
        prove(token, at=ends + timedelta(seconds=60))
    assert refused.value.rule == "has expired"


def test_a_token_counts_a_minute_earlier_than_it_says_and_no_more() -> None:
    token = a_token(nbf=int((START + timedelta(minutes=2)).timestamp()))

    prove(token, at=START + timedelta(seconds=60))
    with pytest.raises(UnauthorizedError):
        prove(token, at=START + timedelta(seconds=59))


@pytest.mark.parametrize(
    "make",
    [
        lambda: unsigned(a_token(), alg="none"),
        lambda: unsigned(a_token(), alg="None"),
        lambda: a_token(key="x" * 64, algorithm="HS256"),
        lambda: signed_with_the_public_key(a_token()),
        lambda: a_token(key=an_rsa_key(), algorithm="RS512"),
        lambda: a_token(key=an_rsa_key(), algorithm="PS256"),
        lambda: a_token(key=an_rsa_key(), algorithm="RS256"),
        lambda: a_token(key=generate_private_key(SECP384R1()), algorithm="ES384"),
        lambda: a_token(kid=None),
        lambda: a_token(kid="unknown"),
        lambda: a_token(iss="https://somebody.else"),
        lambda: a_token(aud="another-api"),
        lambda: a_token(exp="tomorrow"),
        lambda: a_token(exp=True),
        lambda: a_token(exp=1e300),
        lambda: a_token(exp=-5),
        lambda: a_token(nbf="now"),
        lambda: a_token(scope=["maintenance:read"]),
        lambda: a_token(scope=None),
        lambda: a_token()[:-6] + "AAAAAA",
        lambda: ".".join([*a_token().split(".")[:2], a_token(sub="insurer", iss="other").split(".")[2]]),
        *(lambda name=name: a_token(without=[name]) for name in ("iss", "aud", "exp")),
    ],
)
def test_whatever_proves_nothing_is_refused(make: Callable[[], str]) -> None:
    with pytest.raises(UnauthorizedError, match=r"^Unauthorized$"):
        prove(make())


@pytest.mark.parametrize("token", ["", "x", "a.b.c", "." * 10, "ey" * 5_000, "\ud800.a.b", "é.é.é"])
def test_what_is_no_token_names_nobody(token: str) -> None:
    with pytest.raises(UnauthorizedError):
        JwtTokens(AUDIENCE).partner_id_in(token)


@pytest.mark.parametrize("subject", ["", "UPPER", "a", "../x", "insurer#profile", 7, None])
def test_a_subject_that_can_be_no_partner_is_refused_before_any_table_is_read(subject: object) -> None:
    with pytest.raises(UnauthorizedError):
        JwtTokens(AUDIENCE).partner_id_in(a_token(sub=subject))


def test_a_key_in_the_token_itself_is_never_taken() -> None:
    stranger = generate_private_key(an_ec_key().curve)
    token = a_token(key=stranger, kid="k1")

    with pytest.raises(UnauthorizedError):
        prove(token)


@pytest.mark.parametrize(
    "jwk",
    [
        jwk_of(an_rsa_key(1024), kid="r1"),
        jwk_of(an_rsa_key(), kid="r1", use="enc"),
        jwk_of(an_rsa_key(), kid="r1", alg="RS512"),
        {**jwk_of(an_rsa_key(), kid="r1"), "d": "AQAB"},
        {"kty": "oct", "k": "c2VjcmV0", "kid": "r1"},
        {"kid": "r1"},
    ],
    ids=["short", "for_encryption", "other_algorithm", "private", "symmetric", "empty"],
)
def test_a_key_of_the_set_that_is_not_for_this_is_refused(jwk: dict[str, Any]) -> None:
    token = a_token(key=an_rsa_key(), algorithm="RS256", kid="r1")

    with pytest.raises(UnauthorizedError):
        prove(token, a_partner(jwks=jwks_of(jwk)))


@pytest.mark.parametrize("jwks", ["", "[]", "{}", '{"keys": 1}', '{"keys": [1, {}]}', "not json", "[" * 60_000])
def test_a_broken_key_set_has_no_keys(jwks: str) -> None:
    with pytest.raises(UnauthorizedError):
        prove(a_token(), a_partner(jwks=jwks))


def test_a_partner_without_an_issuer_lets_no_token_in() -> None:
    with pytest.raises(UnauthorizedError):
        prove(a_token(), a_partner(issuer=""))


class Server:
    """A partner's key server that counts how often it is asked."""

    def __init__(self, *keys: dict[str, Any]) -> None:
        self.keys, self.asked = keys, 0

    def __call__(self, _url: str) -> bytes:
        self.asked += 1
        return jwks_of(*self.keys).encode()


def test_fetched_keys_are_kept_for_minutes_and_a_new_one_is_found_at_once() -> None:
    server = Server(jwk_of(an_ec_key()))
    tokens, partner = JwtTokens(AUDIENCE, fetch=server), a_partner(jwks_url="https://id.insurer.example/jwks")
    prove(a_token(), partner, tokens=tokens)
    prove(a_token(), partner, tokens=tokens, at=START + 100 * SECOND)
    assert server.asked == 1

    server.keys = (jwk_of(an_rsa_key(), kid="r2"),)
    rotated = a_token(key=an_rsa_key(), algorithm="RS256", kid="r2")
    prove(rotated, partner, tokens=tokens, at=START + 101 * SECOND)
    assert server.asked == 2
    with pytest.raises(UnauthorizedError):
        prove(a_token(), partner, tokens=tokens, at=START + 102 * SECOND)


def test_unknown_keys_cannot_make_us_ask_a_partner_s_server_without_end() -> None:
    server = Server(jwk_of(an_ec_key()))
    tokens, partner = JwtTokens(AUDIENCE, fetch=server), a_partner(jwks_url="https://id.insurer.example/jwks")

    for second in range(20):
        with pytest.raises(UnauthorizedError):
            prove(a_token(kid=f"k-{second}"), partner, tokens=tokens, at=START + second * SECOND)

    assert server.asked == 1
