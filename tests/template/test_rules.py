"""The template's own rules (style §13, design §2)."""

import re
from itertools import pairwise
from typing import Any

import pytest

from infra.layers.build import LAYERS, RUNTIME
from infra.template.reading import TEMPLATE as TEMPLATE_FILE
from infra.template.reading import resources
from tests.template.reading import (
    ALARMS,
    FUNCTIONS,
    MACHINES,
    QUEUES,
    TABLES,
    TEMPLATE,
    as_list,
    events,
    named,
    properties_of,
    role_statements,
    statements,
)

SECTIONS = {
    "Layers": ("AWS::Serverless::LayerVersion",),
    "Tables": ("AWS::KMS::Key", "AWS::DynamoDB::Table", "AWS::SecretsManager::Secret"),
    "Buckets": ("AWS::S3::Bucket", "AWS::S3::BucketPolicy", "AWS::Events::EventBus"),
    "Queues": ("AWS::SQS::Queue", "AWS::SQS::QueuePolicy", "AWS::Events::Rule", "AWS::IAM::ManagedPolicy"),
    "Functions": (
        "AWS::Serverless::Function",
        "AWS::StepFunctions::StateMachine",
        "AWS::IAM::Role",
        "AWS::Logs::LogGroup",
        "AWS::Serverless::Api",
        "AWS::ApiGateway::UsagePlan",
    ),
    "Alarms": ("AWS::CloudWatch::Alarm", "AWS::CloudWatch::Dashboard"),
}
HOLDS_DATA = (
    "AWS::DynamoDB::Table",
    "AWS::KMS::Key",
    "AWS::Logs::LogGroup",
    "AWS::S3::Bucket",
    "AWS::SecretsManager::Secret",
)
SOURCES = {named(event["Queue"]): function for function, _, event in events("SQS")}
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


def test_the_sections_stand_in_their_order() -> None:
    top = [name for name in TEMPLATE if name in {"Parameters", "Globals", "Resources", "Outputs"}]
    section_of = {kind: number for number, kinds in enumerate(SECTIONS.values()) for kind in kinds}
    numbers = [section_of[resource["Type"]] for resource in TEMPLATE["Resources"].values()]

    assert top == ["Parameters", "Globals", "Resources", "Outputs"]
    assert all(earlier <= later for earlier, later in pairwise(numbers))


def test_nothing_is_tied_to_one_partition() -> None:
    text = TEMPLATE_FILE.read_text(encoding="utf-8")

    assert "arn:aws" not in text
    assert set(re.findall(r"[\w.]*amazonaws\.com", text)) == {
        f"{one}.amazonaws.com" for one in ("lambda", "events", "states")
    }


def test_every_queue_that_is_consumed_has_dead_letters() -> None:
    targets = {queue: named(properties_of(queue)["RedrivePolicy"]["deadLetterTargetArn"]) for queue in SOURCES}

    assert set(targets.values()) <= set(QUEUES) - set(SOURCES)
    assert len(set(targets.values())) == len(targets)
    assert all(properties_of(queue)["MessageRetentionPeriod"] == 14 * 86400 for queue in set(QUEUES) - set(SOURCES))
    assert all(properties_of(queue)["MessageRetentionPeriod"] == 4 * 86400 for queue in SOURCES)


def test_every_queue_has_an_alarm() -> None:
    watched = {
        (named(dimension["Value"]), alarm["Properties"]["MetricName"])
        for alarm in ALARMS.values()
        for dimension in alarm["Properties"]["Dimensions"]
    }

    for queue in QUEUES:
        metric = "ApproximateAgeOfOldestMessage" if queue in SOURCES else "ApproximateNumberOfMessagesVisible"
        assert (queue, metric) in watched, queue


def test_every_function_has_alarms() -> None:
    watched = {
        (named(alarm["Properties"]["Dimensions"][0]["Value"]), alarm["Properties"]["MetricName"])
        for alarm in ALARMS.values()
    }
    readers = {function for function, _, _ in events("DynamoDB")}

    assert {(function, metric) for function in FUNCTIONS for metric in ("Errors", "Throttles")} <= watched
    assert {(function, "IteratorAge") for function in readers} <= watched


def test_no_alarm_is_mute_where_a_topic_is_given() -> None:
    assert all(
        alarm["Properties"]["AlarmActions"]["Fn::If"][:2] == ["HasAlarmTopic", [{"Ref": "AlarmTopicArn"}]]
        for alarm in ALARMS.values()
    )


@pytest.mark.parametrize("function", FUNCTIONS)
def test_every_function_has_a_trigger(function: str) -> None:
    invoked = {
        named(target)
        for other in (*FUNCTIONS, *MACHINES)
        for statement in role_statements(other)
        if "lambda:InvokeFunction" in as_list(statement["Action"])
        for target in as_list(statement["Resource"])
    }

    admitting = {
        named(authorizer["FunctionArn"])
        for gateway in resources(TEMPLATE, "AWS::Serverless::Api").values()
        for authorizer in gateway["Properties"]["Auth"]["Authorizers"].values()
    }

    assert properties_of(function).get("Events") or function in invoked | admitting


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


def test_data_is_retained() -> None:
    for name, resource in resources(TEMPLATE, *HOLDS_DATA).items():
        assert resource["DeletionPolicy"] == resource["UpdateReplacePolicy"] == "Retain", name


@pytest.mark.parametrize("table", TABLES)
def test_every_table_is_on_demand_restorable_and_encrypted(table: str) -> None:
    properties = properties_of(table)

    assert properties["BillingMode"] == "PAY_PER_REQUEST"
    assert properties["PointInTimeRecoverySpecification"] == {"PointInTimeRecoveryEnabled": True}
    assert [key["AttributeName"] for key in properties["KeySchema"]] == ["pk", "sk"]
    assert properties["SSESpecification"]["SSEEnabled"] is True
    assert properties["DeletionProtectionEnabled"] == {"Fn::FindInMap": ["Protection", {"Ref": "Profile"}, "Deletion"]}


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


def test_a_stream_has_two_consumers_at_most_and_each_is_filtered() -> None:
    consumers = [named(event["Stream"]) for _, _, event in events("DynamoDB")]

    assert max(map(consumers.count, consumers)) <= 2
    for _, _, event in events("DynamoDB"):
        assert event["FilterCriteria"]["Filters"]
        assert (event["StartingPosition"], event["MaximumRetryAttempts"]) == ("TRIM_HORIZON", 5)
        assert event["BisectBatchOnFunctionError"] is True
        assert named(event["DestinationConfig"]["OnFailure"]["Destination"]) == "StreamFailureQueue"


def test_every_batch_reports_its_failed_items() -> None:
    assert all(
        event["FunctionResponseTypes"] == ["ReportBatchItemFailures"] for _, _, event in events("SQS", "DynamoDB")
    )


def test_every_asynchronous_start_has_its_own_retry_limit_and_an_on_failure_queue() -> None:
    scheduled = {function for function, _, _ in events("Schedule")}
    retries = {}
    for function in scheduled | {"SendWecom"}:
        asynchronous = properties_of(function)["EventInvokeConfig"]
        retries[function] = asynchronous["MaximumRetryAttempts"]
        assert named(asynchronous["DestinationConfig"]["OnFailure"]["Destination"]) in set(QUEUES) - set(SOURCES)
        assert asynchronous["MaximumEventAgeInSeconds"] <= 3600

    assert {function for function, count in retries.items() if count} == {
        "ExpirePoints",
        "PlanContacts",
        "SettleBenefits",
        "SettleLeadTimes",
        "SettlePriors",
        "SettleTiers",
    }
    assert properties_of("SendWecom")["EventInvokeConfig"]["MaximumEventAgeInSeconds"] == 60


def test_every_schedule_can_be_stopped_and_says_what_it_is() -> None:
    for function, name, event in events("Schedule"):
        assert event["State"] == {"Ref": "ScheduleState"}, (function, name)
        assert '"schedule"' in event["Input"]


def test_no_function_reserves_concurrency() -> None:
    assert not any("ReservedConcurrentExecutions" in properties_of(function) for function in FUNCTIONS)


def test_the_layers_are_built_for_the_runtime_that_the_functions_have() -> None:
    layers = resources(TEMPLATE, "AWS::Serverless::LayerVersion")

    assert set(layers) == set(LAYERS)
    assert TEMPLATE["Globals"]["Function"]["Runtime"] == f"python{RUNTIME}"
    assert all(layer["Properties"]["CompatibleRuntimes"] == [f"python{RUNTIME}"] for layer in layers.values())


def test_every_parameter_is_described_and_used() -> None:
    text = TEMPLATE_FILE.read_text(encoding="utf-8")

    for name, parameter in TEMPLATE["Parameters"].items():
        assert parameter["Description"]
        assert f"!Ref {name}" in text


@pytest.mark.parametrize("machine", MACHINES)
def test_every_state_machine_has_an_alarm_and_tells_of_its_failures(machine: str) -> None:
    watched = {
        (named(alarm["Properties"]["Dimensions"][0]["Value"]), alarm["Properties"]["MetricName"])
        for alarm in ALARMS.values()
    }
    states = properties_of(machine)["Definition"]["States"]
    caught = {catcher["Next"] for state in states.values() for catcher in state.get("Catch", [])}

    assert (machine, "ExecutionsFailed") in watched
    assert all("Catch" in state for name, state in states.items() if state["Type"] != "Fail" and name not in caught)
    assert all("sqs:SendMessage" in str(role_statements(machine)) and states[name]["Type"] == "Task" for name in caught)


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
