"""A partner that calls the deployed API: it signs its own tokens and counts what it is answered."""

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import jwt
import urllib3
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePrivateKey, generate_private_key
from jwt.algorithms import ECAlgorithm

from infra.local.clients import client
from infra.partners.enrolling import enrol_partner
from ownerloop.domain.access import Action
from ownerloop.domain.partner import Partner, Role

KID = "visitor-1"
AUDIENCE = "ownerloop"  # the template's default of TokenAudience
TOKEN_LASTS = timedelta(minutes=5)
PATIENCE_SECONDS = 30.0  # a busy laptop starts a function slowly
DESCRIPTION = "/v1/openapi.json"


@dataclass(frozen=True, slots=True)
class Visitor:
    """One partner with the private half of its key, in front of a deployed API."""

    partner: Partner
    key: EllipticCurvePrivateKey
    base_url: str

    def call(self, path: str, *, now: datetime, token: str | None = None, body: Any = None) -> tuple[int, Any]:
        """Return status and body of a call; a token of its own is signed unless one is given ("" is none)."""
        said = self.token(now=now) if token is None else token
        # AWS counts by the authoriser's answer; the local cloud wants the key in the request.
        headers = {"x-api-key": self.partner.usage_key, "content-type": "application/json"}
        headers |= {"authorization": f"Bearer {said}"} if said else {}
        text = None if body is None else json.dumps(body)
        method = "GET" if text is None else "POST"
        answer = urllib3.request(
            method, self.base_url + path, body=text, headers=headers, retries=False, timeout=PATIENCE_SECONDS
        )
        return answer.status, json.loads(answer.data or b"null")

    def token(self, *, now: datetime) -> str:
        """Return a token that counts from now on for some minutes."""
        claims: dict[str, Any] = {"iss": self.partner.issuer, "sub": self.partner.partner_id, "aud": AUDIENCE}
        claims |= {"iat": int(now.timestamp()), "exp": int((now + TOKEN_LASTS).timestamp())}
        return jwt.encode(claims, self.key, algorithm="ES256", headers={"kid": KID})


def new_visitor(
    partner_id: str, *, endpoint: str, outputs: Mapping[str, str], scopes: Iterable[str] = tuple(Action)
) -> Visitor:
    """Enrol an insurer with a fresh key in the stack at an endpoint, and return it ready to call."""
    key = generate_private_key(SECP256R1())
    jwk = {**json.loads(ECAlgorithm.to_jwk(key.public_key())), "kid": KID, "alg": "ES256", "use": "sig"}
    partner = Partner(
        partner_id=partner_id,
        name=partner_id,
        role=Role.INSURANCE,
        scopes=frozenset(scopes),
        issuer=f"https://{partner_id}.example",
        jwks=json.dumps({"keys": [jwk]}),
    )
    enrolled = enrol_partner(partner, outputs=outputs, client=partial(client, endpoint=endpoint))
    return Visitor(enrolled, key, f"{endpoint}/_aws/execute-api/{outputs['PartnerGatewayId']}/live")


def visit(
    *,
    endpoint: str,
    outputs: Mapping[str, str],
    partner_id: str,
    shared: Sequence[tuple[str, str]],
    quota: int,
    now: datetime,
) -> dict[str, int]:
    """Call with and without right and return how often each status came; the last calls use up a key's quota.

    `shared` are (vehicle_id, person_id) of cars whose owners share them with the partner.
    """
    enrol = partial(new_visitor, endpoint=endpoint, outputs=outputs)
    partner, reader = enrol(partner_id), enrol("reader", scopes=[Action.READ_MAINTENANCE])
    eager = enrol("eager")
    answers: Counter[int] = Counter()
    for vehicle_id, person_id in shared:
        answers[partner.call(_maintenance(vehicle_id), now=now)[0]] += 1
        answers[partner.call(f"/v1/owners/{person_id}", now=now)[0]] += 1
        answers[eager.call(_maintenance(vehicle_id), now=now)[0]] += 1  # shared, but not with this one
        answers[reader.call(f"/v1/owners/{person_id}", now=now)[0]] += 1
    answers[partner.call(_maintenance(f"v_{'0' * 24}"), now=now)[0]] += 1
    answers[partner.call(DESCRIPTION, now=now, token="")[0]] += 1
    answers[partner.call(DESCRIPTION, now=now, token=partner.token(now=now - timedelta(days=1)))[0]] += 1
    forged = replace(partner, key=eager.key).token(now=now)
    answers[partner.call(DESCRIPTION, now=now, token=forged)[0]] += 1
    for _ in range(quota - len(shared) + 1):
        answers[eager.call(DESCRIPTION, now=now)[0]] += 1
    return {str(status): count for status, count in sorted(answers.items())}


def _maintenance(vehicle_id: str) -> str:
    return f"/v1/vehicles/{vehicle_id}/maintenance"
