"""What anybody can call without a proof at the gateway has a rate of its own."""

from typing import Any

from tests.template.reading import TEMPLATE


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
