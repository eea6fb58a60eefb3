"""What anybody can call at the gateway has a rate of its own, and cannot widen anybody's rights."""

from typing import Any

from ownerloop.adapters.idempotency import STATIC_PK
from tests.template.reading import TEMPLATE, role_statements


def test_every_method_without_proof_has_a_rate_and_no_other_method_is_without() -> None:
    gateway = TEMPLATE["Resources"]["PartnerGateway"]["Properties"]
    paths: dict[str, dict[str, Any]] = gateway["DefinitionBody"]["paths"]

    unproved = {(path, method) for path, said in paths.items() for method in said if said[method]["security"] == []}
    limited = {
        (limit["ResourcePath"].replace("~1", "/").replace("//", "/"), limit["HttpMethod"].lower())
        for limit in gateway["MethodSettings"]
        if limit["ThrottlingRateLimit"] > 0 and limit["ThrottlingBurstLimit"] > 0
    }

    assert unproved == limited == {("/wecom/callback", "get"), ("/wecom/callback", "post")}


def test_what_answers_partners_cannot_change_their_rights() -> None:
    writing = [
        statement
        for statement in role_statements("PartnerApi")
        if "PartnersTable" in str(statement["Resource"]) and statement["Action"] != "dynamodb:GetItem"
    ]

    assert [statement["Condition"] for statement in writing] == [
        {"ForAllValues:StringEquals": {"dynamodb:LeadingKeys": [STATIC_PK]}}
    ]
