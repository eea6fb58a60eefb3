"""What describes a partner, and what does not."""

import json
from typing import Any

import pytest

from infra.partners.enrolling import UnusablePartnerError, partner_in
from ownerloop.domain.partner import Role
from tests.partners.builders import jwks_of


def a_description(**changes: Any) -> str:
    said = {"partner_id": "insurer", "name": "Insurer", "role": "insurance", "scopes": ["maintenance:read"], **changes}
    return json.dumps(said)


def test_a_description_becomes_a_partner() -> None:
    partner = partner_in(a_description(jwks=json.loads(jwks_of()), principals=["arn:aws:iam::1:user/insurer"]))

    assert (partner.partner_id, partner.role, partner.scopes) == ("insurer", Role.INSURANCE, {"maintenance:read"})
    assert json.loads(partner.jwks)["keys"]
    assert partner.principals == ("arn:aws:iam::1:user/insurer",)


@pytest.mark.parametrize(
    "changes",
    [{"partner_id": "Insurer"}, {"partner_id": "a#b"}, {"role": "friend"}, {"scopes": ["everything"]}],
    ids=["capital", "separator", "role", "scope"],
)
def test_a_description_that_breaks_a_rule_is_refused_with_the_rule(changes: dict[str, Any]) -> None:
    with pytest.raises(UnusablePartnerError, match=next(iter(changes))):
        partner_in(a_description(**changes))
