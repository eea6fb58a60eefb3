"""The description of the partner API is current, whole and true."""

import json
from pathlib import Path
from typing import Any

import pytest

from infra.schemas.generate import text_of
from infra.template.reading import load_template, resources
from ownerloop.contracts.openapi import openapi
from ownerloop.contracts.partner_api import OWNER_MODELS
from ownerloop.domain.access import Action
from ownerloop.domain.partner import SEES, Role

FILE = Path(__file__).parents[2] / "infra" / "schemas" / "openapi.json"


def _walk(node: Any) -> list[Any]:
    children = node.values() if isinstance(node, dict) else node if isinstance(node, list) else ()
    return [node, *(below for child in children for below in _walk(child))]


def test_the_file_is_what_the_models_say() -> None:
    assert FILE.read_text(encoding="utf-8") == text_of(openapi())


def test_every_reference_leads_to_a_schema_and_every_schema_is_used() -> None:
    used = {node["$ref"].rpartition("/")[2] for node in _walk(openapi()) if isinstance(node, dict) and "$ref" in node}

    assert used == set(openapi()["components"]["schemas"])


def test_the_gateway_has_the_paths_that_are_described_and_the_callback() -> None:
    (gateway,) = resources(load_template(), "AWS::Serverless::Api").values()
    paths = gateway["Properties"]["DefinitionBody"]["paths"]

    assert set(paths) == {*openapi()["paths"], "/wecom/callback", "/v1/{proxy+}"}
    for path, said in openapi()["paths"].items():
        methods = paths[path].get("Fn::If", [None, paths[path]])[1]
        assert set(said) - {"parameters"} == set(methods) - {"x-amazon-apigateway-any-method"}
        assert ("x-amazon-apigateway-any-method" in methods) == path.startswith("/v1/")


def test_the_described_address_is_the_gateway_s_stage() -> None:
    (gateway,) = resources(load_template(), "AWS::Serverless::Api").values()

    assert [server["url"] for server in openapi()["servers"]] == [f"/{gateway['Properties']['StageName']}"]


def test_every_refusal_is_described_as_a_problem() -> None:
    for said in openapi()["paths"].values():
        for method in set(said) - {"parameters"}:
            answers = said[method]["responses"]
            refusals = {status: answer for status, answer in answers.items() if status >= "400"}
            is_open = said[method].get("security") == []
            assert {"401", "429", "500"} | (set() if is_open else {"403"}) <= set(refusals)
            assert all(list(answer["content"]) == ["application/problem+json"] for answer in refusals.values())


def test_every_body_refuses_what_it_does_not_know() -> None:
    schemas = openapi()["components"]["schemas"]

    assert all(schema["additionalProperties"] is False for schema in schemas.values())
    assert json.dumps(schemas)


@pytest.mark.parametrize("role", Role)
def test_the_model_of_a_role_has_the_parts_that_the_role_sees(role: Role) -> None:
    fields = set(OWNER_MODELS[role].model_fields)

    assert ("tier" in fields) == ("tier" in SEES[role])
    assert ("store_id" in fields) == ("store" in SEES[role])
    assert ("next_services" in fields) == ("next_service" in SEES[role])


def test_every_scope_is_named_like_what_it_opens() -> None:
    assert {action.value for action in Action} == {"maintenance:read", "owners:read", "events:write", "bookings:write"}
