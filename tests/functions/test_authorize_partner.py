"""The authoriser on the stack: its policy, and the one word that becomes a 401."""

from io import StringIO
from typing import Any

import pytest

from ownerloop.adapters.dynamodb.partners import DynamoPartners
from ownerloop.domain.errors import UnauthorizedError
from ownerloop.domain.partner import Partner
from tests.builders import DAY, START
from tests.functions.stack import Stack, function
from tests.partners.builders import CONTEXT, a_partner, a_token, an_authorization

API = "arn:aws:execute-api:us-east-1:000000000000:api/live"


@pytest.fixture(autouse=True)
def _at_start(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ownerloop.adapters.clock.SystemClock.now", lambda _: START)


def admitted(stack: Stack, token: str, partner: Partner | None = None, *, scheme: str = "Bearer") -> dict[str, Any]:
    DynamoPartners(stack.names["PartnersTable"]).save(partner or a_partner())
    with function(stack, "authorize_partner") as app:
        answer: dict[str, Any] = app.handler(an_authorization(token, scheme=scheme), CONTEXT)
        return answer


def resources(answer: dict[str, Any], effect: str) -> list[str]:
    statements = answer["policyDocument"]["Statement"]
    return [one for statement in statements if statement["Effect"] == effect for one in statement["Resource"]]


def test_a_good_token_opens_what_its_partner_may_do_and_names_its_key(stack: Stack) -> None:
    answer = admitted(stack, a_token(), a_partner(scopes=["maintenance:read"]))

    assert answer["principalId"] == "insurer"
    assert answer["usageIdentifierKey"] == "usage-key-of-the-insurer"
    assert answer["context"] == {"partner_id": "insurer", "scopes": "maintenance:read"}
    assert resources(answer, "Allow") == [f"{API}/*/v1/*"]
    assert resources(answer, "Deny") == [f"{API}/GET/v1/owners/*", f"{API}/POST/v1/events"]


def test_a_token_can_narrow_the_scopes_of_its_partner_and_never_widen_them(stack: Stack) -> None:
    partner = a_partner(scopes=["maintenance:read", "events:write"])

    answer = admitted(stack, a_token(scope="events:write owners:read"), partner)

    assert answer["context"]["scopes"] == "events:write"


def test_a_partner_with_every_scope_is_denied_nothing(stack: Stack) -> None:
    assert resources(admitted(stack, a_token()), "Deny") == []


@pytest.mark.parametrize(
    ("token", "scheme"),
    [
        (lambda: a_token(issued_at=START - DAY), "Bearer"),
        (lambda: a_token(sub="nobody-known"), "Bearer"),
        (a_token, "Basic"),
        (lambda: "", "Bearer"),
    ],
    ids=["expired", "unknown_partner", "other_scheme", "empty"],
)
def test_what_proves_nothing_is_refused_with_the_word_of_the_gateway(stack: Stack, token: Any, scheme: str) -> None:
    with pytest.raises(UnauthorizedError, match=r"^Unauthorized$"):
        admitted(stack, token(), scheme=scheme)


def test_a_partner_that_was_stopped_is_refused(stack: Stack) -> None:
    with pytest.raises(UnauthorizedError):
        admitted(stack, a_token(), a_partner(is_active=False))


def test_no_token_is_ever_on_a_log(stack: Stack, log_lines: StringIO) -> None:
    token = a_token(issued_at=START - DAY)

    with pytest.raises(UnauthorizedError):
        admitted(stack, token)

    said = log_lines.getvalue()
    assert "has expired" in said
    assert not any(part in said for part in token.split("."))
