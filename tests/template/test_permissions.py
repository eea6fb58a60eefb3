"""Who may do what: the least that is needed, by a role of its own, data encrypted and private (style §13)."""

import re
from typing import Any

import pytest

from infra.template.reading import resources
from tests.template.reading import (
    FUNCTIONS,
    MACHINES,
    QUEUES,
    TEMPLATE,
    as_list,
    named,
    properties_of,
    role_statements,
    statements,
)

VAULT = {
    "VaultTable",
    "QuarantineTable",
    "VehicleDataQueue",
    "VehicleDataDeadLetters",
    "EnrolmentQueue",
    "EnrolmentDeadLetters",
    "InteractionQueue",
    "InteractionDeadLetters",
}


@pytest.mark.parametrize("function", FUNCTIONS)
def test_every_function_may_do_only_what_it_names(function: str) -> None:
    for statement in role_statements(function):
        actions, targets = as_list(statement["Action"]), as_list(statement["Resource"])
        network = all(action.startswith("ec2:") for action in actions)

        assert not any("*" in action for action in actions)
        assert all(re.fullmatch(r"[a-z0-9]+:[A-Za-z]+", action) for action in actions)
        assert network or all(named(target) in TEMPLATE["Resources"] for target in targets)


@pytest.mark.parametrize("function", FUNCTIONS)
def test_a_function_reaches_what_it_is_told_of_and_nothing_else(function: str) -> None:
    properties = properties_of(function)
    told = {named(value) for value in properties["Environment"]["Variables"].values()} & set(TEMPLATE["Resources"])
    fed = {
        named(event[source])
        for _, event in ((name, event["Properties"]) for name, event in properties.get("Events", {}).items())
        for source in ("Queue", "Stream")
        if source in event
    }
    failing = {named(target) for target in _failure_targets(properties)}
    reached = {
        named(target) for statement in role_statements(function) for target in as_list(statement["Resource"])
    } & set(TEMPLATE["Resources"])

    assert reached - {"VaultKey", named(properties["LoggingConfig"]["LogGroup"])} == told | fed | failing


def test_every_function_and_state_machine_has_a_role_and_a_log_of_its_own() -> None:
    roles = [named(properties_of(function)["Role"]) for function in FUNCTIONS]
    logs = [named(properties_of(function)["LoggingConfig"]["LogGroup"]) for function in FUNCTIONS]
    roles += [named(properties_of(machine)["RoleArn"]) for machine in MACHINES]
    logs += [named(_machine_log(machine)) for machine in MACHINES]

    assert sorted(roles) == sorted(resources(TEMPLATE, "AWS::IAM::Role"))
    assert sorted(logs) == sorted(resources(TEMPLATE, "AWS::Logs::LogGroup"))


def test_no_policy_allows_every_action() -> None:
    documents = [
        resource["Properties"][name]
        for resource in TEMPLATE["Resources"].values()
        for name in ("KeyPolicy", "PolicyDocument")
        if name in resource["Properties"]
    ]
    allowed = [one for document in documents for one in statements(document) if one["Effect"] == "Allow"]

    assert allowed
    assert not any("*" in action for statement in allowed for action in as_list(statement["Action"]))


def test_nothing_is_spoken_in_the_clear() -> None:
    policies = [policy["Properties"] for policy in resources(TEMPLATE, "AWS::SQS::QueuePolicy").values()]
    guarded = [named(queue) for policy in policies for queue in policy["Queues"]]

    assert sorted(guarded) == sorted(QUEUES)
    for policy in (*policies, properties_of("LakeBucketPolicy")):
        denied, *allowed = statements(policy["PolicyDocument"])
        assert (denied["Effect"], denied["Action"].split(":")[1]) == ("Deny", "*")
        assert denied["Condition"]["Bool"] == {"aws:SecureTransport": "false"}
        assert all(one["Effect"] == "Deny" or "aws:SourceArn" in one["Condition"]["ArnEquals"] for one in allowed)


def test_whatever_holds_an_identifier_is_under_the_vault_key() -> None:
    keyed = {
        name
        for name, resource in resources(TEMPLATE, "AWS::DynamoDB::Table", "AWS::SQS::Queue").items()
        if "VaultKey" in {named(node) for node in _walk(resource["Properties"])}
    }

    assert keyed == VAULT
    assert all(properties_of(queue).get("SqsManagedSseEnabled") for queue in set(QUEUES) - VAULT)


def test_the_lake_is_private() -> None:
    properties = properties_of("LakeBucket")

    assert set(properties["PublicAccessBlockConfiguration"].values()) == {True}
    assert properties["BucketEncryption"]
    assert properties["OwnershipControls"]["Rules"] == [{"ObjectOwnership": "BucketOwnerEnforced"}]


@pytest.mark.parametrize("machine", MACHINES)
def test_a_state_machine_may_do_only_what_it_names_and_write_its_log(machine: str) -> None:
    for statement in role_statements(machine):
        actions, targets = as_list(statement["Action"]), as_list(statement["Resource"])
        delivers_logs = all(action.startswith("logs:") for action in actions)

        assert not any("*" in action for action in actions)
        assert delivers_logs or all(named(target) in TEMPLATE["Resources"] for target in targets)


def _machine_log(machine: str) -> Any:
    (destination,) = properties_of(machine)["LoggingConfiguration"]["Destinations"]
    return destination["CloudWatchLogsLogGroup"]["LogGroupArn"]


def _failure_targets(properties: dict[str, Any]) -> list[Any]:
    configs = [
        properties.get("EventInvokeConfig", {}),
        *(e["Properties"] for e in properties.get("Events", {}).values()),
    ]
    return [
        config["DestinationConfig"]["OnFailure"]["Destination"] for config in configs if "DestinationConfig" in config
    ]


def _walk(node: Any) -> list[Any]:
    children = node.values() if isinstance(node, dict) else node if isinstance(node, list) else ()
    return [node, *(below for child in children for below in _walk(child))]
