"""What anybody can call at the gateway has a rate of its own, and cannot widen anybody's rights."""

from typing import Any

from ownerloop.adapters.dynamodb.deliveries import PREFIX as DELIVERIES
from ownerloop.adapters.idempotency import STATIC_PK
from tests.template.reading import TEMPLATE, role_statements


def test_every_method_without_proof_has_a_rate_and_no_other_method_is_without() -> None:
    gateway = TEMPLATE["Resources"]["PartnerGateway"]["Properties"]
    paths: dict[str, dict[str, Any]] = {path: _open(said) for path, said in gateway["DefinitionBody"]["paths"].items()}

    unproved = {(path, method) for path, said in paths.items() for method in said if said[method]["security"] == []}
    limited = {
        (limit["ResourcePath"].replace("~1", "/").replace("//", "/"), limit["HttpMethod"].lower())
        for limit in gateway["MethodSettings"]
        if limit["ThrottlingRateLimit"] > 0 and limit["ThrottlingBurstLimit"] > 0
    }

    assert unproved == limited
    assert unproved == {("/wecom/callback", "get"), ("/wecom/callback", "post"), ("/webhooks/{source}", "post")}


def test_every_path_without_proof_can_be_left_out_of_a_deployment() -> None:
    paths: dict[str, dict[str, Any]] = TEMPLATE["Resources"]["PartnerGateway"]["Properties"]["DefinitionBody"]["paths"]

    for said in paths.values():
        is_open = any(method["security"] == [] for method in _open(said).values())
        assert is_open == ("Fn::If" in said)
        assert not is_open or said["Fn::If"][::2] == ["HasOpenCallbacks", {"Ref": "AWS::NoValue"}]


def test_what_takes_webhooks_reaches_deliveries_only() -> None:
    (reaching,) = [one for one in role_statements("ReceiveWebhooks") if "PartnersTable" in str(one["Resource"])]

    assert reaching["Condition"] == {"ForAllValues:StringLike": {"dynamodb:LeadingKeys": [f"{DELIVERIES}*"]}}


def test_what_answers_partners_cannot_change_their_rights() -> None:
    writing = [
        statement
        for statement in role_statements("PartnerApi")
        if "PartnersTable" in str(statement["Resource"]) and statement["Action"] != "dynamodb:GetItem"
    ]

    assert [statement["Condition"] for statement in writing] == [
        {"ForAllValues:StringEquals": {"dynamodb:LeadingKeys": [STATIC_PK]}}
    ]


def _open(said: dict[str, Any]) -> dict[str, Any]:
    """Return the methods of a path as they stand where callbacks are open."""
    return dict(said["Fn::If"][1]) if "Fn::If" in said else said
